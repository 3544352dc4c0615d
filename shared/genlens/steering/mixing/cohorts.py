"""Two groups of faces compared: do they differ in a score, and which layers carry the difference?

The second scenario of Kirchler et al. 2021 (arXiv:2109.07869): a test has found a difference
between two sets of pictures, and nobody knows what it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.measures import Measure, mean, mean_interval
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import as_styles, draw, random_styles, score
from genlens.steering.mixing.layers import LayerGroup

RELABELLED = 2000


@dataclass(frozen=True)
class Cohorts(Record):
    """Two groups of faces and one assessor.

    ``scores`` are each group's scores and ``means`` their means; ``difference`` is the second mean
    less the first, with Welch's interval. ``chance`` is how often a random split of all faces into
    groups of these sizes differs as much (a permutation test): below 0.05 the groups differ.
    ``mean_images`` (2, c, h, w) are the pictures of each group's mean style, ``mean_scores`` (2,)
    theirs. ``carried`` tells, for each group of layers, how the first group's scores change when
    only these layers are moved by the difference of the mean styles.
    """

    scores: tuple[np.ndarray, np.ndarray]
    means: tuple[Measure, Measure]
    difference: Measure
    chance: float
    mean_images: np.ndarray = field(metadata=UNWRITTEN)
    mean_scores: np.ndarray
    carried: Mapping[str, Measure]
    assessor: str
    unit: str
    made_by: MadeBy = field(default_factory=MadeBy)


def compare_cohorts(
    generator: Generator,
    first: torch.Tensor | np.ndarray,
    second: torch.Tensor | np.ndarray,
    assessor: Assessor,
    groups: Sequence[LayerGroup],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Cohorts:
    """Compare the faces of ``first`` (n, layers, d) with those of ``second`` (m, layers, d), which
    ought to have been chosen by something else than ``assessor``.

    Raises:
        InputError: fewer than two faces in a group, or shapes that do not fit.
        ModelError: pictures, or all scores of a group, are NaN.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    one = as_styles(generator, first, "the first group's styles")
    two = as_styles(generator, second, "the second group's styles")
    if min(len(one), len(two)) < 2:
        raise InputError(f"groups of {len(one)} and {len(two)} faces: each needs 2 or more")
    middles = torch.stack([one.mean(0), two.mean(0)])  # (2, layers, d)
    moved = [_moved(one, middles[1] - middles[0], group) for group in groups]
    parts = [one, two, middles, *moved]
    images = draw(generator, torch.cat(parts), progress=progress, cancel=cancel)
    pieces = images.split([len(part) for part in parts])
    scores = [score(assessor, piece, cancel=cancel) for piece in pieces]
    changes = {
        group.name: mean(list(after - scores[0]))
        for group, after in zip(groups, scores[3:], strict=True)
    }
    return Cohorts(
        scores=(scores[0], scores[1]),
        means=(mean(list(scores[0])), mean(list(scores[1]))),
        difference=difference(scores[0], scores[1]),
        chance=chance_of(scores[0], scores[1], seed),
        mean_images=pieces[2].numpy(),
        mean_scores=scores[2],
        carried=changes,
        assessor=assessor.name,
        unit=assessor.unit,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"groups": [group.name for group in groups]},
            model_calls=len(images),
            seconds=seconds_since(started),
        ),
    )


def extremes(
    generator: Generator,
    assessor: Assessor,
    n: int,
    *,
    pool: int = 256,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Styles of the ``n`` lowest and of the ``n`` highest scores of ``pool`` drawn faces, each
    (n, layers, d): two groups to compare, or sources that are sure to differ in a score."""
    whole("pool", pool, 2, 10_000)
    whole("the number of faces a side", n, 1, pool // 2)
    styles = random_styles(generator, pool, seed)
    images = draw(generator, styles, progress=progress, cancel=cancel)
    scores = score(assessor, images, cancel=cancel)
    known = np.flatnonzero(np.isfinite(scores))
    if len(known) < 2 * n:
        raise InputError(f"only {len(known)} of {pool} faces have a score: take a larger pool")
    order = torch.as_tensor(known[np.argsort(scores[known], kind="stable")])
    return styles[order[:n]], styles[order[-n:]]


def difference(first: np.ndarray, second: np.ndarray) -> Measure:
    """The mean of ``second`` less that of ``first``, with Welch's interval (Welch 1947, Biometrika
    34, 28-35); scores that are NaN are left out."""
    a, b = first[np.isfinite(first)], second[np.isfinite(second)]
    left = len(first) + len(second) - len(a) - len(b)
    reasons = {"no score": left} if left else {}
    if min(len(a), len(b)) < 2:
        return Measure(float("nan"), float("nan"), float("nan"), 0, reasons)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    error, value = float(np.sqrt(parts.sum())), float(b.mean() - a.mean())
    if error == 0:
        return Measure(value, value, value, len(a) + len(b), reasons)
    freedom = parts.sum() ** 2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum()
    low, high = mean_interval(value, error, freedom + 1)
    return Measure(value, low, high, len(a) + len(b), reasons)


def chance_of(first: np.ndarray, second: np.ndarray, seed: int) -> float:
    """How often random groups of these sizes differ at least as much, in either direction; never 0
    (Phipson and Smyth 2010: the split at hand counts as one)."""
    a, b = first[np.isfinite(first)], second[np.isfinite(second)]
    everyone, n = np.concatenate([a, b]), len(a)
    if min(n, len(b)) < 1:
        return 1.0
    rng = np.random.default_rng(seed)
    seen = abs(b.mean() - a.mean()) * (1 - 1e-9)  # equal splits count as equal
    shuffled = rng.permuted(np.tile(everyone, (RELABELLED, 1)), axis=1)
    gaps = np.abs(shuffled[:, n:].mean(1) - shuffled[:, :n].mean(1))
    return float((1 + (gaps >= seen).sum()) / (1 + RELABELLED))


def _moved(styles: torch.Tensor, by: torch.Tensor, group: LayerGroup) -> torch.Tensor:
    """``styles`` (n, layers, d) with ``by`` (layers, d) added in the group's layers only."""
    moved = styles.clone()
    moved[:, group.start : group.stop] += by[group.start : group.stop]
    return moved
