"""Prototypes, contrasts, anchor rules and effects for programs: the same work as the tab, without
pictures to look at but with all numbers. Empty text leaves a choice open.
"""

from __future__ import annotations

from typing import Any

from genlens.common.checks import whole
from genlens.figures.latents.rule_words import rule_sentence
from genlens.figures.picture_strip import picture_uri
from genlens.latents.examples import of_study as examples
from genlens.latents.examples.anchors import anchor_of
from genlens.study.judges import class_scores
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed, whole_number
from genlens.ui.latents.examples.view import class_number, measured
from genlens.ui.studies import study

MOST_CODES, MOST_BINS = 2000, 50


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
        cancel=stopped,
    )
    return contrast.to_dict() | {
        "names": list(judge.names),
        "judge": judge.to_dict(),
        "image_before": picture_uri(contrast.image_before),
        "image_after": picture_uri(contrast.image_after),
    }


def api_anchor(
    model: str,
    picture: float,
    good: float = 0.5,
    parts: float = 16,
    precision: float = 0.95,
    about: str = "error",
) -> dict[str, Any]:
    """The parts of a picture that are enough for it to stay well rebuilt, or to keep its class.

    Args:
        model: id of the autoencoder.
        picture: number of the picture among those the model is studied on.
        good: "well" is an error at most that of this share of the pictures, 0.05 to 0.95.
        parts: about how many parts (superpixels) the picture is cut into, 2 to 60.
        precision: share of altered pictures in which the rule must hold, 0.01 to 1.
        about: "error" (well or badly rebuilt), "class", or an attribute such as "glasses".

    Returns:
        is_rule (false: nothing was certified, and anchor is only the best attempt), sentence, says
        (what stays), anchor (numbers of the parts), segments (the part of each pixel), value
        (whether the picture itself is rebuilt well), precision, lower, upper, coverage and
        base_rate (0 to 1), samples (pictures), certified, area (share of the picture), made_by.
    """
    rule = anchor_of(
        study(model),
        whole_number("the picture number", picture),
        about=about,
        good=good,
        parts=whole_number("parts", parts),
        tau=precision,
        cancel=stopped,
    )
    return rule.to_dict() | {"sentence": rule_sentence(rule)}


def api_effects(
    model: str,
    output: str = "error",
    latents: list[int] | None = None,
    pictures: float = 300,
    bins: float = 12,
) -> dict[str, Any]:
    """What a number of the model does as one latent moves (accumulated local effects, ALE).

    Args:
        model: id of the autoencoder.
        output: "error" (of rebuilding its own picture), or a class as "class/7" or
            "glasses/glasses": its probability, or with "/logit" behind it its logit.
        latents: which ones, from 0; without it the 16 that vary most.
        pictures: codes the effects are read at, 10 to 2,000.
        bins: intervals of each latent, 1 to 50.

    Returns:
        effects, strongest first, each with latent, edges (latent units), effect (in unit, mean 0),
        counts (pictures in each interval), strength (standard deviation of the effect), nothing
        (true where that is only rounding), output, made_by; and unit.
    """
    here = study(model)
    target = measured(here, output)
    chosen = None if latents is None else listed("latents", latents)
    found = examples.effects_of(
        here,
        target,
        latents=None if chosen is None else [whole_number("a latent", j) for j in chosen],
        n=whole("pictures", whole_number("pictures", pictures), 10, MOST_CODES),
        bins=whole("bins", whole_number("bins", bins), 1, MOST_BINS),
        cancel=stopped,
    )
    return {"effects": [effect.to_dict() for effect in found], "unit": target.unit}


def api_joint_effect(
    model: str,
    first: float,
    second: float,
    output: str = "error",
    pictures: float = 600,
    bins: float = 8,
) -> dict[str, Any]:
    """What two latents do to a number together, beyond what each does alone (second-order ALE).

    Args:
        model: id of the autoencoder.
        first: one latent, from 0.
        second: another one.
        output: as for /effects.
        pictures: codes the effect is read at, 10 to 2,000.
        bins: intervals of each latent, 1 to 50.

    Returns:
        latents, edges (of both, latent units), effect (in unit, mean 0, without the effects of each
        alone), counts (pictures in each cell), strength, nothing, output, unit, made_by.
    """
    here = study(model)
    target = measured(here, output)
    found = examples.joint_effect(
        here,
        target,
        (whole_number("first", first), whole_number("second", second)),
        n=whole("pictures", whole_number("pictures", pictures), 10, MOST_CODES),
        bins=whole("bins", whole_number("bins", bins), 1, MOST_BINS),
        cancel=stopped,
    )
    return found.to_dict() | {"unit": target.unit}
