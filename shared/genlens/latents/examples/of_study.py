"""Examples, contrasts and effects of a study, with the settings its pictures ask for.

Thin: the computing is in ``study.prototypes``, ``contrast`` and ``traversals.effects``. Here a
``Study`` becomes their arguments: latents are measured in their own spread, effects are read where
the study has codes. Rules are made in ``anchors``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.attribution.target import Target
from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.latents.examples.contrast import Contrast, contrast
from genlens.latents.targets import class_score, decode_flat, flat_means
from genlens.latents.targets.classes import Scale
from genlens.latents.traversals.effects import FirstOrder, SecondOrder, first_order, second_order
from genlens.study.coder import Coder, Codes
from genlens.study.judges import ClassScores, class_scores
from genlens.study.prototypes import Prototypes, protodash

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder
    from genlens.study.study import Study

ERROR = "error"
"""The output "how badly the model rebuilds its own picture"; others are (question, class)."""
MOST_LATENTS = 16
"""Latents whose effects are looked at; of more, those that vary most."""
HEAVY = 5
"""How many times fewer evaluations are made of a model with spatial latents: each takes longer."""


def prototypes_of(study: Study, m: int = 8, *, label: int | None = None) -> Prototypes:
    """``m`` pictures of the study that stand for all of it, or for class ``label``.

    ``indices`` are picture numbers of the study. ``assigned`` has an entry for each picture stood
    for, in the order of the study.

    Raises:
        InputError: no such class, too few pictures, or as ``protodash``.
    """
    rows = np.arange(len(study))
    if label is not None:
        at = whole("label", label, 0, max(len(study.names) - 1, 0))
        rows = np.flatnonzero(study.labels == at)
        if len(rows) < 2:
            raise InputError(f"class {label} has {len(rows)} pictures: choose one with at least 2")
    m = whole("the number of prototypes (m)", m, 1, 100)
    prototypes = protodash(study.codes.take(rows), min(m, len(rows)))
    return replace(prototypes, indices=rows[prototypes.indices])


def contrast_of(
    study: Study,
    index: int,
    *,
    kind: str = "negative",
    question: str = "class",
    to: int | None = None,
    beta: float = 0.1,
    gamma: float = 0.0,
    steps: int = 60,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Contrast:
    """The pertinent "negative" or "positive" of picture ``index``, judged by ``class_scores``.

    A latent is measured in its standard deviation over the study; a positive starts from the
    study's mean code. ``to`` indexes the judge's names. See ``contrast``.

    Raises:
        InputError: no such picture, no classes, or a setting out of range.
    """
    judge = class_scores(study, question)
    model, code = study.at(index)
    if to is not None and kind == "negative":
        _not_already(model, code, judge, to)
    spread = study.codes.mean.std(axis=0)
    return contrast(
        model,
        code,
        judge.scores,
        kind=kind,
        to=to,
        scale=np.maximum(spread, 1e-3 * max(float(spread.max()), 1e-6)),
        base=study.codes.mean.mean(axis=0),
        beta=beta,
        gamma=gamma,
        steps=steps,
        progress=progress,
        cancel=cancel,
    )


def _not_already(model: Autoencoder, code: np.ndarray, judge: ClassScores, to: int) -> None:
    with torch.no_grad():
        drawn = Coder(model).decode_tensor(torch.from_numpy(code[None]).float())
        here = int(judge.scores(drawn).argmax())
    if here == to:
        raise InputError(
            f"the judge already takes this picture for {judge.names[to]}: choose another class"
        )


def output_of(
    study: Study, output: str = ERROR, k: int = 0, scale: Scale = "probability"
) -> Target:
    """What effects are measured on, as a function of latents.

    "error": decode z, rebuild that picture, and take the mean squared pixel difference (0 to 1):
    how far the model is from understanding what it drew. Any other ``output`` is a question of
    ``class_scores``: the probability (or logit) of its class ``k``, judged on the decoded picture.

    Raises:
        InputError: no such question or class.
    """
    if output == ERROR:
        return own_error(study.model)
    judge = class_scores(study, output)
    name = judge.names[whole("the class (k)", k, 0, len(judge.names) - 1)]
    target = class_score(study.model, judge.scores, k, path="decoded", scale=scale)
    return replace(target, name=f"{scale} of {name}")


def own_error(model: Autoencoder) -> Target:
    """z -> mean squared difference between decode(z) and its own reconstruction (n,)."""

    def error(z: torch.Tensor) -> torch.Tensor:
        drawn = decode_flat(model, z.to(model.device)).clamp(0, 1)
        again = decode_flat(model, flat_means(model, drawn))
        return (again - drawn).square().flatten(1).mean(dim=1)

    return Target(
        name="error of rebuilding its own picture",
        kind="latent",
        unit="mean squared pixel difference",
        function=error,
        modules=(model.module,),
        model=model.card.id,
        revision=model.card.revision,
        device=model.device,
    )


def effects_of(
    study: Study,
    target: Target,
    *,
    latents: Sequence[int] | None = None,
    n: int | None = None,
    bins: int = 12,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[FirstOrder, ...]:
    """First-order effects of the study's latents on ``target``, strongest first.

    Read at ``n`` codes of the study (the first ones, default 300, a fifth of that for models with
    spatial latents; 2 n evaluations a latent) for ``latents``, at most ``MOST_LATENTS``; without
    them for those that vary most.

    Raises:
        InputError: a number out of range. Cancelled: ``cancel()`` said so.
    """
    rows = _some(study, share_of(study, 300) if n is None else n)
    latents = varying(study) if latents is None else list(latents)
    if not 1 <= len(latents) <= MOST_LATENTS:
        raise InputError(f"{len(latents)} latents: ask for 1 to {MOST_LATENTS} at a time")
    effects = []
    for i, j in enumerate(latents):

        def report(done: int, total: int, text: str, i: int = i) -> None:
            if progress is not None:
                progress(i * total + done, len(latents) * total, f"Effect of z{latents[i]}")

        effects.append(first_order(target, rows, j, bins=bins, progress=report, cancel=cancel))
    return tuple(sorted(effects, key=lambda effect: -effect.strength))


def joint_effect(
    study: Study,
    target: Target,
    latents: tuple[int, int],
    *,
    n: int | None = None,
    bins: int = 8,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SecondOrder:
    """What two latents do to ``target`` together beyond what each does alone; 4 n evaluations, n by
    default 600, a fifth of that for models with spatial latents.

    Raises:
        InputError: twice the same latent, one that does not exist, or a number out of range.
    """
    rows = _some(study, share_of(study, 600) if n is None else n)
    return second_order(target, rows, latents, bins=bins, progress=progress, cancel=cancel)


def varying(study: Study, most: int = MOST_LATENTS) -> list[int]:
    """The latents whose mean varies over the study, those that vary most, at most ``most``."""
    variance = study.codes.mean.var(axis=0)
    order = np.argsort(-variance, kind="stable")[:most]
    kept = [int(j) for j in order if variance[j] > 1e-12]
    if not kept:
        raise InputError("no latent varies over these pictures: there is no effect to show")
    return kept


def share_of(study: Study, count: int) -> int:
    """``count``, or less of a model whose evaluations take longer."""
    return count if len(study.codes.latent_shape) == 1 else count // HEAVY


def _some(study: Study, n: int) -> Codes:
    return study.codes.take(
        np.arange(min(whole("the number of pictures (n)", n, 10, 10_000), len(study)))
    )
