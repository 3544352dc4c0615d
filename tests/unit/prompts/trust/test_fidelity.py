"""Fidelity against additive games, where every measure has a closed form; controls that fail."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions
from genlens.errors import InputError
from genlens.prompts.game import TableGame
from genlens.prompts.shapley import shapley
from genlens.prompts.trust.curves import curve, orders_of, ranking
from genlens.prompts.trust.fidelity import (
    correlated,
    fidelity,
    fidelity_of,
    fidelity_report,
    reversed_values,
)
from genlens.prompts.trust.infidelity import infidelity
from page_explanations import linear_explanation

pytestmark = pytest.mark.unit
WEIGHTS = np.array([0.1, 0.4, 0.0, 0.2])


def additive(weights=WEIGHTS, base=0.3):
    return TableGame(base + all_coalitions(len(weights)) @ weights)


def area(steps):
    """Trapezoid over equal steps, written out."""
    return sum((a + b) / 2 for a, b in pairwise(steps)) / (len(steps) - 1)


def test_curves_of_an_additive_game_are_the_closed_form():
    game = additive()
    ins = curve(game, WEIGHTS, "insertion")
    out = curve(game, WEIGHTS, "deletion")
    rising = np.concatenate([[0], np.cumsum([0.4, 0.2, 0.1, 0.0])]) / 0.7
    assert np.allclose(ins.payoffs, rising)
    assert np.allclose(out.payoffs, 1 - rising)
    assert ins.auc == pytest.approx(area(rising)) and out.auc == pytest.approx(1 - area(rising))
    # of all orders the mean area is one half, by symmetry
    assert ins.every_order and ins.random.shape == (24, 5)
    assert ins.random_auc == pytest.approx(0.5) and out.random_auc == pytest.approx(0.5)
    assert ins.gain > 0 and out.gain > 0
    assert ins.p_value == pytest.approx(1 / 24), "no order but this one does as well"
    assert ins.beaten == pytest.approx(23.5 / 24)
    assert ins.random_low < 0.5 < ins.random_high


def test_the_reverse_order_does_worse_than_chance():
    for kind in ("insertion", "deletion"):
        found = curve(additive(), -WEIGHTS, kind)
        assert found.gain < 0 and found.beaten < 0.1 and found.p_value == 1


def test_where_words_lower_the_payoff_the_lowest_come_first():
    up, down = additive(), TableGame(-additive().payoffs)
    for kind in ("insertion", "deletion"):
        assert curve(down, -WEIGHTS, kind).auc == pytest.approx(curve(up, WEIGHTS, kind).auc)


def test_random_orders_are_all_of_them_or_a_hundred_that_a_seed_repeats():
    assert orders_of(1)[0].shape == (1, 1) and orders_of(3)[1]
    drawn, every = orders_of(6, 3)
    assert drawn.shape == (100, 6) and not every
    assert np.array_equal(drawn, orders_of(6, 3)[0]) and not np.array_equal(
        drawn, orders_of(6, 4)[0]
    )
    assert (np.sort(drawn, axis=1) == np.arange(6)).all()


def test_ties_are_broken_by_chance_and_nan_is_refused():
    firsts = {int(ranking(np.zeros(4), seed)[0]) for seed in range(40)}
    assert firsts == {0, 1, 2, 3}, "equal values in the prompt's order would favour first words"
    with pytest.raises(InputError, match="NaN"):
        ranking(np.array([1.0, np.nan]))
    with pytest.raises(InputError, match="2 values for a prompt of 4"):
        curve(additive(), np.ones(2), "insertion")


def test_a_prompt_that_changes_nothing_has_no_area():
    found = curve(TableGame(np.ones(8)), np.arange(3.0), "deletion")
    assert math.isnan(found.auc) and math.isnan(found.p_value) and math.isnan(found.gain)


def test_infidelity_of_an_additive_game_is_zero_and_of_others_known():
    game = additive()
    good = infidelity(game, WEIGHTS)
    assert good.value.value == pytest.approx(0, abs=1e-18) and good.explained == pytest.approx(1)
    off = infidelity(game, WEIGHTS + np.array([0.1, 0, 0, 0]))
    # the extra 0.1 counts in the 8 of 15 groups that hold the first word
    assert off.value.value == pytest.approx(0.01 * 8 / 15)
    assert off.typical == pytest.approx(math.sqrt(0.01 * 8 / 15))
    nothing = infidelity(game, np.zeros(4))
    assert nothing.explained == pytest.approx(0)
    assert infidelity(game, -WEIGHTS).explained == pytest.approx(-3), "twice the drop, squared"
    assert good.value.low == good.value.high == good.value.value and good.value.n == 15


def test_infidelity_on_random_groups_holds_the_exact_one():
    game = TableGame(np.random.default_rng(1).normal(size=64))
    values = shapley(game).values
    exact = infidelity(game, values).value.value
    held = 0
    for seed in range(40):
        found = infidelity(game, values, groups=200, seed=seed).value
        held += found.low <= exact <= found.high
    assert held >= 34
    with pytest.raises(InputError, match="groups is 1"):
        infidelity(game, values, groups=1)
    with pytest.raises(InputError, match="finite"):
        infidelity(game, np.full(6, np.nan))


def test_values_that_add_up_and_are_handed_out_in_reverse_fail():
    game = additive()
    report = fidelity_report(game, (shapley(game),))
    assert sorted(report.control.values) == pytest.approx(sorted(WEIGHTS))
    assert report.control.values.argmax() == 2, "the word without effect gets most"
    assert report.control_fails is True
    trial = report.trials[0]
    assert trial.correlation == pytest.approx(1) and report.control.correlation < 0
    assert trial.infidelity.typical < report.control.infidelity.typical
    json.dumps(report.to_dict())


def test_a_control_that_cannot_differ_is_not_said_to_fail():
    game = additive(np.full(3, 0.2))
    assert fidelity_report(game, (shapley(game),)).control_fails is None
    one = additive(np.array([0.5]))
    assert fidelity_report(one, (shapley(one),)).control_fails is None
    assert np.array_equal(reversed_values(np.array([3.0, 1.0, 2.0])), [1.0, 3.0, 2.0])


def test_few_words_get_no_correlation():
    assert "too few" in correlated(np.array([1.0, 2.0]), np.array([1.0, 2.0]))[1]
    assert "alike" in correlated(np.ones(4), np.arange(4.0))[1]
    found = fidelity(additive(np.array([0.5])), shapley(additive(np.array([0.5]))))
    assert math.isnan(found.correlation) and found.insertion.auc == pytest.approx(0.5)


def test_a_wrong_sign_is_noticed_by_every_measure():
    rows = all_coalitions(5)
    game = TableGame(np.tanh(rows @ np.array([0.1, 0.4, -0.2, 0.7, 0.3])))
    right = shapley(game)
    wrong = replace(right, values=-right.values)
    good, bad = fidelity(game, right), fidelity(game, wrong)
    assert good.insertion.auc > bad.insertion.auc and good.deletion.auc < bad.deletion.auc
    assert good.infidelity.explained > bad.infidelity.explained
    assert good.correlation == pytest.approx(-bad.correlation)


def test_of_an_explanation_nothing_is_drawn():
    report = fidelity_of(linear_explanation("a red cat"))
    assert [t.method for t in report.trials] == ["shapley", "lime", "leave-one-out"]
    assert report.trials[0].infidelity.typical == pytest.approx(0, abs=1e-9)


def test_compactness_is_how_few_words_make_nine_tenths_of_the_change():
    game = TableGame(np.array([0, 0.7, 0.25, 0.95, 0.05, 0.75, 0.3, 1.0]))  # additive: .7 .25 .05
    best = curve(game, np.array([0.7, 0.25, 0.05]), "insertion")
    worst = curve(game, np.array([0.05, 0.25, 0.7]), "insertion")
    assert (best.compact, worst.compact) == (2, 3)
    # all six orders: 2 where the third word comes last, 3 elsewhere
    assert best.random_compact == pytest.approx((2 * 2 + 4 * 3) / 6)
    assert curve(game, np.array([0.7, 0.25, 0.05]), "deletion").compact == 2
    flat = curve(TableGame(np.ones(8)), np.array([1.0, 2, 3]), "insertion")
    assert np.isnan(flat.compact)
