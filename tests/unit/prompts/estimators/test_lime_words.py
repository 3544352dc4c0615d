"""LIME over words against the weighted ridge regression solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions
from genlens.prompts import estimate
from genlens.prompts.estimators.lime import distances_to_all, fit_lime, proximity
from word_games import saturating, term_game

pytestmark = pytest.mark.unit


def by_hand(rows, payoffs, weights, ridge):
    """(weights, intercept, R^2) of min sum pi (v - w0 - x w)^2 + ridge |w|^2, w0 not held back."""
    x, y = rows.astype(float), payoffs
    centre_x, centre_y = weights @ x / weights.sum(), weights @ y / weights.sum()
    a, b = x - centre_x, y - centre_y
    w = np.linalg.solve(
        a.T @ (weights[:, None] * a) + ridge * np.eye(x.shape[1]), a.T @ (weights * b)
    )
    r2 = 1 - weights @ (b - a @ w) ** 2 / (weights @ b**2)
    return w, centre_y - centre_x @ w, r2


@pytest.mark.parametrize("width", [5.0, 25.0, 400.0])
@pytest.mark.parametrize("ridge", [0.01, 1.0, 20.0])
def test_equals_the_weighted_ridge_by_hand(width, ridge):
    game, _ = saturating(6, 2)
    rows = all_coalitions(6)[::-1]
    weights = np.exp(-((100 * (1 - np.sqrt(rows.sum(axis=1) / 6))) ** 2) / (2 * width**2))
    found = fit_lime(rows, game(rows), width, ridge, 0)
    for one, other in zip(found, by_hand(rows, game(rows), weights, ridge), strict=True):
        assert np.allclose(one, other, atol=1e-9)


def test_the_estimate_is_the_fit_of_its_own_neighbours():
    game = term_game(9, 4)
    found = estimate(game, "lime", images=50, seed=3, kernel_width=30.0, ridge=2.0)
    asked = np.concatenate(game.asked)
    assert asked[0].all()  # the whole prompt comes first, as lime has it
    assert found.settings["neighbours"] >= found.images - 1
    assert 0 < found.r2 < 1


def test_nearness_is_one_at_the_prompt_and_falls_with_every_word_left_out():
    rows = np.tri(6, 5, -1, dtype=bool)[::-1]  # all five words, then four, ... none
    distances = distances_to_all(rows)
    assert distances[0] == 0 and distances[-1] == 100
    near = proximity(distances, 25.0)
    assert near[0] == 1 and (np.diff(near) < 0).all()
    from sklearn.metrics import pairwise_distances

    cosine = pairwise_distances(rows[:-1].astype(float), rows[:1].astype(float), metric="cosine")
    assert np.allclose(distances[:-1], 100 * cosine[:, 0])


def test_neighbours_leave_out_every_number_of_words_equally_often():
    from itertools import islice

    from genlens.prompts.estimators.lime import _neighbours

    drawn = np.concatenate(list(islice(_neighbours(5, np.random.default_rng(0)), 5000)))
    left_out = (~drawn).sum(axis=1)
    counts = np.bincount(left_out, minlength=6)
    assert counts[0] == 0 and np.abs(counts[1:] - 1000).max() < 150
    assert np.abs(drawn.mean(axis=0) - drawn.mean()).max() < 0.04


def test_a_fit_that_explains_little_says_so():
    good, bad = term_game(6, 1, orders=()), term_game(6, 1, orders=(3,), size=3)
    assert estimate(good, "lime", ridge=1e-6).r2 > 0.999
    assert estimate(bad, "lime", ridge=1e-6).r2 < 0.9
