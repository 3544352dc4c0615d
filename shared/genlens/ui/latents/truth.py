"""The tab "How true?": the measured truth table, and measuring a model again, in small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from genlens.errors import InputError, ModelError
from genlens.figures.latents.truth_table import truth_table
from genlens.ui import cards
from genlens.ui.jobs import CancelFlags, stopped
from genlens.ui.kit import LANE, Fill, html, on, stop_button, whole_number
from genlens.ui.studies import study

FLAGS = CancelFlags()
QUICK = 400
"""Codes of the measurement on the page, and of the endpoint unless it is asked for more."""
MOST = 2000
PICTURES = 8
"""Of these are explained by every method: the fewest that allow a verdict."""
_EMPTY = (
    '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet. Run '
    "<code>genlens evaluate latents --json shared/genlens/zoo/cards/latents.json</code> (some "
    "minutes on 2 cores), or measure this model with the button.</p></div>"
)
_ABOUT = (
    '<div class="gl"><p>Can an explanation be believed? Two tests need nobody’s opinion. Delete '
    "what it names first: the explained number should fall sooner than when parts are deleted at "
    "random. Shuffle the model’s weights and explain again: the map should change. Edges of the "
    "picture, a constant map and noise stand beside the methods as controls: they explain nothing, "
    "and have to fail.</p></div>"
)


class TruthTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, and wires its events.

    ``model`` is the page's model picker; the first pictures of its set are measured.
    ``opened`` is what fills it when the model changes.
    """

    def __init__(self, model: gr.Dropdown) -> None:
        html(_ABOUT, container=False)
        with gr.Row():
            self.measure = gr.Button(
                "Measure again on this model (about a minute)", min_width=280, elem_id="gl-measure"
            )
            stop_button(FLAGS)
            self.back = gr.Button("Show the stored table", min_width=160)
        bar = html("", elem_classes="gl-progress")
        self.table = html(stored(str(model.value or "")), container=False, elem_id="gl-truth")
        on(
            self.measure.click, measure_again, {"model": model}, self.table,
            show_progress_on=bar, **LANE,
        )  # fmt: skip
        on(self.back.click, show_stored, {"model": model}, self.table, queue=False)
        self.opened = [Fill(show_stored, {"model": model}, self.table)]


def card() -> dict[str, Any] | None:
    """The numbers of ``zoo/cards/latents.json``; see ``ui.cards``."""
    return cards.card("latents")


def stored(model: str) -> str:
    """The stored table as HTML, with the explanations of ``model``; how to make one where there is
    none, or where it is damaged: the page opens all the same."""
    try:
        numbers = card()
    except ModelError as error:
        return f'<div class="gl"><p class="gl-note gl-warn">{escape(str(error))}</p></div>'
    return truth_table(numbers, model) if numbers else _EMPTY


def show_stored(model: str) -> str:
    """The stored table for another model."""
    return stored(model)


def measure_again(model: str, request: gr.Request, progress: gr.Progress = gr.Progress()) -> str:
    """Measure the chosen model on few pictures, and show that instead of the stored table."""
    progress(0, desc="Starting")
    numbers = measured(model, QUICK, **FLAGS.hooks(request, progress))
    return truth_table(numbers, note=f"measured now on {numbers['n']} pictures: a quick look")


def measured(
    model: str,
    n: int,
    *,
    progress: Callable[[int, int, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """The truth table of one model of the page on its first ``n`` pictures, as a dictionary.

    Raises:
        InputError: ``n`` is out of range. ModelError: no such model. Cancelled: ``cancel()``.
    """
    from genlens.latents.evaluation import evaluate

    if not 20 <= n <= MOST:
        raise InputError(f"n is {n}: measure on 20 to {MOST:,} pictures")
    return evaluate.evaluate_latents(
        n,
        models=(study(model),),
        size=replace(evaluate.QUICK, pictures=PICTURES),
        progress=progress,
        cancel=cancel,
    ).to_dict()


def api_evaluate_latents(model: str, n: float = QUICK) -> dict[str, Any]:
    """How far explanations of an autoencoder can be trusted, measured on a few pictures.

    Args:
        model: id of the autoencoder, for example "digits-vae".
        n: pictures to encode, 20 to 2000; 8 of them are explained by every method.

    Returns:
        models: for the model its space (purity, silhouette, maps, PSNR), methods (gain over random
        deletion, how alike maps stay after shuffling the weights, seconds, model calls, agreement
        of runs, verdict), rebuild (a game played by a fixed strategy) and left_out with reasons;
        faces: for a model of faces, where maps lie; made_by (seed, seconds, versions). Every figure
        is {value, low, high, n, left_out}: a 95 % interval, the cases behind it, and reason ->
        cases that were left out.
    """
    return measured(model, whole_number("the number of pictures", n), cancel=stopped)
