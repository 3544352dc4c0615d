"""Shapley values against closed forms, axioms and brute force."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions, exact_values, shapley_weights
from genlens.errors import InputError
from genlens.prompts.game import TableGame
from genlens.prompts.shapley import pair_interactions, shapley, shares_of

pytestmark = pytest.mark.unit


def table(d, v):
    """Payoffs (2**d,) of a set function v(frozenset)."""
    return np.array([v(frozenset(np.flatnonzero(row))) for row in all_coalitions(d)], dtype=float)


def random_payoffs(d, seed=0):
    return np.random.default_rng(seed).normal(size=2**d)


def brute_force(payoffs, keep_first=True):
    """Average marginal contribution over all d! orders; without the first one of each order,
    which is the one that starts from nobody, for the source paper's variant."""
    d = len(payoffs).bit_length() - 1
    total = np.zeros(d)
    for order in permutations(range(d)):
        said = 0
        for place, i in enumerate(order):
            if place > 0 or keep_first:
                total[i] += payoffs[said | 1 << i] - payoffs[said]
            said |= 1 << i
    return total / factorial(d)


def test_coalitions_are_in_binary_order():
    rows = all_coalitions(3)
    assert rows.shape == (8, 3) and rows.dtype == bool
    assert rows[0].sum() == 0 and rows[7].all()
    assert rows[5].tolist() == [True, False, True]


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 6])
def test_equals_brute_force_over_all_orders(d):
    payoffs = random_payoffs(d, seed=d)
    assert np.allclose(shapley(TableGame(payoffs)).values, brute_force(payoffs), atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3, 5, 8])
def test_the_weight_matrix_is_the_same_map_as_the_library(d):
    payoffs = random_payoffs(d, seed=d)
    assert np.allclose(shapley_weights(d) @ payoffs, exact_values(payoffs), atol=1e-12)


def test_linear_game_pays_each_player_its_own_weight():
    weights = np.array([0.5, -0.2, 0.0, 1.5])
    payoffs = 0.3 + all_coalitions(4) @ weights
    result = shapley(TableGame(payoffs))
    assert np.allclose(result.values, weights, atol=1e-12)
    assert result.base_value == pytest.approx(0.3)
    assert result.shares.sum() == pytest.approx(1.0)


def test_glove_game():
    # one right glove (player 0), two left ones; a pair is worth 1
    payoffs = table(3, lambda s: float(0 in s and (1 in s or 2 in s)))
    assert np.allclose(shapley(TableGame(payoffs)).values, [2 / 3, 1 / 6, 1 / 6])


@pytest.mark.parametrize("carrier", [{0}, {1, 3}, {0, 2, 4}, {0, 1, 2, 3, 4}])
def test_unanimity_games_share_equally_inside_the_carrier(carrier):
    payoffs = table(5, lambda s: float(carrier <= s))
    expected = [1 / len(carrier) if i in carrier else 0.0 for i in range(5)]
    assert np.allclose(shapley(TableGame(payoffs)).values, expected)


@pytest.mark.parametrize("d", [1, 2, 4, 7, 8])
def test_efficiency(d):
    payoffs = random_payoffs(d, seed=10 + d)
    result = shapley(TableGame(payoffs))
    assert abs(result.values.sum() - (result.full_value - result.base_value)) < 1e-5
    assert result.full_value == payoffs[-1] and result.base_value == payoffs[0]


def test_null_player_gets_exactly_nothing():
    worth = random_payoffs(3)
    payoffs = table(4, lambda s: worth[sum(1 << i for i in s if i < 3)])
    assert shapley(TableGame(payoffs)).values[3] == pytest.approx(0.0, abs=1e-12)


def test_symmetric_players_get_the_same():
    # the payoff depends only on how many of players 1, 2 are there, and on player 0
    payoffs = table(3, lambda s: 2.0 * (0 in s) + len(s & {1, 2}) ** 2 + 3.0 * ({0, 1, 2} <= s))
    values = shapley(TableGame(payoffs)).values
    assert values[1] == pytest.approx(values[2], abs=1e-12)


def test_linearity():
    a, b = random_payoffs(5, 1), random_payoffs(5, 2)
    mixed = shapley(TableGame(2 * a - 3 * b)).values
    assert np.allclose(mixed, 2 * exact_values(a) - 3 * exact_values(b), atol=1e-12)


def test_one_word_takes_all():
    result = shapley(TableGame(np.array([0.25, 1.0])))
    assert result.values.tolist() == [0.75] and result.shares.tolist() == [1.0]


def test_shares_are_nan_where_there_is_nothing_to_share():
    assert np.isnan(shapley(TableGame(np.ones(8))).shares).all()
    assert np.isnan(shares_of(np.array([0.5, -0.5]))).all()
    assert shapley(TableGame(np.ones(8))).to_dict()["shares"] == [None] * 3


@pytest.mark.parametrize("d", [2, 3, 5])
def test_nonempty_variant_leaves_out_the_step_from_nobody(d):
    payoffs = random_payoffs(d, seed=20 + d)
    result = shapley(TableGame(payoffs), normalise="nonempty")
    assert np.allclose(result.values, brute_force(payoffs, keep_first=False), atol=1e-12)
    singles = payoffs[1 << np.arange(d)]
    assert result.values.sum() == pytest.approx(payoffs[-1] - singles.mean())
    assert result.base_value == pytest.approx(singles.mean())
    assert result.method == "shapley-nonempty"
    assert result.shares.sum() == pytest.approx(1.0)


def test_nonempty_variant_does_not_depend_on_the_empty_prompt():
    payoffs = random_payoffs(3)
    other = payoffs.copy()
    other[0] = 99.0
    a, b = (shapley(TableGame(p), normalise="nonempty").values for p in (payoffs, other))
    assert np.allclose(a, b)


def test_nonempty_variant_does_not_ask_for_the_empty_prompt():
    asked = []

    class Asked(TableGame):
        def __call__(self, coalitions):
            asked.extend(np.asarray(coalitions).sum(axis=1).tolist())
            return super().__call__(coalitions)

    shapley(Asked(random_payoffs(3)), normalise="nonempty")
    assert 0 not in asked and len(asked) == 7


def test_nonempty_variant_of_one_word_has_no_term():
    result = shapley(TableGame(np.array([0.2, 1.0])), normalise="nonempty")
    assert result.values.tolist() == [0.0] and np.isnan(result.shares).all()


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(InputError, match="normalise"):
        shapley(TableGame(np.zeros(4)), normalise="other")
    with pytest.raises(InputError, match="9 players"):
        shapley(TableGame(np.zeros(512)))
    for bad in (np.zeros(3), np.zeros((2, 2)), np.zeros(1), np.zeros(0)):
        with pytest.raises(InputError, match="payoffs"):
            TableGame(bad)


def test_table_game_checks_coalitions():
    game = TableGame(np.arange(4.0))
    assert game(all_coalitions(2)).tolist() == [0, 1, 2, 3]
    assert game(np.array([[1, 0]])).tolist() == [1.0]
    with pytest.raises(InputError, match="shape"):
        game(np.zeros((1, 3), bool))
    with pytest.raises(InputError, match="0 and 1"):
        game(np.array([[2, 0]]))


def test_pair_interactions_are_the_librarys_and_zero_without_any():
    from shapiq.game_theory.exact import ExactComputer

    payoffs = np.random.default_rng(3).random(16)
    place = 1 << np.arange(4)
    computer = ExactComputer(lambda rows: payoffs[rows.astype(bool) @ place], n_players=4)
    known = computer("SII", 2)
    found = pair_interactions(payoffs)
    for i in range(4):
        for j in range(i):
            assert np.isclose(found[i, j], known[(j, i)]) and found[i, j] == found[j, i]
    linear = all_coalitions(3) @ np.array([0.1, 0.2, 0.3])
    assert np.allclose(pair_interactions(linear), 0)
    both = all_coalitions(3)[:, :2].all(axis=1).astype(float)  # only together
    assert np.allclose(pair_interactions(both), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    assert pair_interactions(np.array([0.0, 1.0])).tolist() == [[0.0]]
