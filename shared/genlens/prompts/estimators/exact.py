"""Shapley values from all sub-prompts: what every other estimator approaches."""

from __future__ import annotations

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.prompts.estimators.asking import Answers, every
from genlens.prompts.estimators.estimator import Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import Game, TableGame
from genlens.prompts.shapley import Normalise, shapley


def exact(
    game: Game, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Estimate:
    """``prompts.shapley`` of all 2**d sub-prompts; its intervals have no width."""
    return _from_table(game, "efficient", progress, cancel)


def exact_nonempty(
    game: Game, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Estimate:
    """The source paper's variant, from the 2**d - 1 sub-prompts that are not empty."""
    return _from_table(game, "nonempty", progress, cancel)


def _from_table(
    game: Game, normalise: Normalise, progress: Progress | None, cancel: Cancel | None
) -> Estimate:
    rows = all_coalitions(game.d)[0 if normalise == "efficient" else 1 :]
    answers = Answers(game, rows, progress, cancel)
    payoffs = answers.payoffs
    if normalise == "nonempty":  # the empty prompt's payoff cancels out of it
        payoffs = np.concatenate([[0.0], payoffs])
    found = shapley(TableGame(payoffs, game.words), normalise=normalise)
    sure = normalise == "efficient"
    return Estimate(
        words=found.words,
        values=found.values,
        shares=found.shares,
        base_value=found.base_value,
        full_value=found.full_value,
        method=found.method,
        images=answers.images,
        low=found.values if sure else None,
        high=found.values if sure else None,
    )


EXACT = Estimator(
    name="shapley",
    title="Exact Shapley",
    function=exact,
    help="Each word's gain in likeness, averaged over every order in which the words could be "
    "added.",
    equation="φᵢ = Σ over S without i of |S|! (d − 1 − |S|)! / d! · (v(S + i) − v(S))",
    paper="Shapley 1953, A value for n-person games; for prompts Gupta and Kanoria, section 3.1.2",
    misleads="It needs all 2^d sub-prompts: twice the images for every further word. Words that "
    "act together share what they do, so a small value can be half of something large.",
    sums="The values add up to v(all) − v(none).",
    adds_up=True,
    cost=every,
    most=MAX_WORDS,
    interval=True,
)
NONEMPTY = Estimator(
    name="shapley-nonempty",
    title="Shapley without the empty prompt",
    function=exact_nonempty,
    help="The source paper's values: what each word adds to the others, without what it does "
    "alone.",
    equation="ψᵢ = φᵢ − (v({i}) − v(none)) / d",
    paper="Gupta and Kanoria, Adapting Interpretability Techniques to Generative Image Diffusion "
    "Models, section 3.1.2",
    misleads="A word that draws its thing by itself gets less than one that only works with "
    "others.",
    sums="The values add up to v(all) − the mean payoff of the single words.",
    adds_up=False,
    cost=lambda d, images: 2**d - 1,
    most=MAX_WORDS,
)
