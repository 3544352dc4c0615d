"""The results' side of the prompt page: components, and how one view fills them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.ui import lazy_tabs
from genlens.ui.kit import Fill, Inputs, Tab, html
from genlens.ui.prompts import link as share
from genlens.ui.prompts.about import notes as method_notes
from genlens.ui.prompts.about import truth as trust
from genlens.ui.prompts.attention.tab import AttentionTab
from genlens.ui.prompts.export import FORMATS
from genlens.ui.prompts.gallery import gallery_widget
from genlens.ui.prompts.inside.tab import InsideTab
from genlens.ui.prompts.linked import linked_widget
from genlens.ui.prompts.opening import OTHER
from genlens.ui.prompts.opinions.tab import OpinionsTab
from genlens.ui.prompts.paper.tab import paper_html
from genlens.ui.prompts.stored import explanation_in
from genlens.ui.prompts.subsets.tab import SubsetsTab
from genlens.ui.prompts.tabs import GROUPS, TABS, TabGroups
from genlens.ui.prompts.tested.tab import TestedTab
from genlens.ui.prompts.versus.tab import VersusTab
from genlens.ui.prompts.view import FIRST_RULE, RULES, PromptView

_EMPTY = (
    '<div class="gl"><p class="gl-note gl-warn">No explanation was computed in advance for this '
    "copy. Type a prompt and press Explain.</p></div>"
)
_OLD = (
    '<div class="gl gl-old" role="status"><p class="gl-note gl-warn">The question has changed. '
    "What stands below answers the one before: press Explain for a new answer.</p></div>"
)


class _Ready:
    """A tab that is filled together with the result."""

    def __init__(self) -> None:
        self.opened: list[Fill] = []


class PromptResult:
    """Builds the components where it is called, inside a ``gr.Blocks``, filled with ``first``.

    ``outputs`` are the components that an event fills with ``values(view)``, by name.
    """

    def __init__(self, first: PromptView | None) -> None:
        html(_OLD)
        self.linked = linked_widget(first.linked if first else _EMPTY, elem_id="gl-linked")
        shown = explanation_in(first.files["npz"]) if first else None
        self.tabs = tabs = TabGroups()
        with tabs.group("words"):
            self._words(first)
        with tabs.group("things"):
            with tabs.tab("objects"):
                self.matrix = html(first.matrix if first else "")
            with tabs.tab("subsets"):
                self.subsets = SubsetsTab(shown)
        with tabs.group("inside"):
            with tabs.tab("attention"):
                self.attention = AttentionTab(shown)
            with tabs.tab("network"):
                self.inside = InsideTab()
        with tabs.group("compare"):
            with tabs.tab("versus"):
                self.versus = VersusTab(first.versus if first else {}, OTHER if first else "")
            with tabs.tab("opinions"):
                self.opinions = OpinionsTab(first.opinions if first else {})
            with tabs.tab("estimators"):
                self.estimators = html(first.estimators if first else _EMPTY)
        with tabs.group("doubts"):
            with tabs.tab("tested"):
                self.tested = TestedTab(first.tested if first else {})
            with tabs.tab("trust"):
                html(trust.trust_html(trust.card()))
        with tabs.group("about"):
            with tabs.tab("method"):
                html(method_notes.method_notes())
            with tabs.tab("paper"):
                html(paper_html(trust.card("paper")))
        with tabs.group("files"), tabs.tab("export"):
            self._files(first)
        self.address = gr.Textbox(first.address if first else "", visible=False)
        self.asked = gr.Textbox(first.asked if first else "", visible=False)
        self.stored = gr.State(first.files["npz"] if first else None, time_to_live=3600)
        self.attention.wire(self.stored, self.asked)
        self.subsets.wire(self.stored)
        self.versus.wire(self.outputs)
        self.opinions.wire(self.outputs)
        self.tested.wire(self.outputs)

    def _words(self, first: PromptView | None) -> None:
        with self.tabs.tab("numbers"):
            self.rule = gr.Radio(
                list(RULES),
                value=FIRST_RULE,
                label="Shapley values are computed",
                info=first.unit_said if first else "",
            )
            self.plot = gr.Plot(first.bar if first else None, elem_id="gl-plot", show_label=False)
            self.table = html(first.table if first else "")
        with self.tabs.tab("pixels"):
            self.maps = html(first.maps if first else "")
        with self.tabs.tab("sub-prompts"):
            self.gallery = gallery_widget(first.gallery if first else "")

    def _files(self, first: PromptView | None) -> None:
        with gr.Row():
            self.files = {
                kind: gr.DownloadButton(label, value=first.files[kind] if first else None)
                for kind, label in FORMATS.items()
            }
        self.link = html(share.link_html(first.address) if first else "")

    def fill_tabs(self, shown: Any) -> None:
        """Fill tabs that take a while when they are opened first, once for each result; and the
        open one after ``shown``, the event that shows another result."""
        about: dict[str, Inputs] = {name: {"stored": self.stored} for name in self.tabs.each}
        about["attention"] = {"stored": self.stored, "asked": self.asked}  # of estimates too
        opening = lazy_tabs.key({"stored": self.stored.value, "asked": self.asked.value})
        slow: dict[str, Tab] = {"attention": self.attention, "subsets": self.subsets}
        slow["network"] = self.inside
        about["network"] = {"once": self.inside.once}
        lazy_tabs.wire(
            {name: (tab, slow.get(name, _Ready())) for name, tab in self.tabs.each.items()},
            [shown],
            about,
            first=next(iter(TABS)),
            done={"attention": opening} if self.attention.filled else {},
            groups={
                name: (self.tabs.groups[name], tabs)
                for name, (_, tabs) in GROUPS.items()
                if name in self.tabs.inner
            },
        )

    @property
    def outputs(self) -> dict[str, Any]:
        """The components by the names of ``values``."""
        return {
            "linked": self.linked,
            "plot": self.plot,
            "table": self.table,
            "rule": self.rule,
            "maps": self.maps,
            "gallery": self.gallery,
            "matrix": self.matrix,
            "estimators": self.estimators,
            "link": self.link,
            "address": self.address,
            "asked": self.asked,
            "stored": self.stored,
            **self.versus.outputs,
            **self.opinions.outputs,
            **self.tested.outputs,
            **self.files,
        }

    @property
    def asked_more(self) -> dict[str, Any]:
        """The components that say what else is to be asked, by the parameters of a link."""
        return {
            "payoffs": self.opinions.payoffs,
            "removals": self.opinions.removals,
            "noises": self.tested.noises,
            "versus": self.versus.noises,
            "other": self.versus.other,
        }

    @staticmethod
    def values(view: PromptView) -> dict[str, Any]:
        """What ``view`` puts into ``outputs``."""
        return {
            "linked": view.linked,
            "plot": view.bar,
            "table": view.table,
            "rule": gr.Radio(value=view.rule, info=view.unit_said),
            "maps": view.maps,
            "gallery": view.gallery,
            "matrix": view.matrix,
            "estimators": view.estimators,
            "link": share.link_html(view.address),
            "address": view.address,
            "asked": view.asked,
            "stored": view.files["npz"],
            **view.versus,
            **view.opinions,
            **view.tested,
            **{
                kind: gr.DownloadButton(value=path, interactive=path is not None)
                for kind, path in view.files.items()
            },
        }
