"""The tab "How true?": the measured truth table, and measuring a model again, in small."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import gradio as gr

from genlens.errors import InputError, ModelError
from genlens.figures.latents.truth_table import truth_table
from genlens.ui.jobs import CancelFlags
from genlens.ui.latents.examples.view import whole_number
from genlens.ui.messages import told

FLAGS = CancelFlags()
QUICK = 400
"""Codes of the measurement on the page, and of the endpoint unless it is asked for more."""
MOST = 2000
_EMPTY = (
    '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet. Run '
    "<code>genlens evaluate latents --json shared/genlens/zoo/cards/latents.json</code> (some "
    "minutes on 2 cores), or measure this model with the button.</p></div>"
)
_ABOUT = (
    '<div class="gl"><p>How far can the maps and explanations on this page be believed? Each line '
    "is measured from the shipped models: on pictures they were not trained on, against random "
    "maps, against models with shuffled weights, and on faces whose deciding part is known.</p>"
    "</div>"
)


class TruthTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, and wires its events.

    Args:
        model: the page's model picker; ``picture`` is not used, the first pictures are measured.
        first: the stored table to open with; None reads ``card()``.

    ``opened`` lists (function, inputs, outputs) to run when the model changes.
    """

    def __init__(
        self, model: gr.Dropdown, picture: gr.Number, first: Mapping[str, Any] | None = None
    ) -> None:
        gr.HTML(_ABOUT, apply_default_css=False, container=False)
        with gr.Row():
            self.measure = gr.Button(
                "Measure again on this model (about a minute)", min_width=280, elem_id="gl-measure"
            )
            self.cancel = gr.Button("Cancel", min_width=90)
            self.back = gr.Button("Show the stored table", min_width=160)
        self.bar = gr.HTML("", elem_classes="gl-progress", apply_default_css=False)
        self.table = gr.HTML(
            stored(str(model.value or ""), first),
            apply_default_css=False,
            container=False,
            elem_id="gl-truth",
        )
        hidden: dict[str, Any] = {"api_visibility": "private"}
        lane: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
        self.measure.click(
            measure_again, model, self.table, show_progress_on=self.bar, **lane, **hidden
        )
        self.cancel.click(stop, None, None, queue=False, **hidden)
        self.back.click(show_stored, model, self.table, queue=False, **hidden)
        self.opened: list[tuple[Any, list[Any], list[Any]]] = [(show_stored, [model], [self.table])]


@lru_cache(maxsize=1)
def card() -> dict[str, Any] | None:
    """The numbers of ``zoo/cards/latents.json``, or None while nothing was measured.

    Raises:
        ModelError: the file is damaged.
    """
    path = resources.files("genlens.zoo").joinpath("cards/latents.json")
    if not path.is_file():
        return None
    try:
        numbers = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(
            f"{path} cannot be read ({error}): run genlens evaluate latents --json {path}"
        ) from error
    return dict(numbers)


def stored(model: str, numbers: Mapping[str, Any] | None = None) -> str:
    """The stored table as HTML, with the explanations of ``model``; how to make one where there is
    none."""
    numbers = card() if numbers is None else numbers
    return truth_table(numbers, model) if numbers else _EMPTY


@told
def show_stored(model: str) -> str:
    """The stored table for another model."""
    return stored(model)


@told
def measure_again(model: str, request: gr.Request, progress: Any = gr.Progress()) -> str:
    """Measure the chosen model on few pictures, and show that instead of the stored table."""
    progress(0, desc="Starting")
    found = measured(
        model,
        QUICK,
        progress=lambda done, total, text: progress((done, total), desc=text, unit="steps"),
        cancel=FLAGS.start(request.session_hash),
    )
    return truth_table(found, note=f"measured now on {found['n']} pictures: a quick look")


def stop(request: gr.Request) -> None:
    """Ask this visitor's running measurement to stop at the next batch."""
    gr.Info("Stopping …" if FLAGS.cancel(request.session_hash) else "Nothing is running.")


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
    from genlens.latents.evaluation.evaluate import evaluate_latents
    from genlens.ui.latents.studies import study

    if not 20 <= n <= MOST:
        raise InputError(f"n is {n}: measure on 20 to {MOST:,} pictures")
    found = evaluate_latents(
        n,
        models=(study(model),),
        maps=("pca",),
        games=5,
        light=True,
        progress=progress,
        cancel=cancel,
    )
    return found.to_dict()


def api_evaluate_latents(model: str, n: float = QUICK) -> dict[str, Any]:
    """How far explanations of an autoencoder can be trusted, measured on a few pictures.

    Args:
        model: id of the autoencoder, for example "digits-vae".
        n: pictures to encode, 20 to 2000; 4 to 16 of them are explained by every method.

    Returns:
        models: for the model its space (purity, silhouette, maps, PSNR), methods (gain over random
        deletion, correlation after shuffling the weights, seconds, model calls, agreement of runs,
        reliable or not), rebuild (a game played by a fixed strategy) and left_out with reasons;
        faces: for a model of faces, where maps lie; seed, seconds, made_by.
    """
    return measured(model, whole_number(n, "n"))


def score_of(method: str, model: str = "", kind: str = "") -> str | None:
    """What was measured of an attribution method, in one sentence; None where nothing was.

    Args:
        method: a name of ``latents.methods.METHODS``.
        model: on which model; "" or one that was not measured: the first that was.
        kind: "image" or "latent"; "" takes pixels where the method explains both.
    """
    numbers = card()
    models: Mapping[str, Any] = (numbers or {}).get("models") or {}
    if not models:
        return None
    name = model if model in models else next(iter(models))
    found = [
        m for m in models[name]["methods"] if m["method"] == method and kind in ("", m["kind"])
    ]
    if not found:
        return None
    return _sentence(found[0], name) + _on_faces(numbers or {}, method, found[0]["kind"])


def _sentence(m: Mapping[str, Any], model: str) -> str:
    what = "pixels" if m["kind"] == "image" else "latents"
    if m["gain"] is None:
        gain = f"On {model}, deletion could not be measured"
    elif m["better_than_random"]:
        gain = (
            f"On {model}, deleting the {what} it names first beats random order by {m['gain']:.2f} "
            f"(area, ± {m['gain_error'] or 0:.2f})"
        )
    else:
        gain = f"On {model}, deleting the {what} it names first is no better than random order"
    alike = "" if m["randomised"] is None else f" ({m['randomised']:.2f} alike; 1 is the same)"
    if m["reliable"]:
        return f"{gain}; shuffling the model’s weights changes its map{alike}: reliable."
    return f"{gain}; shuffling the model’s weights hardly changes its map{alike}: unreliable."


def _on_faces(numbers: Mapping[str, Any], method: str, kind: str) -> str:
    """How much of its maps lies on the deciding part of faces, in times of chance."""
    faces = numbers.get("faces")
    if not faces or kind != "image":
        return ""
    said = [
        f"{part['part']} {score['mass'] / part['mass_chance']:.1f} times"
        for part in faces["parts"]
        for score in part["scores"]
        if score["method"] == method and part["mass_chance"]
    ]
    return (
        f" Mass of its maps on the deciding part of faces: {', '.join(said)} chance."
        if said
        else ""
    )
