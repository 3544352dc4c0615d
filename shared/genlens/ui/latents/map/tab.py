"""The map tab: codes on a plane, the chosen picture beside them, places, groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from genlens.figures.latents.portrait_card import portrait_card
from genlens.latents.portrait import portrait
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, Fill, html, on, stop_button, whole_number
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
from genlens.ui.studies import study

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
MAP_LANE: dict[str, Any] = {"concurrency_id": "map", "concurrency_limit": 1}


class MapTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, filled with ``first``.

    ``opened`` is what fills it when the model changes.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: Opening | None) -> None:
        self.flags = CancelFlags()
        self.groups = gr.State(NO_GROUPS, time_to_live=3600)
        with gr.Row(elem_classes="gl-halves"):
            with gr.Column(min_width=300):
                self._controls(first)
            with gr.Column(min_width=300):
                self.ground = html("", elem_id="gl-ground")
                card = portrait_card(first.portrait, note=first.note) if first else ""
                self.card = html(card, elem_id="gl-card")
                self.neighbours = html(
                    nobody_html(first.portrait if first else None), elem_id="gl-neighbours"
                )
        self.facts = html(facts_html(first.facts, note=first.note) if first else "")
        with gr.Accordion("Compare two groups of pictures", open=True):
            self._group_controls(first)
        self._wire(model, picture)
        self.opened = [
            Fill(
                self.open,
                {"model_id": model},
                {
                    "title": self.title,
                    "colour": self.colour,
                    "class_a": self.class_a,
                    "class_b": self.class_b,
                    "side": self.side,
                    "groups": self.groups,
                    "groups_said": self.groups_said,
                    "comparison": self.comparison,
                    "ground": self.ground,
                    "map": self.map,
                    "facts": self.facts,
                },
            ),
            Fill(self.show, {"model_id": model, "picture": picture}, self._shown),
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
            stop_button(self.flags, min_width=80, scale=0, size="sm", elem_id="gl-map-cancel")
        self.bar = html("", elem_id="gl-map-progress", elem_classes="gl-bar")
        drawn = EMPTY
        if first is not None:
            named = {"classes": first.labels, "names": first.names} if first.names else {}
            drawn = map_html(first.points, first.facts, named, data=first.data)
        self.map = map_widget(drawn, elem_id="gl-map")
        html(HOW)

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
        self.groups_said = html(groups_html(NO_GROUPS), elem_id="gl-groups-said")
        self.comparison = html("", elem_id="gl-comparison")

    def _wire(self, model: gr.Dropdown, picture: gr.Number) -> None:
        plain = {"model_id": model, "title": self.title, "colour": self.colour}
        look = plain | {"groups": self.groups}
        groups = {"groups": self.groups, "groups_said": self.groups_said, "map": self.map}
        self._shown = {"card": self.card, "neighbours": self.neighbours}
        on(
            [self.title.input, self.colour.input], self.draw, look,
            {"map": self.map, "facts": self.facts}, show_progress_on=self.bar, **MAP_LANE,
        )  # fmt: skip
        acted = on(
            self.map.select, self.act, look | {"side": self.side},
            {"picture": picture, "ground": self.ground, **groups},
            show_progress_on=self.ground, **LANE,
        )  # fmt: skip
        on(
            picture.change, self.show, {"model_id": model, "picture": picture}, self._shown,
            show_progress="minimal", trigger_mode="always_last", **LANE,
        )  # fmt: skip
        classes = {"class_a": self.class_a, "class_b": self.class_b}
        chosen = on(
            [self.class_a.input, self.class_b.input], self.by_class, look | classes, groups, **LANE
        )
        cleared = on(self.clear.click, self.forget, plain, groups, **LANE)
        for event in (acted, chosen, cleared):
            on(
                event.success, self.compare, {"model_id": model, "groups": self.groups},
                self.comparison, show_progress="minimal", **LANE,
            )  # fmt: skip

    def draw(
        self,
        model_id: str,
        title: str,
        colour: str,
        groups: Groups,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> dict[str, str]:
        """The map and its facts, with progress, until cancelled."""
        progress(0, desc=f"{title}: reading the codes")
        drawn = chart(model_id, TITLES[title], **self.flags.hooks(request, progress))
        return {
            "map": drawn_map(study(model_id), drawn, colour, groups),
            "facts": facts_html(drawn.facts()),
        }

    def act(
        self,
        model_id: str,
        title: str,
        colour: str,
        groups: Groups,
        side: str,
        event: gr.SelectData,
    ) -> dict[str, Any]:
        """What follows from a click or a drag on the map."""
        here = study(model_id)
        did = read_event(event.index, event.value, len(here))
        if did.kind == "point":
            return {"picture": did.index, "ground": ""}
        if did.place is not None:
            return {"ground": ground_html(here, chart(model_id, TITLES[title]), did.place)}
        changed = with_group(groups, 1 if did.second or side == "B" else 0, did.members)
        return self._grouped(model_id, title, colour, changed)

    def by_class(
        self,
        model_id: str,
        title: str,
        colour: str,
        groups: Groups,
        class_a: str | None,
        class_b: str | None,
    ) -> dict[str, Any]:
        """Groups that are whole classes; one that is not chosen stays as it was dragged."""
        here = study(model_id)
        for at, name in enumerate((class_a, class_b)):
            if name in here.names:
                members = (here.labels == here.names.index(name)).nonzero()[0]
                groups = with_group(groups, at, tuple(members.tolist()), f"class {name}")
        return self._grouped(model_id, title, colour, groups)

    def forget(self, model_id: str, title: str, colour: str) -> dict[str, Any]:
        """No groups."""
        return self._grouped(model_id, title, colour, NO_GROUPS)

    def _grouped(self, model_id: str, title: str, colour: str, groups: Groups) -> dict[str, Any]:
        """Other groups, in words and on the map."""
        drawn = drawn_map(study(model_id), chart(model_id, TITLES[title]), colour, groups)
        return {"groups": groups, "groups_said": groups_html(groups), "map": drawn}

    def compare(self, model_id: str, groups: Groups) -> str:
        """The comparison, where both groups have enough pictures."""
        a, b, titles = groups
        if min(len(a), len(b)) < 2:
            return ""
        return comparison_html(study(model_id), a, b, titles)

    def show(self, model_id: str, picture: float | None) -> dict[str, str]:
        """The chosen picture's card and its neighbours."""
        here, index = study(model_id), whole_number("the picture number", picture)
        return {
            "card": portrait_card(portrait(here, index)),
            "neighbours": neighbours_html(here, index),
        }

    def open(self, model_id: str) -> dict[str, Any]:
        """Everything of a newly chosen model."""
        here, drawn = study(model_id), chart(model_id)
        colours, names = colourings(here), list(here.names)
        return {
            "title": FIRST_TITLE,
            "colour": gr.Dropdown(choices=colours, value=colours[0]),
            "class_a": gr.Dropdown(choices=names, value=None),
            "class_b": gr.Dropdown(choices=names, value=None),
            "side": "A",
            "groups": NO_GROUPS,
            "groups_said": groups_html(NO_GROUPS),
            "comparison": "",
            "ground": "",
            "map": drawn_map(here, drawn, colours[0], NO_GROUPS),
            "facts": facts_html(drawn.facts()),
        }
