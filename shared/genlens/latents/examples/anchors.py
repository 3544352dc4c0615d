"""Anchor rules of a study's pictures: enough to stay well rebuilt, or to keep its class.

Thin: the search is ``rules.anchor_rule``. Here a ``Study`` becomes its arguments: hidden
superpixels show other pictures of the study, and the property is asked of the study's model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.latents.examples.of_study import ERROR, share_of
from genlens.latents.examples.rules import AnchorRule, Property, anchor_rule, good_reconstruction
from genlens.latents.targets.classes import reader_of
from genlens.study.judges import class_scores

if TYPE_CHECKING:
    from genlens.study.study import Study

BACKGROUNDS = 64
PICTURES = 6000
"""Altered pictures an anchor may ask about."""


def anchor_of(
    study: Study,
    index: int,
    *,
    about: str = ERROR,
    good: float = 0.5,
    parts: int = 16,
    tau: float = 0.95,
    max_samples: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AnchorRule:
    """The superpixels of picture ``index`` that are enough for it to stay what it is.

    Args:
        about: "error": well (or badly) rebuilt; or a question of ``class_scores`` ("class", or an
            attribute): the class that its judge finds. The judge reads the picture through the
            model, as for attributions: its code, or its reconstruction.
        good: "well" is an error at most that of this share of the study's pictures, 0.05 to 0.95.
        parts: about how many superpixels, 2 to 60.
        tau: precision to reach; max_samples: pictures drawn in all (default 6,000, a fifth of that
            for models with spatial latents).

    Raises:
        InputError: no such picture or question, or a number out of range.
    """
    picture = study.picture(index)
    others = np.delete(np.arange(len(study)), index)
    rng = np.random.default_rng(whole("seed", seed, 0, 2**31))
    if len(others) < 2:
        raise InputError("an anchor needs other pictures to hide superpixels behind: 3 at least")
    settings: dict[str, object]
    if about == ERROR:
        limit = error_limit(study, good)
        has: Property = good_reconstruction(study.model, limit)
        settings = {"good": good, "limit": limit}
        kinds = ("it is rebuilt badly", "it is rebuilt well")
    else:
        has, name = same_class(study, index, about)
        settings = {"class": name}
        kinds = (f"it is not taken for “{name}”", f"it is taken for “{name}”")
    behind = rng.choice(others, min(BACKGROUNDS, len(others)), replace=False)
    rule = anchor_rule(
        picture,
        has,
        segments=whole("parts", parts, 2, 60),
        backgrounds=study.images[behind],
        tau=tau,
        max_samples=share_of(study, PICTURES) if max_samples is None else max_samples,
        seed=seed,
        model=study.model,
        progress=progress,
        cancel=cancel,
    )
    made = replace(rule.made_by, settings={**rule.made_by.settings, "about": about, **settings})
    return replace(rule, says=kinds[rule.value], made_by=made)


def same_class(study: Study, index: int, question: str) -> tuple[Property, str]:
    """The property "the judge of ``question`` finds the class that it finds in picture ``index``",
    and that class's name.

    Raises:
        InputError: no such picture or question.
    """
    judge = class_scores(study, question)
    model, _ = study.at(index)
    read = reader_of(model, judge)

    def classes(images: torch.Tensor) -> torch.Tensor:
        return read(images.to(model.device)).argmax(dim=1)

    with torch.no_grad():
        own = int(classes(study.picture(index)[None])[0])
    return (lambda images: classes(images) == own), judge.names[own]


def error_limit(study: Study, good: float) -> float:
    """The mean squared pixel error that a share ``good`` of the study's pictures stays within."""
    return float(np.quantile(study.errors, number("good", good, 0.05, 0.95)))
