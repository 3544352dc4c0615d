"""Scores of anchors, of pictures of one's own, and of the model's own samples, for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from typing import Any

from genlens.anchors.criteria.criteria import FIRST_CRITERIA
from genlens.errors import InputError
from genlens.figures.arrays import base64_of
from genlens.figures.picture_strip import picture_uri
from genlens.ui.anchors import sources
from genlens.ui.anchors.own_samples import own_samples
from genlens.ui.anchors.pictures.archive import take_archive
from genlens.ui.anchors.scored import Scored, require_at_once, scored
from genlens.ui.anchors.seen import seen
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed, seed_number, whole_number

MOST_SAMPLES = 2000
MOST_SHOWN = 100
"""Pictures that one answer holds at most."""


def api_score_anchors(
    model: str, anchors: str = "", criteria: list[str] | None = None
) -> dict[str, Any]:
    """What a generative model makes of many real pictures (its anchors), by several criteria.

    Args:
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
        anchors: which pictures, "" for the model's first set.
        criteria: names such as "kld", "mahalanobis" (intrinsic: is its code one that the model
            would draw?), "mse", "ssim" (extrinsic: can the model draw it?). Without it
            "mse" and "kld"; of a generator "inversion", of a diffusion model "noise-error".

    Returns:
        n, data (which pictures), criteria, sides, units; values, codes and so on as base64 of
        little-endian arrays: values (n x criteria, float32, lower is nearer to the model), labels
        (n, int16, -1 for none), ids (n, uint32, where each picture stands in its source); names
        (classes), thresholds (per criterion: value, low, high, form, samples; below it the model
        knows the picture), made_by.
    """
    return _scores(scored(model, anchors, _names(criteria, model), cancel=stopped))


def api_score_pictures(
    archive: str, model: str = "zeros-vae", criteria: list[str] | None = None
) -> dict[str, Any]:
    """What a generative model makes of pictures of your own.

    Args:
        archive: ZIP file of 10 to 5,000 pictures; each is cut to its centre and made as large as
            the model takes. Folders become classes. A diffusion model is asked about 60 of them at
            most, drawn at random, or as many as time allows here: a note says how many.
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
        criteria: see /score_anchors.

    Returns:
        As /score_anchors; ids count the pictures by their names' order, and notes say what was done
        to them.
    """
    names = _names(criteria, model)
    if archive:  # before minutes are spent
        require_at_once(str(model), sources.asked_as(str(model or "")), names)
    taken = take_archive(model, archive, cancel=stopped)
    here = scored(taken.model_id, "", names, cancel=stopped)
    return _scores(here) | {"notes": list(taken.notes)}


def _names(criteria: Any, model: Any) -> list[str]:
    """The criteria that are asked for, or the usual ones of such a model."""
    names = [] if criteria is None else [str(name) for name in listed("criteria", criteria)]
    return names or list(FIRST_CRITERIA[sources.asked_as(str(model or ""))])


def _scores(here: Scored) -> dict[str, Any]:
    scores = here.scores
    return {
        "n": len(scores),
        "data": scores.data,
        "criteria": list(scores.criteria),
        "sides": list(scores.sides),
        "units": list(scores.units),
        "values": base64_of(scores.values, "<f4"),
        "labels": base64_of(scores.labels, "<i2"),
        "ids": base64_of(scores.ids, "<u4"),
        "names": list(scores.names),
        "thresholds": {name: line.to_dict() for name, line in here.thresholds.items()},
        "made_by": scores.made_by.to_dict(),
    }


def api_own_samples(
    model: str,
    intrinsic: str = "kld",
    extrinsic: str = "mse",
    count: float = 100,
    seed: float = 0,
) -> dict[str, Any]:
    """Pictures that a model draws itself, asked about like anchors: what thresholds are made of.

    Args:
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
        intrinsic: a criterion, see /group_anchors.
        extrinsic: a criterion, see /group_anchors.
        count: how many, 1 to 2000; pictures come of the first 100.
        seed: the same seed draws the same pictures.

    Returns:
        values (by the two criteria), pictures and reconstructions (PNG data addresses).
    """
    n = whole_number("count", count)
    if not 1 <= n <= MOST_SAMPLES:
        raise InputError(f"count is {n}: draw 1 to {MOST_SAMPLES:,} samples")
    now = seen(model, "", intrinsic, extrinsic, cancel=stopped)
    drawn = own_samples(now, n, seed_number("the seed", seed))
    return {
        "values": drawn.values.tolist(),
        "pictures": [picture_uri(image) for image in drawn.images[:MOST_SHOWN]],
        "reconstructions": [picture_uri(image) for image in drawn.rebuilt[:MOST_SHOWN]],
    }
