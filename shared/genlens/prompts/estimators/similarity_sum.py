"""What the source paper's notebook computes under the name of LIME."""

from __future__ import annotations

from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.prompts.estimators.asking import Answers
from genlens.prompts.estimators.estimator import Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import Game


def similarity_sum(
    game: Game, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Estimate:
    """The mean payoff of the 2**(d - 1) sub-prompts that hold the word.

    Source paper, section 3.1.1: the text speaks of weights by the number of other words; the
    notebook adds the similarities up. Divided by their number, which is the same for all words,
    they are in units of the payoff, and the shares are those of the sums. ``base_value`` is NaN:
    the empty prompt is not drawn.
    """
    members = all_coalitions(game.d)[1:]  # (2**d - 1, d)
    answers = Answers(game, members, progress, cancel)
    values = answers.payoffs @ members / 2 ** (game.d - 1)
    ends = (float("nan"), float(answers.payoffs[-1]))
    return Estimate.of(game, "similarity-sum", values, ends, answers.images)


SIMILARITY_SUM = Estimator(
    name="similarity-sum",
    title="Sum of similarities",
    function=similarity_sum,
    help="The mean likeness of all sub-prompts that hold the word: what the source paper calls "
    "LIME.",
    equation="mean of v(S) over all S with i in S",
    paper="Gupta and Kanoria, Adapting Interpretability Techniques to Generative Image Diffusion "
    "Models, section 3.1.1 and its notebook",
    misleads="A word without any effect gets nearly as much as the others: what they do is counted "
    "as its own, because nothing is subtracted.",
    sums="The values add up to nothing that has a meaning.",
    adds_up=False,
    cost=lambda d, images: 2**d - 1,
    most=MAX_WORDS,
)
