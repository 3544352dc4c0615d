"""Is this generator good enough to explain with? Quality, variety, editability, measured.

Kirchler et al. 2021 (arXiv:2109.07869, section 3) ask three things of a generator: that its
pictures are good (image quality), that it can draw every kind there is (expressivity), and that one
thing can be changed without the others (disentanglement).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.measures import Measure, mean, ratio
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Generator
from genlens.models.distances.ssim import DssimDistance
from genlens.steering.drawn import draw, random_styles, score

FOLDS = 5


@dataclass(frozen=True)
class Editability(Record):
    """How far straight moves of styles can steer ``assessors``, and each without the others.

    ``followed`` tells for each assessor what share of its scores' variance a straight direction
    explains on pictures it was not fitted on (R squared; below 0 is worse than the mean).
    ``shuffled`` is the same where scores were dealt to other pictures: it has to be 0 or less.
    ``alike`` are the sizes of the cosines between all pairs of these directions: 0 where properties
    can be changed apart, 1 where they are the same to this generator; ``by_chance`` is that of
    random directions.
    """

    assessors: tuple[str, ...]
    followed: tuple[Measure, ...]
    shuffled: Measure
    alike: Measure
    by_chance: float
    made_by: MadeBy = field(default_factory=MadeBy)


def editability(
    generator: Generator,
    assessors: Sequence[Assessor],
    n: int = 300,
    seed: int = 0,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Editability:
    """``Editability`` of ``n`` random pictures (40 to 5,000); an assessor that tells none of them
    apart has R squared NaN, with the reason.

    Raises:
        InputError: no assessor, n out of range.
        ModelError: pictures or all scores are NaN.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    whole("the number of pictures", n, 40, 5000)
    if not assessors:
        raise InputError("name at least one assessor to steer")
    styles = random_styles(generator, n, seed)
    images = draw(generator, styles, progress=progress, cancel=cancel)
    rows = styles.mean(1).double().cpu().numpy()  # (n, d): what all layers share
    scores = [score(each, images, cancel=cancel) for each in assessors]
    dealt = np.random.default_rng(seed).permutation(n)
    fits = [_fitted(rows, values) for values in scores]
    shuffled = [_fitted(rows, values[dealt])[0].value for values in scores]
    weights = [weight for _, weight in fits if weight is not None]
    cosines = [abs(float(a @ b)) for a, b in combinations(weights, 2)]
    return Editability(
        assessors=tuple(each.name for each in assessors),
        followed=tuple(fit for fit, _ in fits),
        shuffled=mean(shuffled),
        alike=mean(cosines),
        by_chance=_chance(rows, seed),
        made_by=generator.card.made_by(
            generator.device, seed=seed, settings={"n": n}, model_calls=n,
            seconds=seconds_since(started),
        ),
    )  # fmt: skip


def spread(
    images: torch.Tensor, known: torch.Tensor, pairs: int = 200, seed: int = 0
) -> tuple[Measure, Measure]:
    """How different pictures are from each other, against ``known`` ones: the mean structural
    dissimilarity (DSSIM) of random pairs of ``images`` over that of ``known`` (each (n, c, h, w) in
    [0, 1]), and the same of ``known`` split in half, which has to be near 1. Below 1 a generator
    draws fewer kinds than there are.

    Raises:
        InputError: fewer than 4 pictures in a set.
    """
    if min(len(images), len(known)) < 4:
        raise InputError(f"{len(images)} and {len(known)} pictures: pass at least 4 of each")
    rng = np.random.default_rng(seed)
    half = len(known) // 2
    own, theirs = _apart(images, pairs, rng), _apart(known, pairs, rng)
    one, other = _apart(known[:half], pairs, rng), _apart(known[half:], pairs, rng)
    return ratio(own, theirs), ratio(one, other)


def _apart(images: torch.Tensor, pairs: int, rng: np.random.Generator) -> list[float]:
    first = rng.integers(len(images), size=pairs)
    second = (first + rng.integers(1, len(images), size=pairs)) % len(images)
    return [float(d) for d in DssimDistance().between(images[first], images[second])]


def _fitted(rows: np.ndarray, scores: np.ndarray) -> tuple[Measure, np.ndarray | None]:
    """R squared of a ridge regression on folds that it was not fitted on, and its unit weight in
    units of the styles' spread; NaN and None where all scores are the same."""
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import KFold

    kept = np.isfinite(scores)
    x, y = rows[kept], scores[kept]
    if len(y) < 2 * FOLDS or np.ptp(y) == 0:
        return Measure(np.nan, np.nan, np.nan, 0, {"all scores are the same": len(scores)}), None
    x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    model = RidgeCV(alphas=np.logspace(0, 4, 9))
    found = []
    for fitted, left in KFold(FOLDS, shuffle=True, random_state=0).split(x):
        guessed = model.fit(x[fitted], y[fitted]).predict(x[left])
        off = np.square(y[left] - guessed).sum()
        found.append(1 - off / np.square(y[left] - y[fitted].mean()).sum())
    weight = model.fit(x, y).coef_
    length = float(np.linalg.norm(weight))
    left_out = {"no score": int((~kept).sum())} if not kept.all() else {}
    return mean(found, left_out), weight / length if length else None


def _chance(rows: np.ndarray, seed: int) -> float:
    """The mean size of the cosine of two random directions among as many numbers."""
    drawn = np.random.default_rng(seed).standard_normal((400, 2, rows.shape[1]))
    a, b = drawn[:, 0], drawn[:, 1]
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return float(np.abs(cosines).mean())
