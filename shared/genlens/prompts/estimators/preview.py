"""Each word said first, and each word said last: Shapley values at a glance."""

from __future__ import annotations

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.prompts.estimators.budgeted import first_and_last, from_pairs
from genlens.prompts.estimators.estimator import Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.estimators.sampling import Pairs
from genlens.prompts.game import Game


def preview(
    game: Game, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Estimate:
    """The mean of what each word adds when it is said first and when it is said last, shifted by
    the same number for all words so that the values add up.

    ``budgeted`` without drawn pairs: exact for up to 3 words, and where at most two words act
    together. ``low`` and ``high`` only where it is exact.
    """
    none = Pairs(np.zeros((0, game.d), dtype=bool), np.zeros(0))
    return from_pairs(game, none, "preview", progress, cancel, {})


PREVIEW = Estimator(
    name="preview",
    title="First in, last out",
    function=preview,
    help="What each word adds when it is said first and when it is said last, on average.",
    equation="aᵢ = (v({i}) − v(none) + v(all) − v(all but i)) / 2,  φᵢ = aᵢ + (v(all) − v(none) − "
    "Σ aⱼ) / d",
    paper="The regression of Lundberg and Lee 2017, arXiv:1705.07874, on its outermost coalitions",
    misleads="It never sees three words together, or half of them: where these matter it is off, "
    "and it cannot say by how much.",
    sums="The values add up to v(all) − v(none).",
    adds_up=True,
    cost=lambda d, images: first_and_last(d),
)
