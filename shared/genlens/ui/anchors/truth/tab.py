"""The tab "How true?": the measured truth table, and measuring again, in small."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from genlens.anchors.evaluation.evaluate import evaluate_anchors
from genlens.anchors.evaluation.table import blocks
from genlens.errors import ModelError
from genlens.figures.blocks import blocks_html
from genlens.ui import cards
from genlens.ui.jobs import CancelFlags, stopped
from genlens.ui.kit import LANE, Fill, html, on, stop_button, whole_number

FLAGS = CancelFlags()
QUICK = 400
"""Digits of the measurement on the page, and of the endpoint unless it is asked for more."""
_ABOUT = (
    '<div class="gl"><p>Can the groups be believed? Three models tell, since it is known what they '
    "never saw: one saw zeros and no other digit, one faces without glasses, one cars alone. Does "
    "a criterion "
    "tell the known from the unknown (AUC: 1 always, 0.5 by chance)? Controls that do not ask the "
    "model stand beside them. And do fast selections come near the best of all choices, which "
    "small sets allow to be found?</p></div>"
)
_EMPTY = (
    '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet. Run '
    "<code>genlens evaluate anchors --json shared/genlens/zoo/cards/anchors.json</code> (some "
    "minutes on 2 cores), or take a quick look with the button.</p></div>"
)


class TruthTab:
    """Builds the tab where it is called; nothing in it depends on what the page shows."""

    def __init__(self) -> None:
        html(_ABOUT)
        with gr.Row():
            measure = gr.Button(
                "Take a quick look now (about a minute)", min_width=330, scale=0, size="md",
                elem_id="gl-measure",
            )  # fmt: skip
            stop_button(FLAGS)
            back = gr.Button("Show the stored table", min_width=220, scale=0, size="md")
        bar = html("", elem_classes="gl-bar")
        table = html(stored(), elem_id="gl-truth")
        on(measure.click, measure_again, {}, table, show_progress_on=bar, **LANE)
        on(back.click, stored, {}, table, queue=False)
        self.opened: list[Fill] = []


def stored() -> str:
    """The stored table as HTML; how to make one where there is none, or where it is damaged: the
    page opens all the same."""
    try:
        numbers = cards.card("anchors")
    except ModelError as error:
        return f'<div class="gl"><p class="gl-note gl-warn">{escape(str(error))}</p></div>'
    return table_html(numbers) if numbers else _EMPTY


def table_html(numbers: dict[str, Any]) -> str:
    """An evaluation as HTML."""
    return f'<div class="gl gl-truth">{blocks_html(blocks(numbers))}</div>'


def measure_again(request: gr.Request, progress: gr.Progress = gr.Progress()) -> str:
    """Measure on few pictures, and show that instead of the stored table."""
    progress(0, desc="Starting")
    hooks = FLAGS.hooks(request, progress)
    return table_html(evaluate_anchors(QUICK, quick=True, **hooks).to_dict())


def api_evaluate_anchors(n: float = QUICK) -> dict[str, Any]:
    """How far the groups of anchors can be trusted, measured on models of which it is known what
    they never saw.

    Args:
        n: test digits, 200 to 3000, and as many photographs; a third as many faces with glasses,
            and without.

    Returns:
        zeros, glasses and autos: for each criterion the AUC of telling the known from the unknown,
        and the share of each in each group; coverage: fast selections against the best of all
        choices; retrained: what the recorded retraining job found; left_out; made_by. Every
        figure is {value, low, high, n, left_out}: a 95 % interval, the cases behind it, and those
        that were left out.
    """
    found = evaluate_anchors(whole_number("the number of pictures", n), quick=True, cancel=stopped)
    return found.to_dict()
