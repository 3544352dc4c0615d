"""ProtoDash against brute force on small sets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.study.prototypes import best_weights, median_distance, protodash, rbf, value

pytestmark = pytest.mark.unit


def problem(rows, data, sigma):
    return rbf(rows, rows, sigma), rbf(rows, data, sigma).mean(axis=1)


def brute_force(rows, data, m, sigma):
    """The best l(w) over all sets of m rows."""
    kernel, mu = problem(rows, data, sigma)
    best = 0.0
    for chosen in map(list, combinations(range(len(rows)), m)):
        small = kernel[np.ix_(chosen, chosen)]
        best = max(best, value(best_weights(small, mu[chosen]), small, mu[chosen]))
    return best


def test_weights_meet_the_optimality_conditions():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(8, 3))
    kernel, mu = problem(rows, rng.normal(size=(30, 3)), 1.0)
    w = best_weights(kernel, mu)
    gradient = mu - kernel @ w
    assert (w >= 0).all() and (gradient <= 1e-8).all()
    assert np.abs(w * gradient).max() < 1e-8  # a weight above 0 has no gradient left


@pytest.mark.parametrize("seed", range(5))
def test_one_prototype_is_the_best_one(seed):
    rows = np.random.default_rng(seed).normal(size=(9, 2))
    found = protodash(rows, 1, sigma=1.0)
    assert found.objective[0] == pytest.approx(brute_force(rows, rows, 1, 1.0), rel=1e-6)


@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_greedy_is_near_the_best_set(m, seed):
    rng = np.random.default_rng(seed)
    rows, data = rng.normal(size=(10, 2)), rng.normal(size=(25, 2))
    found = protodash(rows, m, target=data, sigma=0.8)
    best = brute_force(rows, data, m, 0.8)
    assert found.objective[-1] <= best + 1e-7
    assert found.objective[-1] >= 0.9 * best


def test_all_candidates_leave_no_discrepancy():
    rows = np.random.default_rng(1).normal(size=(12, 3))
    found = protodash(rows, 12, sigma=1.0)
    assert found.mmd2[-1] == pytest.approx(0.0, abs=1e-6)
    assert found.weights == pytest.approx(np.full(12, 1 / 12), abs=1e-3)


def test_discrepancy_is_that_of_the_weighted_set():
    rng = np.random.default_rng(2)
    rows, data = rng.normal(size=(15, 2)), rng.normal(size=(40, 2)) + 0.5
    found = protodash(rows, 5, target=data, sigma=1.3)
    chosen = rows[found.indices]
    by_hand = (
        rbf(data, data, 1.3).mean()
        - 2 * found.weights @ rbf(chosen, data, 1.3).mean(axis=1)
        + found.weights @ rbf(chosen, chosen, 1.3) @ found.weights
    )
    assert found.mmd2[-1] == pytest.approx(by_hand, abs=1e-7)
    assert (np.diff(found.mmd2) <= 1e-12).all()


def test_groups_get_one_each_with_weights_by_size():
    rng = np.random.default_rng(3)
    sizes = (60, 30, 10)
    centres = np.array([[0, 0], [20, 0], [0, 20]])
    group = np.repeat([0, 1, 2], sizes)
    rows = centres[group] + rng.normal(size=(100, 2)) * 0.2
    found = protodash(rows, 3, sigma=2.0)
    assert group[found.indices].tolist() == [0, 1, 2]
    assert found.shares == pytest.approx([0.6, 0.3, 0.1], abs=0.01)
    assert (group[found.indices][found.assigned] == group).all()


def test_no_prototype_is_added_that_says_nothing():
    rows = np.array([[0.0, 0.0], [0.0, 0.0], [9.0, 9.0]])
    found = protodash(rows, 3, sigma=0.5)
    assert len(found.indices) == 2 and found.weights == pytest.approx([2 / 3, 1 / 3], abs=1e-6)


def test_what_is_refused():
    with pytest.raises(InputError, match="same"):
        median_distance(np.ones((5, 2)))
    with pytest.raises(InputError, match=r"number of prototypes \(m\) is"):
        protodash(np.random.rand(5, 2), 6)
    with pytest.raises(InputError, match="latents"):
        protodash(np.random.rand(5, 2), 2, target=np.random.rand(5, 3))
