"""Shapley values as a regression: kernel weights, leverage scores and the constrained solution.

Charnes et al. 1988 and Lundberg and Lee 2017 (arXiv:1705.07874): Shapley values are the slopes of
the weighted linear fit to all payoffs that passes through v(none) and v(all). A coalition and its
complement enter only by half their difference, the *odd part* of the payoff,

    u(S) = (v(S) - v(D without S)) / 2,

so everything here is about pairs. All interactions of two words cancel in it: on games without
larger ones the fit is exact from any pairs that determine it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np


def kernel_weights(d: int, sizes: np.ndarray) -> np.ndarray:
    """The Shapley kernel (d - 1) / (C(d, s) s (d - s)) of coalitions of ``sizes`` s, 1 to d - 1."""
    return np.array([(d - 1) / (comb(d, s) * s * (d - s)) for s in sizes.tolist()], dtype=float)


def leverage_scores(d: int, sizes: np.ndarray) -> np.ndarray:
    """How much the regression hangs on one coalition of ``sizes`` s, 1 to d - 1: 1 / C(d, s).

    Musco and Witter 2025 (arXiv:2410.01917), lemma 3.2: the leverage scores of all coalitions add
    up to d - 1, and those of each size to 1, so each size is equally likely to be drawn.
    """
    return np.array([1 / comb(d, s) for s in sizes.tolist()], dtype=float)


@dataclass(frozen=True)
class Fit:
    """``values`` (d,) that solve the regression, and of each pair the ``residuals`` (m,), its hold
    on the fit ``hat`` (m,) in [0, 1], and how much the values move, ``pull`` (m, d), for a unit of
    its residual."""

    values: np.ndarray
    residuals: np.ndarray
    hat: np.ndarray
    pull: np.ndarray


def solve(members: np.ndarray, odd: np.ndarray, weights: np.ndarray, total: float) -> Fit:
    """The values that fit the odd parts best and add up to ``total``.

        min over phi of  sum over S of w_S (u(S) - sum of phi_i [i in S] + total / 2)^2,
        with the sum of phi = total.

    Args:
        members: (m, d) bool, one coalition of each pair.
        odd: (m,) u of each.
        weights: (m,) kernel weight over the chance that the pair was drawn.
        total: v(all) - v(none).

    The pairs have to determine the values, as those of every word alone do.
    """
    sizes = members.sum(axis=1)  # (m,)
    d = members.shape[1]
    target = odd - (sizes / d - 0.5) * total  # what is left when each word gets total / d
    centred = members - sizes[:, None] / d  # (m, d): the constraint is projected out
    square = centred.T @ (weights[:, None] * centred)  # (d, d), and the sum of each row is 0
    # What is added makes it invertible, and meets nothing: the rows of ``centred`` sum to 0 too.
    # A pseudo-inverse would take the 0 for a number of 1e-17 now and then.
    pull = weights[:, None] * (centred @ np.linalg.inv(square + np.trace(square) / d**2))  # (m, d)
    beyond = target @ pull
    hat = (pull * centred).sum(axis=1)
    return Fit(total / d + beyond, target - centred @ beyond, hat, pull)
