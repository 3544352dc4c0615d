"""The map tab: codes on a plane, the chosen picture beside them, places, groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from genlens.errors import GenlensError
from genlens.figures.latents.portrait_card import portrait_card
from genlens.latents.portrait import portrait
from genlens.ui.jobs import CancelFlags, current, stopped
from genlens.ui.kit import LANE, Fill, html, on, whole_number
from genlens.ui.latents.charts import PCA, TITLES, Projection, chart
from genlens.ui.latents.map.controls import Drawing, Grouping, find_box, settings_of
from genlens.ui.latents.map.find import found, found_html, searchable
from genlens.ui.latents.map.groups import NO_GROUPS, Groups, groups_html, with_group
from genlens.ui.latents.map.view import (
    HOW,
    Look,
    colourings,
    comparison_html,
    drawn_map,
    facts_html,
    first_map,
    ground_html,
    neighbours_html,
    nobody_html,
)
from genlens.ui.latents.map.widget import map_widget, read_event
from genlens.ui.studies import study

if TYPE_CHECKING:
    from genlens.ui.latents.opening import Opening

MAP_LANE: dict[str, Any] = {"concurrency_id": "map", "concurrency_limit": 1}
CHOSEN = """(picture) => {
  window.dispatchEvent(new CustomEvent("gl-picture", { detail: picture }));
}"""
"""In the browser: tell the map's script which picture is chosen."""


class MapTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, filled with ``first``.

    ``opened`` is what fills it when the model changes. ``shown`` is the key of the projection on
    the page, which is not always the one that is chosen: a new one takes its time.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: Opening | None) -> None:
        self.flags = CancelFlags()
        self.groups = gr.State(NO_GROUPS, time_to_live=3600)
        self.shown = gr.State(PCA.key, time_to_live=3600)
        with gr.Row(elem_classes="gl-halves"):
            with gr.Column(min_width=300):
                self.drawing = Drawing(self.flags)
                self.bar = html("", elem_id="gl-map-progress", elem_classes="gl-bar")
                self.map = map_widget(first_map(first), elem_id="gl-map")
                self.find = find_box()
                self.found = html("", elem_id="gl-map-found")
                html(HOW)
            with gr.Column(min_width=300):
                self.ground = html("", elem_id="gl-ground")
                card = portrait_card(first.portrait, note=first.note) if first else ""
                self.card = html(card, elem_id="gl-card")
                self.neighbours = html(
                    nobody_html(first.portrait if first else None), elem_id="gl-neighbours"
                )
        self.facts = html(facts_html(first.facts, note=first.note) if first else "")
        with gr.Accordion("Compare two groups of pictures", open=True):
            self.grouping = Grouping(first.names if first else ())
        self.about = {"model_id": model, "picture": picture}
        self._portrait = {"card": self.card, "neighbours": self.neighbours}
        self._wire(model, picture)
        self.opened = [
            Fill(self.open, self.about, self._filled()),
            Fill(self.show, self.about, self._portrait),
        ]

    def _filled(self) -> dict[str, Any]:
        """What a new model fills."""
        return {
            "title": self.drawing.title,
            "colour": self.drawing.colour,
            "find": self.find,
            **self.drawing.settings,
            "class_a": self.grouping.class_a,
            "class_b": self.grouping.class_b,
            "side": self.grouping.side,
            "groups": self.groups,
            "groups_said": self.grouping.said,
            "comparison": self.grouping.comparison,
            "ground": self.ground,
            "map": self.map,
            "facts": self.facts,
            "shown": self.shown,
            "found": self.found,
        }

    def _wire(self, model: gr.Dropdown, picture: gr.Number) -> None:
        drawing, grouping = self.drawing, self.grouping
        look = {"colour": drawing.colour, "groups": self.groups, "find": self.find}
        look |= self.about
        seen = look | {"shown": self.shown}
        groups = {"groups": self.groups, "groups_said": grouping.said, "map": self.map}
        drawn = {"map": self.map, "facts": self.facts, "shown": self.shown, "ground": self.ground}
        on(
            [drawing.title.input, drawing.again.click], self.draw, seen | drawing.asked,
            {**drawn, "title": drawing.title, **drawing.settings},
            show_progress_on=self.bar, **MAP_LANE,
        )  # fmt: skip
        on(
            [drawing.colour.input, self.find.submit, self.find.blur], self.recolour, seen,
            {"map": self.map, "found": self.found}, show_progress="minimal", **MAP_LANE,
        )  # fmt: skip
        acted = on(
            self.map.select, self.act, look | {"side": grouping.side},
            {"picture": picture, "ground": self.ground, **groups},
            show_progress_on=self.ground, **LANE,
        )  # fmt: skip
        on(
            picture.change, self.show, self.about, self._portrait,
            show_progress="minimal", trigger_mode="always_last", **LANE,
        )  # fmt: skip
        gr.on([picture.change], None, [picture], None, js=CHOSEN)
        classes = {"class_a": grouping.class_a, "class_b": grouping.class_b}
        by_class = [grouping.class_a.input, grouping.class_b.input]
        chosen = on(by_class, self.by_class, seen | classes, groups, **LANE)
        cleared = on(grouping.clear.click, self.forget, seen, groups, **LANE)
        for event in (acted, chosen, cleared):
            on(
                event.success, self.compare, {"model_id": model, "groups": self.groups},
                grouping.comparison, show_progress="minimal", **LANE,
            )  # fmt: skip

    def draw(
        self,
        model_id: str,
        picture: float | None,
        colour: str,
        groups: Groups,
        find: str,
        shown: str,
        title: str,
        perplexity: float,
        neighbours: float,
        min_dist: float,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> Iterator[dict[str, Any]]:
        """Another projection and its facts, with progress. Where it is cancelled or fails, the
        choice goes back to the map that stays on the page."""
        progress(0, desc=f"{title}: reading the codes")
        try:
            number = whole_number("neighbours", neighbours)
            asked = Projection(TITLES[title], perplexity, number, min_dist)
            yield settings_of(asked)
            made = chart(model_id, asked, **self.flags.hooks(request, progress))
        except GenlensError:
            job = current()
            if job is None or not job.replaced():
                before = Projection.read(shown)
                yield {"title": before.title, **settings_of(before)}
            raise
        look = Look.of(colour, groups, picture, find)
        yield {
            "map": drawn_map(model_id, study(model_id), made, asked, look),
            "facts": facts_html(made.facts()),
            "shown": asked.key,
            "ground": "",
        }

    def recolour(
        self,
        model_id: str,
        picture: float | None,
        colour: str,
        groups: Groups,
        find: str,
        shown: str,
    ) -> dict[str, str]:
        """The map on the page, in other colours or with other pictures standing out."""
        here = study(model_id)
        look = Look.of(colour, groups, picture, find)
        return {
            "map": self._redrawn(model_id, Projection.read(shown), look),
            "found": found_html(here, find, found(here, find)),
        }

    def act(
        self,
        model_id: str,
        picture: float | None,
        colour: str,
        groups: Groups,
        find: str,
        side: str,
        event: gr.SelectData,
    ) -> dict[str, Any]:
        """What follows from a click or a drag, on the map that was clicked on."""
        here = study(model_id)
        did = read_event(event.index, event.value, model_id, len(here))
        if did.kind == "point":
            return {"picture": did.index, "ground": ""}
        if did.place is not None:
            made = chart(model_id, did.projection, cancel=stopped)
            return {"ground": ground_html(here, made, did.projection, did.place)}
        changed = with_group(groups, 1 if did.second or side == "B" else 0, did.members)
        look = Look.of(colour, changed, picture, find)
        return self._grouped(model_id, did.projection, look)

    def by_class(
        self,
        model_id: str,
        picture: float | None,
        colour: str,
        groups: Groups,
        find: str,
        shown: str,
        class_a: str | None,
        class_b: str | None,
    ) -> dict[str, Any]:
        """Groups that are whole classes; one that is not chosen stays as it was gathered."""
        here = study(model_id)
        for at, name in enumerate((class_a, class_b)):
            if name in here.names:
                members = (here.labels == here.names.index(name)).nonzero()[0]
                groups = with_group(groups, at, tuple(members.tolist()), f"class {name}")
        look = Look.of(colour, groups, picture, find)
        return self._grouped(model_id, Projection.read(shown), look)

    def forget(
        self,
        model_id: str,
        picture: float | None,
        colour: str,
        groups: Groups,
        find: str,
        shown: str,
    ) -> dict[str, Any]:
        """No groups."""
        look = Look.of(colour, NO_GROUPS, picture, find)
        return self._grouped(model_id, Projection.read(shown), look)

    def _redrawn(self, model_id: str, projection: Projection, look: Look) -> str:
        made = chart(model_id, projection, cancel=stopped)
        return drawn_map(model_id, study(model_id), made, projection, look)

    def _grouped(self, model_id: str, projection: Projection, look: Look) -> dict[str, Any]:
        """Other groups, in words and on the map."""
        drawn = self._redrawn(model_id, projection, look)
        return {"groups": look.groups, "groups_said": groups_html(look.groups), "map": drawn}

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

    def open(self, model_id: str, picture: float | None) -> dict[str, Any]:
        """Everything of a newly chosen model."""
        here, drawn = study(model_id), chart(model_id, cancel=stopped)
        colours, names = colourings(here), list(here.names)
        look = Look.of(colours[0], NO_GROUPS, picture, "")
        return {
            "title": PCA.title,
            **settings_of(PCA),
            "colour": gr.Dropdown(choices=colours, value=colours[0]),
            "find": gr.Textbox(value="", visible=searchable(here)),
            "class_a": gr.Dropdown(choices=names, value=None),
            "class_b": gr.Dropdown(choices=names, value=None),
            "side": "A",
            "groups": NO_GROUPS,
            "groups_said": groups_html(NO_GROUPS),
            "comparison": "",
            "ground": "",
            "map": drawn_map(model_id, here, drawn, PCA, look),
            "facts": facts_html(drawn.facts()),
            "shown": PCA.key,
            "found": "",
        }
