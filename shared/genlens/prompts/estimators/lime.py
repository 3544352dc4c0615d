"""LIME over words: a small linear model that agrees with the payoff near the whole prompt."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genlens.attribution.method import Option
from genlens.attribution.surrogates.fit import judged
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.prompts.estimators.asking import Answers, as_given, ends, ten_a_word, within_budget
from genlens.prompts.estimators.estimator import IMAGES, Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import Game
from genlens.prompts.shapley import shares_of

MOST_NEIGHBOURS = 1000
"""Sub-prompts that come again cost no image and count again, but not without end."""
RESOLUTION = 1e-9
"""Payoffs that differ by less are the same."""


def lime_words(
    game: Game,
    *,
    images: int | None = None,
    kernel_width: float = 25.0,
    ridge: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Estimate:
    """Weights of a ridge regression on which words are there, near the whole prompt.

    As lime's explainer of texts does it: neighbours leave out 1 to d words (every number equally
    likely, then which), and count by sqrt(exp(-D^2 / kernel_width^2)), where D is 100 times the
    cosine distance to the whole prompt, 100 (1 - sqrt(s / d)) for s words that are there. The
    regression is ``lime.lime_base.LimeBase``'s, on all words.

    Args:
        game: 1 to 20 words.
        images: neighbours are drawn until there are this many different sub-prompts; None for 10 d.
        kernel_width: how far away neighbours still count, in units of D, 1 to 1000.
        ridge: how much large weights are held back, 1e-6 to 100; the lime package's is 1.
        seed: draws the neighbours.
        progress, cancel: see ``estimate``.

    Returns:
        ``Estimate``: values in units of the payoff, which need not add up; ``r2`` is the weighted
        R^2 of the fit, NaN where the payoff is the same for all neighbours (then the values are 0).

    Raises:
        InputError: fewer than 3 images (2 for one word).
    """
    d = game.d
    images = ten_a_word(d) if images is None else images
    least = min(3, 2**d)
    if images < least:
        raise InputError(f"images is {images}: LIME needs at least {least}")
    drawn = within_budget(
        _neighbours(d, np.random.default_rng(seed)), images, MOST_NEIGHBOURS, ends(d)
    )
    rows = np.concatenate([np.ones((1, d), dtype=bool), *drawn, np.zeros((1, d), dtype=bool)])
    answers = Answers(game, rows, progress, cancel)
    payoffs = answers.payoffs[:-1]  # the last, of no word, is only for ``base_value``
    values, intercept, r2 = fit_lime(rows[:-1], payoffs, kernel_width, ridge, seed)
    constant = bool(np.ptp(payoffs) <= RESOLUTION)
    values, fit, notes = judged(constant, values, intercept, r2)
    return Estimate(
        words=tuple(game.words),
        values=values,
        shares=shares_of(values),
        base_value=float(answers.payoffs[-1]),
        full_value=float(payoffs[0]),
        method="lime",
        images=answers.images,
        r2=fit["r2"],
        settings={
            "images": images, "kernel_width": kernel_width, "ridge": ridge, "seed": seed,
            "neighbours": len(payoffs), "intercept": fit["intercept"],
        },
        notes=notes,
    )  # fmt: skip


def fit_lime(
    rows: np.ndarray, payoffs: np.ndarray, kernel_width: float, ridge: float, seed: int
) -> tuple[np.ndarray, float, float]:
    """(weights (d,), intercept, weighted R^2) of lime's local regression.

    Args:
        rows: (m, d) bool neighbours, the whole prompt first.
        payoffs: (m,).
        kernel_width, ridge, seed: see ``lime_words``.
    """
    from lime.lime_base import LimeBase
    from sklearn.linear_model import Ridge

    base = LimeBase(lambda distances: proximity(distances, kernel_width), random_state=seed)
    intercept, weights, r2, _ = base.explain_instance_with_data(
        rows.astype(float),
        payoffs[:, None],
        distances_to_all(rows),
        0,
        rows.shape[1],
        feature_selection="none",
        model_regressor=Ridge(alpha=ridge),
    )
    values = np.zeros(rows.shape[1])
    for word, weight in weights:
        values[word] = weight
    return values, float(intercept), float(r2)


def distances_to_all(rows: np.ndarray) -> np.ndarray:
    """(m,) 100 times the cosine distance of ``rows`` (m, d) to the whole prompt; 100 for none."""
    return 100 * (1 - np.sqrt(rows.mean(axis=1)))


def proximity(distances: np.ndarray, kernel_width: float) -> np.ndarray:
    """How much neighbours at ``distances`` (m,) count, 1 at none: lime's kernel."""
    return np.sqrt(np.exp(-(distances**2) / kernel_width**2))


def _neighbours(d: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Sub-prompts without 1 to d of the words, without end: (1, d) bool each."""
    while True:
        left_out = rng.permutation(d)[: rng.integers(1, d + 1)]
        yield ~np.isin(np.arange(d), left_out)[None]


LIME = Estimator(
    name="lime",
    title="LIME over words",
    function=lime_words,
    help="The weights of a linear model that predicts the likeness from which words are there, "
    "near the whole prompt.",
    equation="min over w of Σ π(S) (v(S) − w₀ − Σ over i in S of wᵢ)² + λ ‖w‖²",
    paper="Ribeiro et al. 2016, arXiv:1602.04938",
    misleads="The ridge draws all weights towards zero, the more the fewer images there are; R² "
    "says how far the linear stand-in can be believed; another seed or kernel, another answer.",
    sums="The values need not add up to anything.",
    adds_up=False,
    cost=as_given,
    budget=ten_a_word,
    random=True,
    options=(
        IMAGES,
        Option(
            "kernel_width", "Kernel width", "How far away neighbours still count, in hundredths of "
            "cosine distance.", low=1, high=1000,
        ),
        Option(
            "ridge", "Ridge", "How much large weights are held back.", low=1e-6, high=100,
        ),
    ),
)  # fmt: skip
