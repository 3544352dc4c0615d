"""Which controls of the tab "Why" are shown, with which choices: they follow the model, the
picture, the target and the method."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from genlens.attribution.guided import layers_of
from genlens.attribution.methods import METHODS
from genlens.errors import GenlensError, InputError
from genlens.latents.portrait import telling_latent
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
from genlens.ui.kit import whole_number
from genlens.ui.latents.why import handlers as events
from genlens.ui.latents.why.controls import Controls
from genlens.ui.latents.why.handlers import BOX_EDGES, FIRST_METHOD

if TYPE_CHECKING:
    from genlens.study.study import Study

SALIENCY = "saliency"
# S3's four saliencies: as its slides write them -> the target they explain.
FORMS = {
    "|∂zⱼ/∂x| a latent’s mean": "latent",
    "|∂‖x − x̂‖²/∂x| the error": "error",
    "|∂L/∂z| the bound (ELBO)": "elbo",
    "|∂ softmaxₖ/∂x| a class": "probability",
}


def refit(
    model: str, picture: Any, target: str, latent: Any, label: Any, region: Any, method: str,
    *, new_model: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Every control that depends on the model, the picture or the target. What was chosen stays
    chosen where it still can be; ``new_model`` also sets the box's edges, whose limits it changes.
    """
    study, index = events.study_of_page(model), whole_number("the picture", picture)
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
    latents["value"] = _nearest(latent, d - 1)
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
        **Controls.updates(method, _layers(asked, method), CHOICES[target].kind),
    }


def reopen(linked: Mapping[str, Any] | None, **depends: Any) -> dict[str, Any]:
    """Another model: its controls at what a link asked for (``link.read``), where it is of this
    model and picture, else at what the tab opens with; what was shown of the last model is gone."""
    study = events.study_of_page(depends["model"])
    index = whole_number("the picture", depends["picture"])
    asked = dict(linked or {})
    if (asked.pop("model", None), asked.pop("picture", None)) == (depends["model"], index):
        box = asked.pop("box", None)
    else:
        method = _quick_for(study, depends["method"])
        asked, box = {"latent": telling_latent(study, index), "method": method}, None
    fitted = refit(**(depends | asked), new_model=True)
    if box:
        shown = {"visible": asked.get("region") == BOX}
        fitted |= {e: gr.update(value=v, **shown) for e, v in zip(BOX_EDGES, box, strict=True)}
    cleared = {
        "form": gr.update(choices=forms_of(study), value=None),
        # where it could only refuse, it is not offered
        "layers_box": gr.update(visible=len(np.unique(study.labels[study.labels >= 0])) > 1),
    }
    cleared |= {"grid_of": None, "many_of": None}
    return cleared | dict.fromkeys(("grid", "layers", "many"), "") | fitted


def refit_quietly(**depends: Any) -> dict[str, Any]:
    """``refit`` after the picture's number was changed: that there is no such picture is said by
    the page's head, once."""
    try:
        return refit(**depends)
    except GenlensError:
        return {}


def _nearest(latent: Any, last: int) -> int:
    """The latent that was typed, or the nearest there is; 0 where that cannot be read."""
    try:
        return min(max(whole_number("the latent", latent), 0), last)
    except InputError:
        return 0


def _quick_for(study: Study, method: str) -> str:
    """The method a model opens with: the page's first one where codes are short; of stacks of maps,
    whose encoders are slow, one that takes a single gradient."""
    short = len(study.codes.latent_shape) == 1
    return SALIENCY if method == FIRST_METHOD and not short else method


def refit_method(
    model: str, picture: Any, target: str, latent: Any, label: Any, region: Any, method: str
) -> dict[str, Any]:
    """The method's help and its settings."""
    if method not in METHODS:
        raise InputError(f"there is no method {method!r}: take one of {', '.join(METHODS)}")
    kind = CHOICES[target].kind if target in CHOICES else "image"
    layers: tuple[str, ...] = ()
    if "layer" in METHODS[method].settings:
        study, index = events.study_of_page(model), whole_number("the picture", picture)
        label = label or label_of(study, index)
        layers = _layers(_asked(study, index, target, label, region), method)
    help_ = gr.update(info=METHODS[method].help)
    return {"method": help_, **Controls.updates(method, layers, kind)}


def box_shown(target: str, region: str) -> dict[str, Any]:
    """The box's four edges, visible where a box of one's own is chosen."""
    needed = target in CHOICES and CHOICES[target].needs == "region" and region == BOX
    return {edge: gr.update(visible=needed) for edge in BOX_EDGES}


def take_form(form: str | None) -> dict[str, Any]:
    """One of S3's four saliencies: its target, and saliency as the method."""
    target = FORMS.get(form or "")
    return {} if target is None else {"target": target, "method": SALIENCY}


def forms_of(study: Study) -> list[str]:
    """The saliencies that can be asked of this study."""
    known = {choice.name for choice in choices_of(study)}
    return [form for form, target in FORMS.items() if target in known]


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
