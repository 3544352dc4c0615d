"""Leave-one-out: what is lost without the word."""

from __future__ import annotations

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.prompts.estimators.asking import Answers, ends
from genlens.prompts.estimators.estimator import Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import Game


def leave_one_out(
    game: Game, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Estimate:
    """v(all) - v(all but i), from d + 1 images, and that of the empty prompt for ``base_value``."""
    rows = np.concatenate([ends(game.d), ~np.eye(game.d, dtype=bool)])
    answers = Answers(game, rows, progress, cancel)
    none, full = answers.payoffs[:2].tolist()
    values = full - answers.payoffs[2:]
    return Estimate.of(game, "leave-one-out", values, (none, full), answers.images)


LEAVE_ONE_OUT = Estimator(
    name="leave-one-out",
    title="Leave one out",
    function=leave_one_out,
    help="How much less the image is like the whole prompt's when this word alone is left out.",
    equation="v(all) − v(all but i)",
    paper="Covert, Lundberg and Lee 2021, Explaining by removing, arXiv:2011.14878",
    misleads="Two words that say the same cover for each other: both get nothing.",
    sums="The values need not add up to anything.",
    adds_up=False,
    cost=lambda d, images: min(d + 2, 2**d),
)
