"""The tab "How true?": what was measured about directions and about verdicts on hypotheses, with
intervals and controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, ClassVar

import gradio as gr

from genlens.common.tables import Table
from genlens.errors import ModelError
from genlens.figures.blocks import blocks_html
from genlens.steering.evaluation.evaluate import evaluate_steering
from genlens.steering.evaluation.table import blocks
from genlens.steering.hypotheses.evaluation.table import blocks as verdict_blocks
from genlens.ui import cards
from genlens.ui.jobs import CancelFlags, stopped
from genlens.ui.kit import LANE, Fill, html, on, stop_button, whole_number
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked

_ABOUT = (
    '<div class="gl"><p>Can what this page shows be believed? On drawn faces every attribute is '
    "known, so both can be counted: how well directions do what they say, and how often verdicts "
    "on hypotheses are right.</p><h3>Directions</h3><p>Does a direction raise the score of "
    "<b>every</b> face, and what else does it change (leakage)? Beside the methods stand "
    "directions that know nothing: a random one, and one learned from labels that were dealt out "
    "anew. They have to fail.</p></div>"
)
_VERDICTS = (
    '<div class="gl"><h3>Verdicts on hypotheses</h3><p>Smile classifiers were trained anew, most '
    "of them on faces where smiles went with something else: a planted shortcut. Whether a claim "
    "(“it reacts to the beard”) <b>holds</b> was measured on 500 other faces, each drawn with and "
    "without. Then the tab Hypotheses was asked, on fewer faces and without knowing. A verdict is "
    "<b>right</b> when it says “supported” of a claim that holds or “contradicted” of one that "
    "does not; “undecided” is never right. A <b>false alarm</b> is “supported” of a claim that "
    "does not hold. “Too near”: whether it holds cannot be said, and it is not counted. "
    "Below stand assessors that know nothing: nothing should be found of them.</p></div>"
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
                "Take a quick look now (about a minute)", min_width=420, scale=0, size="md",
                elem_id="gl-measure",
            )  # fmt: skip
            stop_button(self.flags, scale=0, size="md")
            back = gr.Button("Show the stored table", min_width=260, scale=0, size="md")
        bar = html("", elem_classes="gl-bar")
        table = html(stored(), elem_id="gl-truth")
        on(measure.click, self._measure, {}, table, show_progress_on=bar, **LANE)
        on(back.click, stored, {}, table, queue=False)
        html(_VERDICTS)
        html(stored_verdicts(), elem_id="gl-truth-verdicts")
        self.opened: list[Fill] = []
        self.linked: dict[str, Linked] = {}

    def _measure(self, request: gr.Request, progress: gr.Progress = gr.Progress()) -> str:
        progress(0, desc="Starting")
        hooks = self.flags.hooks(request, progress)
        return truth_html(blocks(evaluate_steering(quick=True, **hooks).to_dict()))


def stored() -> str:
    """The stored table of directions as HTML; how to make it where it is not there, or damaged."""
    return _stored("steering", blocks)


def stored_verdicts() -> str:
    """The same of verdicts on hypotheses."""
    return _stored("hypotheses", verdict_blocks)


def _stored(name: str, written: Callable[[Mapping[str, Any]], list[Table | str]]) -> str:
    try:
        numbers = cards.card(name)
    except ModelError as error:
        return f'<div class="gl"><p class="gl-note gl-warn">{escape(str(error))}</p></div>'
    if numbers:
        return truth_html(written(numbers))
    command = f"genlens evaluate {name} --json shared/genlens/zoo/cards/{name}.json"
    return (
        '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet. Run '
        f"<code>{command}</code> (some minutes on 2 cores).</p></div>"
    )


def truth_html(blocks: list[Table | str]) -> str:
    """An evaluation's tables and paragraphs as HTML."""
    return f'<div class="gl gl-truth">{blocks_html(blocks)}</div>'
