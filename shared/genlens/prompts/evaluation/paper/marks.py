"""The paper's two measures (its section 2): ranks aligned, and RMSE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TypeAlias

import numpy as np

from genlens.errors import InputError

Numbers: TypeAlias = Sequence[float] | np.ndarray
"""One for each of the d words of a prompt."""
TIE = 1e-9
"""Values nearer to each other than this are tied."""


def ranks_of(values: Numbers) -> np.ndarray:
    """(d,) the rank of each word: 1 for the largest value; tied words share the best of their
    ranks."""
    v = np.asarray(values, dtype=np.float64)
    found: np.ndarray = 1 + (v[None, :] > v[:, None] + TIE).sum(axis=1)
    return found


def aligned(values: Numbers, truth: Numbers) -> list[bool]:
    """Which of the d words have the rank that the truth gives them (the paper's section 2.0.1).

    A word is aligned where its rank by ``values`` (1 for the largest) is one that ``truth`` leaves
    to it: after all words of which more is true, before all of which less is. A truth without ties
    leaves one rank to each word, and this is the paper's measure. A truth of two groups ("these
    words draw something, those nothing") leaves to a word any rank of its group.

    Raises:
        InputError: two lengths, or a number that is not finite.
    """
    v, t = _pair(values, truth)
    first, last = _ranks_left(t)
    return [bool(a <= r <= b) for a, r, b in zip(first, ranks_of(v), last, strict=True)]


def aligned_by_chance(truth: Numbers) -> float:
    """The part of the words that is aligned when they are put into a random order, on average over
    all orders: 1 / d for a truth without ties."""
    t = np.asarray(truth, dtype=np.float64)
    first, last = _ranks_left(t)
    return float(np.mean((last - first + 1) / len(t)))


def rmse(shares: Numbers, truth: Numbers) -> float:
    """The root of the mean squared difference over the d words of one prompt (section 2.0.2), both
    adding up to 1.

    Raises:
        InputError: two lengths, or a number that is not finite.
    """
    s, t = _pair(shares, truth)
    return float(np.sqrt(np.mean((s - t) ** 2)))


def rmse_by_chance(shares: Numbers, truth: Numbers) -> float:
    """``rmse`` when the same ``shares`` are handed out in another order, on average over all
    orders."""
    s, t = _pair(shares, truth)
    off = [np.sqrt(np.mean((order - t) ** 2)) for order in _orders(s)]
    return float(np.mean(off))


def no_order(values: Numbers) -> bool:
    """Whether all words are tied: then there are no ranks."""
    return bool(np.ptp(np.asarray(values, dtype=np.float64)) <= TIE)


def _ranks_left(truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last rank (d,) that ``truth`` leaves to each word."""
    below = (truth[None, :] < truth[:, None] - TIE).sum(axis=1)
    return ranks_of(truth), len(truth) - below


def _orders(shares: np.ndarray) -> Iterator[np.ndarray]:
    yield from map(np.array, permutations(shares.tolist()))


def _pair(values: Numbers, truth: Numbers) -> tuple[np.ndarray, np.ndarray]:
    v, t = np.asarray(values, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if v.ndim != 1 or v.shape != t.shape:
        raise InputError(f"{v.shape} numbers for a truth of {t.shape}: pass one for each word")
    if not (np.isfinite(v).all() and np.isfinite(t).all()):
        raise InputError("NaN or infinity has no rank and no error: leave such a prompt out")
    return v, t
