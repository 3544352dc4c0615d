"""What happens on the tab "Why": values of its controls in, values of its components out."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from genlens.attribution.guided import layers_of
from genlens.attribution.methods import METHODS
from genlens.errors import GenlensError, InputError
from genlens.latents.questions import (
    BOX,
    CHOICES,
    Asked,
    Question,
    ask,
    choices_of,
    label_of,
    labels_of,
    regions_of,
)
from genlens.latents.settings import offered
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import whole_number
from genlens.ui.latents.why import view as why_view
from genlens.ui.latents.why.controls import Controls, chosen
from genlens.ui.latents.why.files import FILES
from genlens.ui.studies import study as study_of_page

if TYPE_CHECKING:
    from genlens.study.study import Study

FLAGS = CancelFlags()
FIRST_METHOD = "saliency"
# S3's four saliencies: as its slides write them -> the target they explain.
FORMS = {
    "|∂zⱼ/∂x| a latent’s mean": "latent",
    "|∂‖x − x̂‖²/∂x| the error": "error",
    "|∂L/∂z| the bound (ELBO)": "elbo",
    "|∂ softmaxₖ/∂x| a class": "class",
}
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


def _asked_by(asks: Asks) -> Question:
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
    index, question = whole_number("the picture", asks["picture"]), _asked_by(asks)
    settings = chosen(method, asks) if method in METHODS else {}
    asked, attribution = why_view.explained(
        study, index, question, method, settings, calls=calls, cancel=cancel
    )
    return why_view.why_view(study, index, asked, attribution)


def show(request: gr.Request, progress: gr.Progress = gr.Progress(), **asks: Any) -> dict[str, Any]:
    """Explain, and fill the result and its files."""
    progress(0, desc="Starting")
    view = explain(
        asks,
        calls=lambda n: progress((n, None), desc="Asking the model", unit="model calls"),
        cancel=FLAGS.start(request.session_hash),
    )
    return {"result": view.html, **view.files}


def show_all(
    request: gr.Request, progress: gr.Progress = gr.Progress(), **asks: Any
) -> dict[str, Any]:
    """Compare all methods, and fill the grid and its files."""
    progress(0, desc="Starting")
    view = why_view.comparison_view(
        study_of_page(asks["model"]),
        whole_number("the picture", asks["picture"]),
        _asked_by(asks),
        seed=whole_number("the seed", asks["seed"] or 0),
        **FLAGS.hooks(request, progress, "methods"),
    )
    return {"grid": view.html, **view.files}


def show_layers(model: str, centre: bool) -> str:
    """How alike the layers' answers are within and between classes."""
    return why_view.layers_html(study_of_page(model), centre=bool(centre))


def refit(
    model: str, picture: Any, target: str, latent: Any, label: Any, region: Any, method: str,
    *, new_model: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Every control that depends on the model, the picture or the target. What was chosen stays
    chosen where it still can be; ``new_model`` also sets the box's edges, whose limits it changes.
    """
    study, index = study_of_page(model), whole_number("the picture", picture)
    choices = choices_of(study)
    target = target if target in [c.name for c in choices] else choices[0].name
    labels, regions = labels_of(study), regions_of(study, index)
    label = label if label in [v for _, v in labels] else label_of(study, index)
    region = region if region in [v for _, v in regions] else regions[0][1]
    needs, d = CHOICES[target].needs, study.codes.mean.shape[1]
    asked = _asked(study, index, target, label, region)
    methods, sentences = offered(asked)
    names = [m.name for m in methods]
    method = method if method in names else names[0]
    latents = {"label": f"Latent (0 to {d - 1})", "maximum": d - 1}
    latents["value"] = min(int(latent or 0), d - 1)
    return {
        "target": gr.update(choices=_titles(choices), value=target, info=CHOICES[target].help),
        "latent": gr.update(visible=needs == "latent", **latents),
        "label": gr.update(choices=labels, value=label or None, visible=needs == "label"),
        "region": gr.update(choices=regions, value=region, visible=needs == "region"),
        **_edges(study, shown=needs == "region" and region == BOX, new_model=new_model),
        "method": gr.update(
            choices=[(METHODS[n].title, n) for n in names], value=method, info=METHODS[method].help
        ),
        "left_out": _left_out(sentences),
        **Controls.updates(method, _layers(asked, method)),
    }


def refit_method(
    model: str, picture: Any, target: str, latent: Any, label: Any, region: Any, method: str
) -> dict[str, Any]:
    """The method's help and its settings."""
    if method not in METHODS:
        raise InputError(f"there is no method {method!r}: take one of {', '.join(METHODS)}")
    layers: tuple[str, ...] = ()
    if "layer" in METHODS[method].settings:
        study, index = study_of_page(model), whole_number("the picture", picture)
        label = label or label_of(study, index)
        layers = _layers(_asked(study, index, target, label, region), method)
    help_ = gr.update(info=METHODS[method].help)
    return {"method": help_, **Controls.updates(method, layers)}


def box_shown(target: str, region: str) -> dict[str, Any]:
    """The box's four edges, visible where a box of one's own is chosen."""
    needed = target in CHOICES and CHOICES[target].needs == "region" and region == BOX
    return {edge: gr.update(visible=needed) for edge in BOX_EDGES}


def take_form(form: str | None) -> dict[str, Any]:
    """One of S3's four saliencies: its target, and saliency as the method."""
    target = FORMS.get(form or "")
    return {} if target is None else {"target": target, "method": FIRST_METHOD}


def forms_of(study: Study) -> list[str]:
    """The saliencies that can be asked of this study."""
    known = {choice.name for choice in choices_of(study)}
    return [form for form, target in FORMS.items() if target in known]


def moved(**asks: Any) -> dict[str, Any]:
    """Another picture or another model: explained at once where that takes a moment.

    Methods without gradients ask the model hundreds of times and wait for the button.
    """
    method = asks["method"]
    if method in METHODS and not METHODS[method].gradients:
        title = html.escape(METHODS[method].title)
        return _said(f"Press Explain: {title} asks the model many times.")
    try:
        view = explain(asks)
    except GenlensError as error:  # it is no answer to what the visitor just did: said quietly
        return _said(html.escape(str(error)))
    return {"result": view.html, **view.files}


def _asked(study: Study, index: int, target: str, label: str, region: str) -> Asked:
    """A question of this kind; which latent or box it is does not decide who can answer it."""
    height, width = study.images.shape[2:]
    return ask(study, index, Question(target, 0, label, region, (0, 0, width, height)))


def _edges(study: Study, *, shown: bool, new_model: bool) -> dict[str, Any]:
    height, width = study.images.shape[2:]
    if not new_model:
        return {edge: gr.update(visible=shown) for edge in BOX_EDGES}
    ends = (
        (width - 1, width // 4),
        (height - 1, height // 4),
        (width, width - width // 4),
        (height, height - height // 4),
    )
    return {
        edge: gr.update(visible=shown, maximum=top, value=value)
        for edge, (top, value) in zip(BOX_EDGES, ends, strict=True)
    }


def _layers(asked: Asked, method: str) -> tuple[str, ...]:
    if "layer" not in METHODS[method].settings:
        return ()
    return tuple(layers_of(asked.target, asked.x))


def _titles(choices: Sequence[Any]) -> list[tuple[str, str]]:
    return [(choice.title, choice.name) for choice in choices]


def _left_out(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(text)}</li>" for text in sentences)
    if not items:
        return ""
    return f'<div class="gl gl-soft">Not offered for this question:<ul>{items}</ul></div>'


def _said(text: str) -> dict[str, Any]:
    """A note instead of a result, and no files."""
    note = f'<div class="gl"><p class="gl-note">{text}</p></div>'
    return {"result": note, **dict.fromkeys(FILES)}
