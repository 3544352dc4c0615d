"""What a walk shows: the strip of one face, the score against alpha, what else changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from genlens.common.measures import Measure, mean, mean_interval, ratio, share
from genlens.errors import InputError
from genlens.steering.results import Curve, Leakage, Strip
from genlens.steering.walks.walk import Walk

SLACK = 0.02
"""A step back counts from this share of the score's standard deviation over faces: below it is
what rounding and a flat end do."""
NO_SCORE = "the assessor has no score for a picture"


def strip_of(walk: Walk, seed: int, assessor: str = "") -> Strip:
    """The pictures of one seed of the walk, with the scores of ``assessor`` ("" for none).

    Raises:
        InputError: the walk has no such seed or assessor.
    """
    if seed not in walk.seeds:
        raise InputError(f"seed {seed} is not on this walk: it has {list(walk.seeds)[:10]}")
    row = walk.seeds.index(seed)
    none = np.full(len(walk.alphas), np.nan)
    return Strip(
        images=walk.images[row],
        alphas=walk.alphas,
        scores=walk.scored(assessor)[row] if assessor else none,
        seed=seed,
        assessor=assessor,
        made_by=walk.made_by,
    )


def curve_of(walk: Walk, assessor: str, spread: float | None = None) -> Curve:
    """The score of ``assessor`` against alpha. A seed is monotone where its score rises from the
    first alpha to the last and never falls back.

    Args:
        spread: the standard deviation of the score over random faces, of which ``SLACK`` is
            forgiven; None takes that of the walk's faces at alpha = 0.

    Raises:
        InputError: the walk was not scored by it, or it has a score for no seed.
    """
    scores = walk.scored(assessor)
    known = np.isfinite(scores).all(axis=1)
    left_out = {NO_SCORE: int((~known).sum())} if not known.all() else {}
    if not known.any():
        raise InputError(f"{assessor} has no score for any face of this walk")
    rows = scores[known]
    middle, error = rows.mean(0), _standard_error(rows)
    ends = [
        mean_interval(float(m), float(e), len(rows)) for m, e in zip(middle, error, strict=True)
    ]
    low, high = np.array(ends).T
    slack = SLACK * (float(rows[:, walk.origin].std()) if spread is None else spread)
    return Curve(
        assessor=assessor,
        unit=walk.units[assessor],
        alphas=walk.alphas,
        scores=scores,
        mean=middle,
        low=low,
        high=high,
        slope=mean(slopes(rows, walk.alphas).tolist(), left_out),
        monotone=share(rises(rows, slack).tolist(), left_out),
        distance=walk.distances.mean(0),
        made_by=walk.made_by,
    )


def rises(rows: np.ndarray, slack: float) -> np.ndarray:
    """(seeds,) bool: which of ``rows`` (seeds, k) end higher than they begin, by more than
    ``slack``, and never fall more than ``slack`` below where they have been."""
    falls = np.maximum.accumulate(rows, axis=1) - rows
    up: np.ndarray = (rows[:, -1] - rows[:, 0] > slack) & (falls <= slack).all(axis=1)
    return up


def slopes(rows: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """(seeds,) change of the score per alpha: the least-squares line through each row."""
    centred = alphas - alphas.mean()
    return np.asarray(rows @ centred / np.square(centred).sum())


def leakage_of(walk: Walk, target: str, spreads: Mapping[str, float] | None = None) -> Leakage:
    """What the walk does to every other assessor, per what it does to ``target``.

    Args:
        spreads: standard deviations of the scores over random faces, by assessor
            (``Samples.spread``); None takes those of the walk's faces at alpha = 0.

    Raises:
        InputError: the walk was not scored by ``target``, or by it alone.
    """
    others = [name for name in walk.scores if name != target]
    if not others:
        raise InputError("there is no other assessor on this walk: nothing can leak into it")
    own = _in_deviations(walk, target, spreads)
    leaks, sizes = {}, {}
    for name in others:
        theirs = _in_deviations(walk, name, spreads)
        known = np.isfinite(own) & np.isfinite(theirs)
        left_out = {NO_SCORE: int((~known).sum())} if not known.all() else {}
        leaks[name] = _per(theirs[known], own[known], left_out)
        sizes[name] = _per(np.abs(theirs[known]), np.abs(own[known]), left_out)
    known_leaks = {n: abs(m.value) for n, m in leaks.items() if np.isfinite(m.value)}
    return Leakage(
        target=target,
        leaks=leaks,
        worst=max(known_leaks, key=lambda name: known_leaks[name], default=""),
        sizes=sizes,
        made_by=walk.made_by,
    )


def _per(tops: np.ndarray, bottoms: np.ndarray, left_out: dict[str, int]) -> Measure:
    return ratio(tops.tolist(), bottoms.tolist(), left_out)


def _in_deviations(walk: Walk, name: str, spreads: Mapping[str, float] | None) -> np.ndarray:
    """(seeds,) slopes of an assessor's score in its own standard deviations; NaN where it has no
    score, or never varies."""
    rows = walk.scored(name)
    spread = float(np.nanstd(rows[:, walk.origin])) if spreads is None else spreads[name]
    return slopes(rows, walk.alphas) / (spread if spread > 0 else np.nan)


def _standard_error(rows: np.ndarray) -> np.ndarray:
    if len(rows) < 2:
        return np.full(rows.shape[1], np.nan)
    return np.asarray(rows.std(0, ddof=1) / np.sqrt(len(rows)))
