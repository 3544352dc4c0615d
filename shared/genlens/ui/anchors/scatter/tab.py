"""The scatter tab: brush, threshold lines, groups with their representatives, one anchor's card."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import numpy as np

from genlens.errors import InputError
from genlens.ui.anchors.export import export
from genlens.ui.anchors.files import FILES
from genlens.ui.anchors.scatter import view
from genlens.ui.anchors.scatter.widget import read_event, scatter_widget
from genlens.ui.anchors.seen import GROUP_CHOICES, PICKED, Seen, seen
from genlens.ui.anchors.selected import FIRST_K
from genlens.ui.export_box import ExportBox
from genlens.ui.kit import LANE, RAW, Fill, Inputs, html, on, scripts

MARK = """(said) => {
  if (said) window.dispatchEvent(new CustomEvent("gl-anchors", { detail: JSON.parse(said) }));
}"""
"""In the browser: tell the scatter's script which anchors are numbered."""
SHOWN_K = 30
"""Representatives beside the scatter at most; the tab Representatives shows more."""


class ScatterTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``.

    Args:
        head: the page's head by name: ``model_id``, ``set_name``, ``x``, ``y``, ``tx``, ``ty``.
        group: which group it opens with.
        first: what it opens with; None where it is filled when the page is loaded.

    ``picked`` holds the rows of the visitor's own selection, ``row`` the chosen anchor.
    """

    def __init__(self, head: Inputs, group: str, first: Seen | None) -> None:
        self.head = dict(head)
        self.picked = gr.State(None, time_to_live=3600)
        strip, rows = view.selection(first, group, FIRST_K, None) if first else ("", [])
        with gr.Row(elem_classes="gl-halves gl-anchor-halves"):
            with gr.Column(min_width=300):
                shown = view.drawn(first, rows) if first else ""
                self.scatter = scatter_widget(shown, elem_id="gl-scatter")
            with gr.Column(min_width=300):
                with gr.Row(elem_classes="gl-pickers"):
                    self.group = gr.Dropdown(
                        GROUP_CHOICES, value=group, label="Group", min_width=170,
                        info="Whose representatives are shown.", elem_id="gl-group",
                    )  # fmt: skip
                    self.k = gr.Slider(
                        1, SHOWN_K, FIRST_K, step=1, label="k", min_width=130,
                        info="How many.", elem_id="gl-k",
                    )  # fmt: skip
                    self.number = gr.Textbox(
                        "", label="Anchor no.", min_width=110, max_length=9, placeholder="none",
                        info="Press Enter.", elem_id="gl-anchor-number",
                    )  # fmt: skip
                self.row = gr.Textbox("", visible="hidden")
                self.card = html("", elem_id="gl-card", js_on_load=scripts("pick_row.js"))
                self.strip = html(strip, elem_id="gl-selection", js_on_load=scripts("pick_row.js"))
                self.export = ExportBox("Export this selection", FILES)
        self.marks = gr.Textbox("", visible="hidden")
        self.asked = {**self.head, "group": self.group, "k": self.k, "picked": self.picked}
        self.answer = {"strip": self.strip, "marks": self.marks, **self.export.cleared}
        self._wire()
        filled = {
            "scatter": self.scatter, "picked": self.picked, "card": self.card,
            "group": self.group, "number": self.number, **self.answer,
        }  # fmt: skip
        self.opened = [Fill(self.open, {**self.asked, "row": self.row}, filled)]

    def _wire(self) -> None:
        quiet: dict[str, Any] = {"show_progress": "minimal", **LANE}
        acted = {"row": self.row, "tx": self.head["tx"], "ty": self.head["ty"]}
        acted |= {"group": self.group, "picked": self.picked, **self.answer}
        on(self.scatter.select, self.act, self.asked, acted, show_progress_on=self.strip, **LANE)
        on([self.group.input, self.k.release], self.show, self.asked, self.answer, **quiet)
        for strip in (self.strip, self.card):
            on(strip.select, _row, {}, self.row, queue=False)
        typed = {**self.head, "number": self.number}
        on(
            self.number.submit,
            self.find,
            typed,
            {"row": self.row},
            show_progress="hidden",
            **RAW,
            **LANE,
        )
        on(
            self.row.change, self.show_card, {**self.head, "row": self.row},
            {"card": self.card, "number": self.number, "marks": self.marks},
            trigger_mode="always_last", **quiet,
        )  # fmt: skip
        gr.on([self.marks.change], None, [self.marks], None, js=MARK)
        self.export.wire(export, self.asked)

    def opens_from(self, strip: gr.HTML, tabs: gr.Tabs) -> None:
        """Let a click on a picture of ``strip``, on another tab, open that anchor here."""

        def turn(event: gr.SelectData) -> dict[str, Any]:
            return {"row": str(event.index), "tabs": gr.Tabs(selected="scatter")}

        on(strip.select, turn, {}, {"row": self.row, "tabs": tabs}, queue=False)

    def open(self, group: str, k: Any, picked: Any, row: str, **head: Any) -> dict[str, Any]:
        """Everything, of other anchors or other axes; the chosen anchor stays where there is
        one."""
        now = seen(**head)
        group = group if group != PICKED else "HIHE"
        strip, rows = view.selection(now, group, k, None)
        chosen = int(row) if row and int(row) < len(now.here.scores) else None
        return {
            "scatter": view.drawn(now, rows, chosen), "strip": strip, "picked": None,
            "card": "" if chosen is None else view.card(now, chosen), "marks": "", "group": group,
            "number": "" if chosen is None else str(int(now.here.scores.ids[chosen])),
            **self.export.empty(),
        }  # fmt: skip

    def act(
        self, group: str, k: Any, picked: Any, event: gr.SelectData, **head: Any
    ) -> dict[str, Any]:
        """What follows from a click, a brush or a moved line in the scatter."""
        now = seen(**head)
        did = read_event(event.index, event.value, now)
        if did.kind == "point":
            return {"row": str(did.row)}
        more: dict[str, Any] = {}
        if did.lines is not None:
            head |= {"tx": did.lines[0], "ty": did.lines[1]}
            now = seen(**head)
            more = {"tx": str(did.lines[0]), "ty": str(did.lines[1])}
        elif did.rows is not None:
            group, picked = PICKED, did.rows
            more = {"group": group, "picked": picked}
        else:
            group = did.group
            more = {"group": group}
        return more | self._shown(now, group, k, picked)

    def show(self, group: str, k: Any, picked: Any, **head: Any) -> dict[str, Any]:
        """Another group's representatives, or another number of them."""
        return self._shown(seen(**head), group, k, picked)

    def _shown(self, now: Seen, group: str, k: Any, picked: np.ndarray | None) -> dict[str, Any]:
        strip, rows = view.selection(now, group, k, picked)
        return {"strip": strip, "marks": json.dumps({"marked": rows}), **self.export.empty()}

    def find(self, number: str, **head: Any) -> dict[str, Any]:
        """The row of a typed number."""
        text = str(number).strip()
        if not (text.isascii() and text.isdigit()):
            raise InputError(f"the anchor’s number is {text!r}: type a whole number, such as 292")
        return {"row": str(seen(**head).here.row_of(int(text)))}

    def show_card(self, row: Any, **head: Any) -> dict[str, Any]:
        """The card of another anchor, which the scatter rings."""
        if row == "":
            return {}
        now = seen(**head)
        at = now.here.require_row(int(row))
        return {
            "card": view.card(now, at),
            "number": str(int(now.here.scores.ids[at])),
            "marks": json.dumps({"chosen": at}),
        }


def _row(event: gr.SelectData) -> str:
    return str(event.index)
