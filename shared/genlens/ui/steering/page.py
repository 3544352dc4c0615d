"""How the page of property steering is put together, and how a tab joins it.

**To add a tab**: a folder below ``ui/steering/`` with a class in its ``tab.py``, and one line in
``TABS`` here (with its import). The class keeps to ``SteeringTab``::

    class DirectionsTab:
        name, title = "directions", "Directions"      # in links; on the page
        endpoints = {"find_direction": api_find_direction}   # for programs; {} for none

        def __init__(self, head: Head) -> None:
            self.result = html("")                     # builds its widgets where it is called
            asked = {**head.asked, "alpha": self.alpha}     # model_id, face, assessor
            on(self.button.click, show, asked, self.result, **LANE)
            self.opened = [Fill(show, asked, self.result)]   # when first opened, and after changes
            self.linked = {"alpha": Linked(self.alpha, number_or_none)}   # {} for none

    def show(alpha, model_id, face, assessor):
        now = shown(model_id, face, assessor)          # now.generator, now.styles, now.assessor
        ...

``opened`` is run when the tab is opened first (unless it is ``ready``), and again whenever
one of ``head.asked`` that it reads has changed; so a tab always opens with something. (Such a
handler takes no request and no progress: it stops by ``jobs.stopped``, and what takes more than a
second shows how far it is by ``live.looking``.) To show another face, assessor or generator
on the whole page, a handler names ``head.face``, ``head.assessor`` or ``head.model`` among its
outputs (see ``head``). What ``linked`` names is kept in the page's address and restored from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

import gradio as gr

from genlens.ui import lazy_tabs
from genlens.ui import link as pages_link
from genlens.ui.kit import Fill, Tab, on, publish
from genlens.ui.steering import assessors, generators, link
from genlens.ui.steering.assessing.tab import AssessorsTab
from genlens.ui.steering.directions.tab import DirectionsTab
from genlens.ui.steering.endpoints import ENDPOINTS
from genlens.ui.steering.generator.tab import GeneratorTab
from genlens.ui.steering.head import Head, first_shown
from genlens.ui.steering.hypotheses.tab import HypothesesTab
from genlens.ui.steering.lesson.tab import LessonTab
from genlens.ui.steering.link import Linked
from genlens.ui.steering.method.tab import MethodTab
from genlens.ui.steering.mixing.tab import MixingTab
from genlens.ui.steering.projection.tab import ProjectionTab
from genlens.ui.steering.truth.tab import TruthTab
from genlens.ui.steering.units.tab import UnitsTab


class SteeringTab(Tab, Protocol):
    """A tab of this page; see above."""

    name: ClassVar[str]
    title: ClassVar[str]
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]]
    opened: list[Fill]
    linked: dict[str, Linked]

    def __init__(self, head: Head) -> None: ...


TABS: tuple[type[SteeringTab], ...] = (
    MixingTab,
    DirectionsTab,
    HypothesesTab,
    LessonTab,
    UnitsTab,
    ProjectionTab,
    GeneratorTab,
    AssessorsTab,
    TruthTab,
    MethodTab,
)
"""In the order of the page; the first is open when the page comes."""


def register_endpoints() -> None:
    """Add the page's endpoints and its tabs' to the ``gr.Blocks`` around the call."""
    publish(ENDPOINTS)
    for tab in TABS:
        publish(tab.endpoints)


class SteeringPage:
    """Builds the left column and the tabs where it is called, inside a ``gr.Blocks``."""

    def __init__(self) -> None:
        first = first_shown()
        with gr.Row(elem_id="gl-page"):
            with gr.Column(elem_id="gl-ask"):
                self.head = Head(first)
            with gr.Column(elem_id="gl-result"), self._tabs() as self.head.tabs:
                self.parts = {kind.name: self._tab(kind) for kind in TABS}
        self.linked = {
            name: entry for _, tab in self.parts.values() for name, entry in tab.linked.items()
        }

    def _tabs(self) -> gr.Tabs:
        return gr.Tabs(selected=TABS[0].name, overflow_behavior="wrap", elem_id="gl-tabs")

    def _tab(self, kind: type[SteeringTab]) -> tuple[gr.Tab, SteeringTab]:
        with gr.Tab(kind.title, id=kind.name, elem_id=f"gl-tab-{kind.name}") as tab:
            return tab, kind(self.head)

    def wire(self, demo: gr.Blocks) -> None:
        """The events between the address, the left column and the tabs."""
        head, linked = self.head, self.linked
        places = {
            "model": head.model, "face": head.face, "assessor": head.assessor,
            "tab": head.tabs, **{name: entry.component for name, entry in linked.items()},
        }  # fmt: skip
        arrived = on(demo.load, self._arrive, {}, places, queue=False, show_progress="hidden")
        settled = head.settles(arrived)
        about = {name: self._about(tab) for name, (_, tab) in self.parts.items()}
        done = {
            name: lazy_tabs.key({part: component.value for part, component in about[name].items()})
            for name, (_, tab) in self.parts.items()
            if isinstance(tab, (MixingTab, HypothesesTab)) and tab.ready
        }
        lazy_tabs.wire(dict(self.parts), settled, about, TABS[0].name, done)
        remembered = [head.model, head.face, head.assessor]
        remembered += [entry.component for entry in linked.values()]
        changes = [component.change for component in remembered]
        gr.on(
            [*changes, *(tab.select for tab, _ in self.parts.values())],
            None, remembered, None, js=pages_link.remember(*link.NAMES, *linked),
        )  # fmt: skip

    def _about(self, tab: SteeringTab) -> dict[str, Any]:
        """What the tab is filled for: what it reads of the left column and of a link."""
        kept = self.head.asked | {name: entry.component for name, entry in tab.linked.items()}
        read = {component for fill in tab.opened for component in fill.inputs.values()}
        return {name: component for name, component in kept.items() if component in read}

    def _arrive(self, request: gr.Request) -> dict[str, Any]:
        """What the link that was opened asks for."""
        parameters = dict(request.query_params)
        models, named = ([n for _, n in each.choices()] for each in (generators, assessors))
        models += [self.head.first.model_id] if self.head.first else []
        asked: dict[str, Any] = dict(link.read(parameters, models, named, list(self.parts)))
        if "tab" in asked:
            asked["tab"] = gr.Tabs(selected=asked["tab"])
        for name, entry in self.linked.items():
            value = entry.read(parameters[name][:2000]) if name in parameters else None
            if value is not None:
                asked[name] = value
        return asked
