"""Prototypes, contrasts and anchor rules for programs: the same work as the tab, without pictures
to look at but with all numbers. Endpoints take single values only; empty text leaves a choice open.
"""

from __future__ import annotations

from typing import Any

from genlens.figures.picture_strip import picture_uri
from genlens.latents.examples import of_study as examples
from genlens.study.judges import class_scores
from genlens.ui.kit import whole_number
from genlens.ui.latents.examples.view import class_number
from genlens.ui.studies import study


def api_prototypes(model: str, group: str = "", count: float = 8) -> dict[str, Any]:
    """A few pictures with weights that stand for all pictures of a model's world, or for one class.

    Args:
        model: id of the autoencoder.
        group: name of a class, for example "4"; empty for all pictures.
        count: prototypes at most, 1 to 100.

    Returns:
        indices (picture numbers), weights, shares (sum to 1), objective, mmd2 (no unit, after each
        choice), assigned (for each picture the place of its nearest prototype), sigma (latent
        units), made_by, and pictures (PNG data addresses).
    """
    here = study(model)
    label = class_number(group, here.names) if group else None
    prototypes = examples.prototypes_of(here, whole_number("count", count), label=label)
    pictures = [picture_uri(here.images[i]) for i in prototypes.indices]
    return prototypes.to_dict() | {"pictures": pictures}


def api_contrast(
    model: str,
    picture: float,
    kind: str = "negative",
    question: str = "class",
    to: str = "",
    beta: float = 0.1,
) -> dict[str, Any]:
    """What must change in a picture's code for it to become something else, or what is enough.

    Args:
        model: id of the autoencoder.
        picture: number of the picture among those the model is studied on.
        kind: "negative" for the smallest change, "positive" for the part that is enough.
        question: "class", or an attribute such as "glasses" where the pictures have any.
        to: name of the class to reach, for example "9"; empty for any other.
        beta: weight of the sum of absolute moves; larger moves fewer latents.

    Returns:
        found, before, after and delta (latent units), order (latents, largest move first), scores
        before and after (logits), l1 and l2 (standard deviations), names of the classes, judge (who
        judges, and its accuracy), image_before and image_after (PNG data addresses), made_by.
    """
    here = study(model)
    judge = class_scores(here, question)
    contrast = examples.contrast_of(
        here,
        whole_number("the picture number", picture),
        kind=kind,
        question=question,
        to=class_number(to, judge.names) if to else None,
        beta=beta,
    )
    return contrast.to_dict() | {
        "names": list(judge.names),
        "judge": judge.to_dict(),
        "image_before": picture_uri(contrast.image_before),
        "image_after": picture_uri(contrast.image_after),
    }


def api_anchor(
    model: str, picture: float, good: float = 0.5, parts: float = 16, precision: float = 0.95
) -> dict[str, Any]:
    """The parts of a picture that are enough for it to stay well (or badly) rebuilt.

    Args:
        model: id of the autoencoder.
        picture: number of the picture among those the model is studied on.
        good: "well" is an error at most that of this share of the pictures, 0.05 to 0.95.
        parts: about how many parts (superpixels) the picture is cut into, 2 to 60.
        precision: share of altered pictures in which the rule must hold, 0.01 to 1.

    Returns:
        anchor (numbers of the parts), segments (the part of each pixel), value (whether the picture
        itself is rebuilt well), precision, lower, upper, coverage and base_rate (0 to 1), samples
        (pictures), certified, area (share of the picture), made_by.
    """
    return examples.anchor_of(
        study(model),
        whole_number("the picture number", picture),
        good=good,
        parts=whole_number("parts", parts),
        tau=precision,
    ).to_dict()
