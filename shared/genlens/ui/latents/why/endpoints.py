"""Attributions of one picture and of many, for programs: the same work as the tab "Why"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genlens.attribution.methods import method_named
from genlens.errors import InputError
from genlens.latents.questions import CHOICES, Question, label_of
from genlens.latents.summary import summary_of
from genlens.ui.jobs import stopped
from genlens.ui.kit import whole_number
from genlens.ui.latents.why import handlers as events
from genlens.ui.latents.why import view as why_view
from genlens.ui.latents.why.files import asked_dict

if TYPE_CHECKING:
    from genlens.study.study import Study

MOST_MANY = 200
"""Pictures of one summary."""


def api_attribute(
    model: str,
    picture: float = 0,
    target: str = "latent",
    method: str = "saliency",
    latent: float = 0,
    label: str = "",
    region: str = "middle",
    box: list[float] | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Which pixels or latents of a picture decide a number of an autoencoder, by one method.

    Args:
        model: id of the autoencoder, for example "digits-vae".
        picture: number of the picture among those the page shows for this model, from 0.
        target: latent, error, class (its logit), probability (of a class), region (explained by
            pixels); decoded-region, decoded-class, decoded-probability, code-error, elbo (explained
            by latents).
        method: such as saliency, lrp or shap; any other name is answered with the list of all.
        latent: which latent's mean, from 0, for the target latent.
        label: the class, as "class/7" or "glasses/glasses"; empty takes the picture's own.
        region: a known part ("glasses"), a half ("top half"), "middle", "whole picture" or "box".
        box: left, top, right, bottom in pixels, for the region "box".
        settings: the method's own, for example {"steps": 200, "against": "mean", "seed": 1};
            "against" may also be "blurred" or "picture:17".

    Returns:
        nothing (true where the values are only rounding: do not draw them), size (how far they move
        the number), resolution (how far rounding does), values (channels x rows x columns, rows x
        columns, or one for each latent), output, base, gap, seconds, model_calls, labels, settings,
        notes, picture and question.
    """
    study = events.study_of_page(model)
    index = whole_number("the picture", picture)
    study.picture(index)  # refuses a number that there is no picture for
    question = _question(study, index, target, latent, label, region, box)
    asked, attribution = why_view.explained(
        study, index, question, method_named(method).name, _settings(settings), cancel=stopped
    )
    notes = [*attribution.notes, *asked.notes]
    return asked_dict(index, question) | attribution.to_dict() | {"notes": notes}


def api_attribute_many(
    model: str,
    target: str = "latent",
    method: str = "saliency",
    latent: float = 0,
    label: str = "",
    region: str = "middle",
    box: list[float] | None = None,
    settings: dict[str, Any] | None = None,
    pictures: float = 50,
    seed: float = 0,
) -> dict[str, Any]:
    """Which pixels or latents matter on the whole: mean sizes of their values over many pictures.

    Args:
        model: id of the autoencoder.
        target: as for /attribute.
        method: as for /attribute.
        latent: as for /attribute.
        label: the class, as "class/7"; empty takes the first.
        region: as for /attribute; pictures without a known part are left out and counted.
        box: as for /attribute.
        settings: as for /attribute; what is left open is set for speed.
        pictures: how many, 2 to 200, drawn by seed.
        seed: from 0.

    Returns:
        mean (of the sizes: one for each latent, or rows x columns of pixels), low and high (95 %
        interval over the pictures), values and codes (pictures x latents; empty for pixels),
        labels, indices (picture numbers), left_out (reason: count), unit, method, target, made_by.
    """
    study, n = events.study_of_page(model), whole_number("pictures", pictures)
    if not 2 <= n <= MOST_MANY:
        raise InputError(f"pictures is {n}: ask for 2 to {MOST_MANY}")
    return summary_of(
        study,
        _question(study, 0, target, latent, label, region, box),
        method_named(method).name,
        settings=_settings(settings),
        n=n,
        seed=whole_number("seed", seed),
        cancel=stopped,
    ).to_dict()


def _question(
    study: Study, index: int, target: str, latent: Any, label: Any, region: Any, box: Any
) -> Question:
    """The question of a program; a label that is not given is the picture's own.

    Raises:
        InputError: a field that it needs cannot be read.
    """
    if box is not None and not isinstance(box, list):
        raise InputError("the box should be a list: [left, top, right, bottom]")
    edges = list(box) if box else [None] * 4
    if len(edges) != 4:
        raise InputError(f"the box has {len(edges)} numbers: give left, top, right and bottom")
    needs = CHOICES[target].needs if target in CHOICES else ""
    if needs == "label" and not label:
        label = label_of(study, index)
    return events.read_question(target, latent, label, region, edges)


def _settings(settings: Any) -> dict[str, Any] | None:
    if settings is not None and not isinstance(settings, dict):
        raise InputError('settings should be an object such as {"steps": 200}')
    return settings
