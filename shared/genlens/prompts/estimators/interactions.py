"""What words do alone and what two of them do together."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from genlens.common import torchvision_guard
from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.prompts.estimators.asking import Answers, every, numbers_of
from genlens.prompts.estimators.estimator import Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import Game
from genlens.prompts.shapley import shares_of


def interactions(
    game: Game, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Estimate:
    """k-SII of order 2 by shapiq, exactly.

    ``pairs`` are the Shapley interaction indices I_ij, the same as ``shapley.pair_interactions``;
    ``values`` are what is left to each word when every pair keeps what it does together,

        values_i = phi_i - 1/2 sum over j of I_ij,

    with phi the Shapley values. ``Estimate.total``, values and pairs once each, is
    v(all) - v(none).
    """
    d = game.d
    answers = Answers(game, all_coalitions(d), progress, cancel)
    values, pairs = k_sii(answers.payoffs)
    return Estimate(
        words=tuple(game.words),
        values=values,
        shares=shares_of(values),
        base_value=float(answers.payoffs[0]),
        full_value=float(answers.payoffs[-1]),
        method="k-sii",
        images=answers.images,
        pairs=pairs,
    )


def k_sii(payoffs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(values (d,), pairs (d, d)) of the game ``payoffs`` (2**d,), in ``all_coalitions`` order."""
    torchvision_guard.ensure()
    from shapiq.game_theory.exact import ExactComputer

    d = payoffs.size.bit_length() - 1
    if d == 1:
        return np.diff(payoffs), np.zeros((1, 1))
    computer = ExactComputer(lambda rows: payoffs[numbers_of(rows)], n_players=d)
    found = computer("k-SII", 2)
    pairs = np.zeros((d, d))
    for i, j in combinations(range(d), 2):
        pairs[i, j] = pairs[j, i] = found[(i, j)]
    return np.array([found[(i,)] for i in range(d)]), pairs


K_SII = Estimator(
    name="k-sii",
    title="Alone and in pairs (k-SII)",
    function=interactions,
    help="What each word does alone, and what each pair of words adds or takes away together.",
    equation="Iᵢⱼ = Σ over S of |S|! (d − 2 − |S|)! / (d − 1)! · (v(S + i + j) − v(S + i) − "
    "v(S + j) + v(S)),  alone: φᵢ − ½ Σ over j of Iᵢⱼ",
    paper="Bordt and von Luxburg 2023, arXiv:2209.04012 (k-SII); Grabisch and Roubens 1999 "
    "(interaction index)",
    misleads="What three or more words do together is spread over the pairs. A negative pair says "
    "that either word does what the other would, not that they harm the image.",
    sums="The values and the pairs, each pair once, add up to v(all) − v(none).",
    adds_up=True,
    cost=every,
    most=MAX_WORDS,
    pairs=True,
)
