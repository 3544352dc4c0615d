"""What happens on the tab "Why": values of its controls in, values of its components out."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from genlens.attribution.methods import METHODS
from genlens.errors import GenlensError
from genlens.latents.questions import (
    BOX,
    CHOICES,
    Question,
)
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import whole_number
from genlens.ui.latents.why import view as why_view
from genlens.ui.latents.why.controls import chosen
from genlens.ui.latents.why.files import FILES
from genlens.ui.studies import study as study_of_page

if TYPE_CHECKING:
    pass

FLAGS = CancelFlags()
FIRST_METHOD = "integrated-gradients"
"""What the tab opens with: its shares add up, and it takes under a second."""
BOX_EDGES = ("left", "top", "right", "bottom")
Asks = Mapping[str, Any]
"""Control -> its value: model, picture, target, latent, label, region, the box's edges, method, and
the settings of all methods."""


def read_question(
    target: str, latent: Any, label: Any, region: Any, box: Sequence[Any]
) -> Question:
    """The question that the controls ask.

    Raises:
        InputError: a field that it needs is empty or no whole number.
    """
    needs = CHOICES[target].needs if target in CHOICES else ""
    edges = None
    if needs == "region" and region == BOX:
        left, top, right, bottom = map(whole_number, BOX_EDGES, box)
        edges = (left, top, right, bottom)
    j = whole_number("the latent", latent) if needs == "latent" else 0
    return Question(target, j, str(label or ""), str(region or "middle"), edges)


def question_of(**asks: Any) -> Question:
    """The question of all controls."""
    return read_question(
        asks["target"], asks["latent"], asks["label"], asks["region"],
        [asks[edge] for edge in BOX_EDGES],
    )  # fmt: skip


def explain(
    asks: Asks,
    *,
    calls: Callable[[int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> why_view.WhyView:
    """The explanation that the controls ask for.

    Raises:
        GenlensError: with a message for the reader.
    """
    study, method = study_of_page(asks["model"]), asks["method"]
    index, question = whole_number("the picture", asks["picture"]), question_of(**asks)
    settings = chosen(method, asks) if method in METHODS else {}
    asked, attribution = why_view.explained(
        study, index, question, method, settings, calls=calls, cancel=cancel
    )
    return why_view.why_view(study, index, asked, attribution, asks["model"])


def show(request: gr.Request, progress: gr.Progress = gr.Progress(), **asks: Any) -> dict[str, Any]:
    """Explain, and fill the result and its files."""
    progress(0, desc="Starting")
    view = explain(
        asks,
        calls=lambda n: progress((n, None), desc="Asking the model", unit="model calls"),
        cancel=FLAGS.start(request.session_hash),
    )
    return {"result": view.html, "of": depends_on(**asks), **view.files}


def depends_on(**asks: Any) -> dict[str, Any]:
    """What a result depends on: the question, the method, and the settings that it takes."""
    method = asks["method"]
    question = question_of(**asks)
    needs = CHOICES[question.target].needs if question.target in CHOICES else ""
    return {
        "model": asks["model"],
        "picture": asks["picture"],
        "target": question.target,
        "what": asks.get(needs),
        "box": question.box,
        "method": method,
        "settings": chosen(method, asks) if method in METHODS else {},
    }


def compared_on(**asks: Any) -> dict[str, Any]:
    """What a comparison of all methods depends on: the question, and the seed."""
    question = {k: v for k, v in depends_on(**asks).items() if k not in ("method", "settings")}
    return question | {"seed": asks["seed"] or 0}


def show_all(
    request: gr.Request, progress: gr.Progress = gr.Progress(), **asks: Any
) -> dict[str, Any]:
    """Compare all methods, and fill the grid and its files."""
    progress(0, desc="Starting")
    view = why_view.comparison_view(
        study_of_page(asks["model"]),
        whole_number("the picture", asks["picture"]),
        question_of(**asks),
        seed=whole_number("the seed", asks["seed"] or 0),
        **FLAGS.hooks(request, progress, "methods"),
    )
    return {"grid": view.html, "of": compared_on(**asks), **view.files}


def show_layers(model: str, centre: bool) -> str:
    """How alike the layers' answers are within and between classes."""
    return why_view.layers_html(study_of_page(model), centre=bool(centre))


def moved(**asks: Any) -> dict[str, Any]:
    """Another picture or another model: explained at once where that takes a moment.

    Methods without gradients ask the model hundreds of times and wait for the button.
    """
    method = asks["method"]
    if method in METHODS and not METHODS[method].gradients:
        title = html.escape(METHODS[method].title)
        return _said(f"Press Explain: {title} asks the model many times.") | {"of": None}
    try:
        view = explain(asks)
    except GenlensError as error:  # it is no answer to what the visitor just did: said quietly
        return _said(html.escape(str(error))) | {"of": None}
    return {"result": view.html, "of": depends_on(**asks), **view.files}


def _said(text: str) -> dict[str, Any]:
    """A note instead of a result, and no files."""
    note = f'<div class="gl"><p class="gl-note">{text}</p></div>'
    return {"result": note, **dict.fromkeys(FILES)}
