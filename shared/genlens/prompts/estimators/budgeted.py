"""Shapley values of up to 20 words from 5 to 10 images a word, with an interval for each word."""

from __future__ import annotations

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.prompts.estimators.asking import Answers, as_given, ends, ten_a_word
from genlens.prompts.estimators.estimator import IMAGES, Estimator
from genlens.prompts.estimators.kernel import Fit, kernel_weights, solve
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.estimators.sampling import Pairs, draw_pairs
from genlens.prompts.game import Game

CONFIDENCE = 0.95
LEAST_PAIRS = 2
"""An interval needs the spread of at least this many drawn pairs."""


def first_and_last(d: int) -> int:
    """Images of the border: none, all, every word alone and every word left out."""
    return min(2 * d + 2, 2**d)


def budgeted(
    game: Game,
    *,
    images: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Estimate:
    """Shapley values from a part of the sub-prompts.

    The border comes first: no word, all words, every word alone, and all words but one, 2 d + 2
    images. The rest of the budget goes to pairs of a coalition and its complement, drawn by
    leverage (``sampling``). The weighted regression (``kernel``) is solved under the constraint
    that the values add up.

    The interval is a jackknife over the drawn pairs (MacKinnon and White 1985, "Some
    heteroskedasticity-consistent covariance matrix estimators", HC3): how much the values move when
    one pair is left out, times 1 - the chance that it had of being drawn, since what is drawn for
    certain adds no chance; Student's t with one degree less than there are pairs. On 100 synthetic
    games of each kind in the tests it holds the true value of 95 to 98 % of the words.

    Args:
        game: 1 to 20 words.
        images: at most this many sub-prompts, from 2 d + 2; None for 10 d. An odd one is left over.
        seed: draws the pairs.
        progress, cancel: see ``estimate``.

    Returns:
        ``Estimate`` whose values add up to v(all) - v(none). Where all sub-prompts fit into
        ``images`` the values are exact and the intervals have no width; with fewer than two drawn
        pairs there is no interval.

    Raises:
        InputError: fewer images than the border takes.
    """
    d = game.d
    images = ten_a_word(d) if images is None else images
    least = first_and_last(d)
    if images < least:
        raise InputError(
            f"images is {images}: a prompt of {d} words needs at least {least}, to draw every word "
            "alone and every word left out"
        )
    pairs = draw_pairs(d, (images - least) // 2, np.random.default_rng(seed))
    return from_pairs(game, pairs, "budgeted", progress, cancel, {"images": images, "seed": seed})


def from_pairs(
    game: Game,
    drawn: Pairs,
    method: str,
    progress: Progress | None,
    cancel: Cancel | None,
    settings: dict[str, int],
) -> Estimate:
    """The estimate from the border and the ``drawn`` pairs."""
    d = game.d
    alone = np.eye(d, dtype=bool)[: 1 if d < 3 else d]  # of two words, one alone is the other away
    members = np.concatenate([alone, drawn.members])  # (m, d)
    rows = np.concatenate([ends(d), members, ~members])
    answers = Answers(game, rows, progress, cancel)
    none, full = answers.payoffs[:2].tolist()
    said, left = answers.payoffs[2:].reshape(2, -1)
    if d == 1:
        values = np.array([full - none])
        half: np.ndarray | None = np.zeros(1)
    else:
        weights = kernel_weights(d, members.sum(axis=1))
        weights[len(alone) :] /= drawn.chance
        fit = solve(members, (said - left) / 2, weights, full - none)
        values = fit.values
        half = _half_width(fit, drawn, len(alone), exact=answers.images == 2**d)
    return Estimate.of(
        game,
        method,
        values,
        (none, full),
        answers.images,
        low=None if half is None else values - half,
        high=None if half is None else values + half,
        settings=settings,
    )


def _half_width(fit: Fit, drawn: Pairs, border: int, *, exact: bool) -> np.ndarray | None:
    """(d,) half of each word's interval; None where too little was drawn to know."""
    from scipy.stats import t

    m = len(drawn.members)
    if exact:
        return np.zeros_like(fit.values)
    if m < LEAST_PAIRS:
        return None
    hold = np.clip(fit.hat[border:], 0.0, 1 - 1e-6)
    moved = fit.pull[border:] * (fit.residuals[border:] / (1 - hold))[:, None]  # (m, d)
    variance = ((1 - drawn.chance)[:, None] * moved**2).sum(axis=0)
    return np.asarray(t.ppf((1 + CONFIDENCE) / 2, m - 1) * np.sqrt(variance))


BUDGETED = Estimator(
    name="budgeted",
    title="Budgeted Shapley",
    function=budgeted,
    help="Shapley values of up to 20 words from a part of the sub-prompts, with a 95 % interval "
    "for each word.",
    equation="min over φ of Σ w(S) / p(S) · (u(S) − Σ over i in S of φᵢ + Δ/2)²,  Σ φᵢ = Δ = "
    "v(all) − v(none),  u(S) = (v(S) − v(rest)) / 2",
    paper="Musco and Witter 2025, arXiv:2410.01917 (leverage); Covert and Lee 2021, "
    "arXiv:2012.01536 (pairs); Lundberg and Lee 2017, arXiv:1705.07874 (kernel)",
    misleads="Where three or more words only work together the values are off by about the width "
    "of the interval. The interval is about other choices of sub-prompts, not about other noise.",
    sums="The values add up to v(all) − v(none).",
    adds_up=True,
    cost=as_given,
    budget=ten_a_word,
    random=True,
    interval=True,
    options=(IMAGES,),
)
