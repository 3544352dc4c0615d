"""The map tab: codes on a plane, the chosen picture beside them, places, groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from genlens.figures.latents.portrait_card import portrait_card
from genlens.latents.portrait import portrait
from genlens.ui.jobs import CancelFlags
from genlens.ui.latents.charts import TITLES, chart
from genlens.ui.latents.map.groups import NO_GROUPS, Groups, groups_html, with_group
from genlens.ui.latents.map.view import (
    CLASS,
    ERROR,
    PLAIN,
    colourings,
    comparison_html,
    drawn_map,
    facts_html,
    ground_html,
    map_html,
    neighbours_html,
    nobody_html,
)
from genlens.ui.latents.map.widget import map_widget, read_event
from genlens.ui.latents.studies import picture_number, study
from genlens.ui.messages import told

if TYPE_CHECKING:
    from genlens.ui.latents.opening import Opening

FIRST_TITLE = next(iter(TITLES))
EMPTY = (
    '<div class="gl"><p class="gl-note gl-warn">No map was computed in advance for this copy: it '
    "is drawn when the model is loaded.</p></div>"
)
HOW = (
    '<div class="gl"><p class="gl-soft">Click a point to choose that picture, empty ground to '
    "decode that place; drag a box to gather group A, with Shift held group B. By keyboard: arrow "
    "keys move the cursor, Enter chooses the nearest picture, D decodes.</p></div>"
)
LANE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
MAP_LANE: dict[str, Any] = {"concurrency_id": "map", "concurrency_limit": 1}
HIDDEN: dict[str, Any] = {"api_visibility": "private"}


class MapTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, filled with ``first``.

    ``opened`` lists (function, inputs, outputs) to run when the model changes.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: Opening | None) -> None:
        self._flags = CancelFlags()
        self.groups = gr.State(NO_GROUPS, time_to_live=3600)
        with gr.Row(elem_classes="gl-halves"):
            with gr.Column(min_width=300):
                self._controls(first)
            with gr.Column(min_width=300):
                self.ground = _html("", elem_id="gl-ground")
                card = portrait_card(first.portrait, note=first.note) if first else ""
                self.card = _html(card, elem_id="gl-card")
                self.neighbours = _html(
                    nobody_html(first.portrait if first else None), elem_id="gl-neighbours"
                )
        self.facts = _html(facts_html(first.facts, note=first.note) if first else "")
        with gr.Accordion("Compare two groups of pictures", open=True):
            self._group_controls(first)
        self._wire(model, picture)
        reset = [self.title, self.colour, self.class_a, self.class_b, self.side, self.groups]
        said = [self.groups_said, self.comparison, self.ground]
        self.opened = [
            (self.open, [model], [*reset, *said, self.map, self.facts]),
            (self.show, [model, picture], [self.card, self.neighbours]),
        ]

    def _controls(self, first: Opening | None) -> None:
        with gr.Row():
            self.title = gr.Radio(
                list(TITLES),
                value=FIRST_TITLE,
                label="Projection",
                info="t-SNE and UMAP take 10 to 60 s.",
                elem_id="gl-map-title",
            )
            self.colour = gr.Dropdown(
                [CLASS, ERROR, PLAIN],
                value=CLASS,
                label="Colour by",
                info="What colours show.",
                elem_id="gl-map-colour",
            )
            self.cancel = gr.Button(
                "Cancel", min_width=80, scale=0, size="sm", elem_id="gl-map-cancel"
            )
        self.bar = _html("", elem_id="gl-map-progress", elem_classes="gl-bar")
        drawn = EMPTY
        if first is not None:
            named = {"classes": first.labels, "names": first.names} if first.names else {}
            drawn = map_html(first.points, first.facts, named, data=first.data)
        self.map = map_widget(drawn, elem_id="gl-map")
        _html(HOW)

    def _group_controls(self, first: Opening | None) -> None:
        names = list(first.names) if first else []
        with gr.Row():
            self.side = gr.Radio(
                ["A", "B"],
                value="A",
                label="A dragged box fills group",
                info="With Shift held it fills B, whatever is chosen here.",
                min_width=160,
            )
            info = "Without a mouse: all pictures of a class as one group."
            self.class_a = gr.Dropdown(
                names, value=None, label="Group A from class", info=info, min_width=160
            )
            self.class_b = gr.Dropdown(
                names, value=None, label="Group B from class", info=info, min_width=160
            )
            self.clear = gr.Button("Clear groups", min_width=140, scale=0, size="sm")
        self.groups_said = _html(groups_html(NO_GROUPS), elem_id="gl-groups-said")
        self.comparison = _html("", elem_id="gl-comparison")

    def _wire(self, model: gr.Dropdown, picture: gr.Number) -> None:
        looks = [model, self.title, self.colour, self.groups]
        changes = [self.groups, self.groups_said, self.map]
        drawn = [self.map, self.facts]
        gr.on(
            [self.title.input, self.colour.input], told(self.draw), looks, drawn,
            show_progress_on=self.bar, **MAP_LANE, **HIDDEN,
        )  # fmt: skip
        self.cancel.click(self.stop, None, None, queue=False, **HIDDEN)
        acted = self.map.select(
            told(self.act), [*looks, self.side, picture], [picture, self.ground, *changes],
            show_progress_on=self.ground, **LANE, **HIDDEN,
        )  # fmt: skip
        picture.change(
            told(self.show), [model, picture], [self.card, self.neighbours],
            show_progress="minimal", trigger_mode="always_last", **LANE, **HIDDEN,
        )  # fmt: skip
        chosen = gr.on(
            [self.class_a.input, self.class_b.input], told(self.by_class),
            [*looks, self.class_a, self.class_b], changes, **LANE, **HIDDEN,
        )  # fmt: skip
        cleared = self.clear.click(told(self.forget), looks, changes, **LANE, **HIDDEN)
        for event in (acted, chosen, cleared):
            event.success(
                told(self.compare), [model, self.groups], self.comparison,
                show_progress="minimal", **LANE, **HIDDEN,
            )  # fmt: skip

    def draw(
        self,
        model_id: str,
        title: str,
        colour: str,
        groups: Groups,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> tuple[str, str]:
        """The map and its facts, with progress, until cancelled."""
        progress(0, desc=f"{title}: reading the codes")
        made = chart(
            model_id,
            TITLES[title],
            progress=lambda done, total, text: progress((done, total), desc=text, unit="steps"),
            cancel=self._flags.start(request.session_hash),
        )
        return drawn_map(study(model_id), made, colour, groups), facts_html(made.facts())

    def stop(self, request: gr.Request) -> None:
        """Ask this visitor's running projection to stop."""
        running = self._flags.cancel(request.session_hash)
        gr.Info("Stopping …" if running else "Nothing is running.")

    def act(
        self,
        model_id: str,
        title: str,
        colour: str,
        groups: Groups,
        side: str,
        picture: float,
        event: gr.SelectData,
    ) -> list[Any]:
        """What follows from a click or a drag on the map."""
        found = study(model_id)
        did = read_event(event.index, event.value, len(found))
        keep = [gr.skip()] * 3
        if did.kind == "point":
            return [did.index, "", *keep]
        made = chart(model_id, TITLES[title])
        if did.place is not None:
            return [gr.skip(), ground_html(found, made, did.place), *keep]
        changed = with_group(groups, 1 if did.second or side == "B" else 0, did.members)
        drawn = drawn_map(found, made, colour, changed)
        return [gr.skip(), gr.skip(), changed, groups_html(changed), drawn]

    def by_class(
        self,
        model_id: str,
        title: str,
        colour: str,
        groups: Groups,
        class_a: str | None,
        class_b: str | None,
    ) -> tuple[Groups, str, str]:
        """Groups that are whole classes; one that is not chosen stays as it was dragged."""
        found = study(model_id)
        for at, name in enumerate((class_a, class_b)):
            if name in found.names:
                members = (found.labels == found.names.index(name)).nonzero()[0]
                groups = with_group(groups, at, tuple(members.tolist()), f"class {name}")
        drawn = drawn_map(found, chart(model_id, TITLES[title]), colour, groups)
        return groups, groups_html(groups), drawn

    def forget(
        self, model_id: str, title: str, colour: str, groups: Groups
    ) -> tuple[Groups, str, str]:
        """No groups."""
        drawn = drawn_map(study(model_id), chart(model_id, TITLES[title]), colour, NO_GROUPS)
        return NO_GROUPS, groups_html(NO_GROUPS), drawn

    def compare(self, model_id: str, groups: Groups) -> str:
        """The comparison, where both groups have enough pictures."""
        a, b, titles = groups
        if min(len(a), len(b)) < 2:
            return ""
        return comparison_html(study(model_id), a, b, titles)

    def show(self, model_id: str, picture: float | None) -> tuple[str, str]:
        """The chosen picture's card and its neighbours."""
        found, index = study(model_id), picture_number(picture)
        return portrait_card(portrait(found, index)), neighbours_html(found, index)

    def open(self, model_id: str) -> list[Any]:
        """Everything of a newly chosen model."""
        found, made = study(model_id), chart(model_id)
        offered, names = colourings(found), list(found.names)
        pickers = [gr.Dropdown(choices=names, value=None) for _ in range(2)]
        drawn = drawn_map(found, made, offered[0], NO_GROUPS)
        reset = [FIRST_TITLE, gr.Dropdown(choices=offered, value=offered[0]), *pickers]
        said = [groups_html(NO_GROUPS), "", ""]
        return [*reset, "A", NO_GROUPS, *said, drawn, facts_html(made.facts())]


def _html(value: str, **options: Any) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, **options)
