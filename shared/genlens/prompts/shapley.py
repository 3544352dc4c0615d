"""Shapley values of a word game, exactly, and the source paper's variant of them.

Shapley 1953, "A value for n-person games": with D the d players,

    phi_i = sum over S in D without i of |S|! (d - 1 - |S|)! / d! * (v(S + i) - v(S)).

Values come from shapiq's ``ExactComputer``. shap's exact explainer gives the same numbers, but
compiles for about ten seconds at its first call, and wants a data set to mask where a game is all
there is. For whole stacks of games at once (one for every pixel) ``shapley_weights`` holds the
same sum as one matrix; tests hold the two, and a brute-force average over all orders, against each
other.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Literal

import numpy as np

from genlens.common.coalitions import all_coalitions, exact_values
from genlens.common.limits import MAX_WORDS, MOST_WORDS
from genlens.errors import InputError
from genlens.prompts.game import Game
from genlens.prompts.results import TokenAttribution

Normalise = Literal["efficient", "nonempty"]

SMALLEST_TOTAL = 1e-6
"""Shares are not formed when the values add up to less than this ..."""
SMALLEST_TOTAL_RATIO = 1e-3
"""... or to less than this part of the sum of their sizes: shares of 300 % say nothing."""


def shapley(game: Game, *, normalise: Normalise = "efficient") -> TokenAttribution:
    """Exact Shapley values of every word of ``game``.

    ``normalise="efficient"`` (default): the equation above with the empty prompt as a coalition.
    The values sum to v(all) - v(none), ``full_value - base_value``, within 1e-5; a word that never
    changes the payoff gets 0; words that can stand in for each other get the same.

    ``normalise="nonempty"``: what the source paper (section 3.1.2) computes. It leaves the empty
    coalition out, so each word loses the term S = {} and the weights of the others stay:

        psi_i = phi_i - (v({i}) - v({})) / d,     sum of psi = v(all) - mean over i of v({i}),

    and v({}) itself cancels, so the empty prompt is not drawn. This is not efficient against
    v(none): ``base_value`` is the mean payoff of the single words, and the shares (psi / sum of
    psi, the numbers the paper prints) favour words that add to others over words that do much
    alone. For one word no term is left: value 0, share NaN. (Their notebook does not say this in
    words; the formula reproduces the sums that its scores give, 61.61 of 100 for "a flower lamp".)

    Args:
        game: any ``Game`` with 1 to ``MAX_WORDS`` players; all its coalitions are evaluated.
        normalise: "efficient" or "nonempty".

    Returns:
        ``TokenAttribution`` with method "shapley" or "shapley-nonempty"; values in units of the
        payoff; shares NaN where the values add up to nothing (all words without effect, or
        effects that cancel).

    Raises:
        InputError: an unknown ``normalise``, or more players than are computed exactly.
        Cancelled, ModelError: whatever the game raises.
    """
    if normalise not in ("efficient", "nonempty"):
        raise InputError(f'normalise is {normalise!r}: pass "efficient" or "nonempty"')
    d = game.d
    require_exact(d)
    coalitions = all_coalitions(d)
    if normalise == "efficient":
        payoffs = game(coalitions)
        values = exact_values(payoffs)
        base = float(payoffs[0])
    else:
        payoffs = np.concatenate([[0.0], game(coalitions[1:])])  # v(none) cancels below
        singles = payoffs[1 << np.arange(d)]
        values = exact_values(payoffs) - singles / d
        base = float(singles.mean())
    return TokenAttribution(
        words=tuple(game.words),
        values=values,
        shares=shares_of(values),
        base_value=base,
        full_value=float(payoffs[-1]),
        method="shapley" if normalise == "efficient" else "shapley-nonempty",
        model_calls=game.model_calls,
    )


def require_exact(d: int) -> None:
    """Refuse to ask for all 2**d coalitions of more words than are computed exactly.

    Raises:
        InputError: none, or more than ``MAX_WORDS``.
    """
    if not 1 <= d <= MAX_WORDS:
        raise InputError(
            f"the game has {d} players: exact values are for 1 to {MAX_WORDS}; for up to "
            f'{MOST_WORDS} take genlens.prompts.estimate(game, "budgeted")'
        )


def shares_of(values: np.ndarray) -> np.ndarray:
    """``values`` (d,) divided by their sum, or all NaN where that sum is too small to divide by."""
    total = float(values.sum())
    if abs(total) < max(SMALLEST_TOTAL, SMALLEST_TOTAL_RATIO * float(np.abs(values).sum())):
        return np.full(values.shape, np.nan)
    return values / total


def pair_interactions(payoffs: np.ndarray) -> np.ndarray:
    """How much two words add together beyond what each adds without the other.

    The Shapley interaction index of a pair (Grabisch and Roubens 1999, "An axiomatic approach to
    the concept of interaction among players in cooperative games"):

        I_ij = sum over S without i, j of |S|! (d - 2 - |S|)! / (d - 1)!
               * (v(S + i + j) - v(S + i) - v(S + j) + v(S)).

    Args:
        payoffs: (2**d,) in ``all_coalitions`` order.

    Returns:
        (d, d) symmetric, 0 on the diagonal, in units of the payoff. Above 0 the two need each other
        ("wearing" and "hat"); below 0 either does what the other would.
    """
    d = payoffs.size.bit_length() - 1
    members = all_coalitions(d)
    out = np.zeros((d, d))
    for i, j in combinations(range(d), 2):
        rest = np.flatnonzero(~members[:, i] & ~members[:, j])  # rows of S
        sizes = members[rest].sum(axis=1)
        weight = np.array([factorial(s) * factorial(d - 2 - s) / factorial(d - 1) for s in sizes])
        one, other = 1 << i, 1 << j
        gain = payoffs[rest + one + other] - payoffs[rest + one] - payoffs[rest + other]
        out[i, j] = out[j, i] = weight @ (gain + payoffs[rest])
    return out
