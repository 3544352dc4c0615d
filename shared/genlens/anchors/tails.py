"""The largest of many draws, expected from far fewer of them.

Beyond a high value, draws of almost any distribution fall off like a generalised Pareto (Pickands
1975; Coles 2001, *An Introduction to Statistical Modeling of Extreme Values*, chapter 4). Its shape
and scale are read off the largest draws, all pairs of them weighted by how well they fit, so that
the interval says what is not known.
"""

from __future__ import annotations

import numpy as np

from genlens.common.measures import CONFIDENCE

LARGEST = 100
"""Draws that the tail is read off: few, because only the far end is a Pareto tail."""
SHAPE_SPREAD = 0.2
"""Standard deviation of the tail's shape before anything is seen: from a sharp end (-0.4) to a
heavy tail (0.4)."""
_GRID = 61
_RATE_STEPS = np.array([-1.5, -0.5, 0.5, 1.5])


def expected_maximum(draws: np.ndarray, size: int) -> tuple[float, float, float]:
    """The expected maximum of ``size`` draws, with its 95 % interval: (value, low, high).

    Args:
        draws: (n,) finite numbers, n at least 100, of the same distribution; ``size`` may be less
            or more than n.

    The value is the median of what fits. Where all of the largest draws are equal, that is it.

    On 240,000 pictures that ``digits-vae`` drew, intervals from sets of 500 to 20,000 draws held
    the expected maximum of 2,000 and 20,000 in 92 to 100 % of the sets, KLD and squared error, and
    the values were off by 2 % or less on average (tests and ``benchmarks/anchors.py`` repeat it).
    """
    rows = np.sort(np.asarray(draws, dtype=np.float64))
    k = min(LARGEST, len(rows) // 5)
    start, excess = rows[-k - 1], rows[-k:] - rows[-k - 1]
    scale = float(excess.mean())
    if scale <= 0:
        return float(rows[-1]), float(rows[-1]), float(rows[-1])
    shape, spread, weight = _fits(excess / scale)
    # how many of `size` draws pass `start` is known to 1 / sqrt(k) of itself
    passing = size * k / len(rows) * np.exp(_RATE_STEPS / np.sqrt(k))
    maxima = _mean_maximum(shape[..., None], spread[..., None], passing)
    weights = weight[..., None] * np.exp(-(_RATE_STEPS**2) / 2)
    shares = (0.5, (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    found = start + scale * _quantiles(maxima.ravel(), weights.ravel(), shares)
    return float(found[0]), float(found[1]), float(found[2])


def _fits(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shapes, scales and weights, each (grid, grid), of the Pareto tails that fit ``excess`` (k,),
    whose mean is 1: first on a coarse grid, then where the weight is."""
    shapes, logs = np.linspace(-1.0, 0.9, _GRID), np.linspace(-1.5, 1.5, _GRID)
    for _ in range(2):
        shape, spread = np.meshgrid(shapes, np.exp(logs), indexing="ij")
        weight = _weights(shape, spread, excess)
        seen = weight > 1e-6 * weight.max()
        shapes = _around(shapes, seen.any(1), 0.9)
        logs = _around(logs, seen.any(0), 3.0)
    return shape, spread, weight


def _around(values: np.ndarray, seen: np.ndarray, most: float) -> np.ndarray:
    """The part of the grid that was ``seen``, one step wider at both ends, as finely again."""
    step, kept = values[1] - values[0], values[seen]
    return np.linspace(kept[0] - step, min(kept[-1] + step, most), _GRID)


def _weights(shape: np.ndarray, spread: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """How well each tail fits: likelihood times N(0, ``SHAPE_SPREAD``) of the shape."""
    shape = _not_zero(shape)
    inside = 1 + (shape / spread)[..., None] * excess  # (grid, grid, k)
    possible = (inside > 0).all(-1)
    logs = np.log(np.where(inside > 0, inside, 1.0)).sum(-1)
    score = -len(excess) * np.log(spread) - (1 + 1 / shape) * logs
    score = np.where(possible, score - (shape / SHAPE_SPREAD) ** 2 / 2, -np.inf)
    weights: np.ndarray = np.exp(score - score.max())
    return weights


def _mean_maximum(shape: np.ndarray, spread: np.ndarray, passing: np.ndarray) -> np.ndarray:
    """The mean of the largest of ``passing`` (a Poisson number) excesses: of a generalised extreme
    value distribution (Coles 2001, section 3.1.3)."""
    from scipy.special import gamma

    shape = _not_zero(shape)
    mean: np.ndarray = spread / shape * (passing**shape * gamma(1 - shape) - 1)
    return mean


def _not_zero(shape: np.ndarray) -> np.ndarray:
    return np.where(np.abs(shape) < 1e-5, 1e-5, shape)


def _quantiles(values: np.ndarray, weights: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    places = np.searchsorted(below, np.asarray(shares) * below[-1])
    found: np.ndarray = values[order][places]
    return found
