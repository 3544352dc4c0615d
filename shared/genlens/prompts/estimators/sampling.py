"""Which pairs of sub-prompts to draw: by leverage, without repetition.

Musco and Witter 2025, "Provably accurate Shapley value estimation via leverage score sampling"
(arXiv:2410.01917). shapiq's ``CoalitionSampler`` draws with repetition and counts, so this is our
own: every size gets its expected number of pairs, rounded up or down by one draw, and within a size
all pairs are equally likely and none comes twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from genlens.prompts.estimators.kernel import leverage_scores


@dataclass(frozen=True)
class Pairs:
    """``members`` (m, d) bool, one coalition of each pair, and the ``chance`` (m,) that each had of
    being drawn, 1 where its whole size was."""

    members: np.ndarray
    chance: np.ndarray


def draw_pairs(d: int, count: int, rng: np.random.Generator) -> Pairs:
    """``count`` pairs of coalitions of 2 to d - 2 of ``d`` words, or all where there are fewer."""
    sizes = np.arange(2, d // 2 + 1)
    there = np.array([pairs_of_size(d, s) for s in sizes.tolist()])
    wanted = expected(d, sizes, there, count)
    # One uniform number rounds all sizes: each gets its expected number on average, and the sum
    # is ``count``.
    steps = np.floor(np.concatenate([[0.0], np.cumsum(wanted)]) + rng.random() + 1e-9)
    rows: list[np.ndarray] = []
    for s, n, number in zip(sizes.tolist(), there.tolist(), np.diff(steps), strict=True):
        rows += _of_size(d, s, min(int(number), n), rng)
    chance = wanted / np.maximum(there, 1)
    members = np.array(rows, dtype=bool).reshape(-1, d)
    return Pairs(members, chance[members.sum(axis=1) - 2])


def pairs_of_size(d: int, size: int) -> int:
    """How many pairs hold a coalition of ``size`` (at most d / 2) words."""
    return comb(d, size) // 2 if 2 * size == d else comb(d, size)


def expected(d: int, sizes: np.ndarray, there: np.ndarray, count: int) -> np.ndarray:
    """(k,) how many of ``count`` pairs fall to each of ``sizes``: by leverage, but never more than
    ``there`` are; what a full size leaves over goes to the others."""
    leverage = there * leverage_scores(d, sizes)
    wanted, left = np.zeros(len(sizes)), float(min(count, there.sum()))
    while (open_ := wanted < there).any() and left > 1e-9:
        share = left * leverage / leverage[open_].sum() * open_
        over = open_ & (share >= there)
        if not over.any():
            return np.asarray(wanted + share)
        wanted[over] = there[over]
        left -= float(there[over].sum())
    return wanted


def _of_size(d: int, size: int, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    """``count`` different pairs as rows (d,) bool. Of a size that is half of all words, the
    coalition with the first word stands for the pair."""
    there = pairs_of_size(d, size)
    if 2 * count > there:  # most of them: list all, and leave some out
        each = [c for c in combinations(range(d), size) if 2 * size < d or c[0] == 0]
        rows = np.zeros((count, d), dtype=bool)
        for row, k in zip(rows, rng.permutation(there)[:count].tolist(), strict=True):
            row[list(each[k])] = True
        return list(rows)
    found: dict[bytes, np.ndarray] = {}
    while len(found) < count:
        one = np.zeros(d, dtype=bool)
        one[rng.permutation(d)[:size]] = True
        if 2 * size == d and not one[0]:
            one = ~one
        found[one.tobytes()] = one
    return list(found.values())
