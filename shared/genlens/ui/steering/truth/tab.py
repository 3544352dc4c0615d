"""The tab "How true?": what was measured about steering, with intervals and controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, ClassVar

import gradio as gr

from genlens.errors import ModelError
from genlens.figures.blocks import blocks_html
from genlens.steering.evaluation.evaluate import evaluate_steering
from genlens.steering.evaluation.table import blocks
from genlens.ui import cards
from genlens.ui.jobs import CancelFlags, stopped
from genlens.ui.kit import LANE, Fill, html, on, stop_button, whole_number
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked

_ABOUT = (
    '<div class="gl"><p>Can what this page shows be believed? On drawn faces every attribute is '
    "known. Does a direction raise the score of <b>every</b> face, and what else does it change "
    "(leakage)? Beside the methods stand directions that know nothing: a random one, and one "
    "learned from labels that were dealt out anew. They have to fail.</p></div>"
)


def api_evaluate_steering(n: float = 10, seed: float = 0) -> dict[str, Any]:
    """How far directions of the shipped generator can be trusted: a quick look.

    Args:
        n: faces that each direction is followed on, 6 to 200.
        seed: of everything that is drawn.

    Returns:
        followed: for each attribute and method the share of faces whose score rises all the way,
        the rise, the leakage on other attributes; reached; fooled (controls that passed: there
        should be none); left_out with reasons; made_by. Every figure is {value, low, high, n,
        left_out}.
    """
    count, drawn = whole_number("the number of faces", n), whole_number("seed", seed)
    return evaluate_steering(count, drawn, quick=True, cancel=stopped).to_dict()


class TruthTab:
    """Builds the tab where it is called; nothing in it depends on what the page shows."""

    name: ClassVar[str] = "truth"
    title: ClassVar[str] = "How true?"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "evaluate_steering": api_evaluate_steering
    }

    def __init__(self, head: Head) -> None:
        self.flags = CancelFlags()
        html(_ABOUT)
        with gr.Row():
            measure = gr.Button(
                "Take a quick look now (about a minute)", min_width=330, scale=0, size="md",
                elem_id="gl-measure",
            )  # fmt: skip
            stop_button(self.flags, scale=0, size="md")
            back = gr.Button("Show the stored table", min_width=220, scale=0, size="md")
        bar = html("", elem_classes="gl-bar")
        table = html(stored(), elem_id="gl-truth")
        on(measure.click, self._measure, {}, table, show_progress_on=bar, **LANE)
        on(back.click, stored, {}, table, queue=False)
        self.opened: list[Fill] = []
        self.linked: dict[str, Linked] = {}

    def _measure(self, request: gr.Request, progress: gr.Progress = gr.Progress()) -> str:
        progress(0, desc="Starting")
        hooks = self.flags.hooks(request, progress)
        return table_html(evaluate_steering(quick=True, **hooks).to_dict())


def stored() -> str:
    """The stored tables as HTML; how to make one that is not there, or is damaged."""
    return _stored("steering", table_html)


def table_html(numbers: Mapping[str, Any]) -> str:
    """An evaluation of directions as HTML."""
    return f'<div class="gl gl-truth">{blocks_html(blocks(numbers))}</div>'


def _stored(name: str, written: Callable[[Mapping[str, Any]], str]) -> str:
    try:
        numbers = cards.card(name)
    except ModelError as error:
        return f'<div class="gl"><p class="gl-note gl-warn">{escape(str(error))}</p></div>'
    if numbers:
        return written(numbers)
    command = f"genlens evaluate {name} --json shared/genlens/zoo/cards/{name}.json"
    return (
        '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet. Run '
        f"<code>{command}</code> (some minutes on 2 cores), or take a quick look with the "
        "button.</p></div>"
    )
