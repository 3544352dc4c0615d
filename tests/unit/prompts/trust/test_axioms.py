"""Axioms against games whose answer is known: who keeps which, and who does not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Word
from genlens.prompts.game import TableGame
from genlens.prompts.shapley import shapley
from genlens.prompts.trust.axiom import Case
from genlens.prompts.trust.axioms import AXIOMS, axioms_of, case_of, check_axioms
from genlens.prompts.trust.explainers import EXPLAINERS, leave_one_out, reading_order
from genlens.prompts.trust.null_player import largest_effects, with_silent_word
from genlens.prompts.trust.superadditivity import superadditivity
from genlens.prompts.trust.symmetry import duplicated
from page_explanations import linear_explanation

pytestmark = pytest.mark.unit


def random_game(d, seed=0):
    return TableGame(np.random.default_rng(seed).normal(size=2**d))


def case(d=4, seed=0):
    return Case(random_game(d, seed), random_game(d, seed + 100))


@pytest.mark.parametrize("d", [1, 2, 4, 7, 8])
def test_shapley_keeps_every_axiom_of_any_game(d):
    report = check_axioms(case(d))
    for name, axiom in AXIOMS.items():
        if not axiom.of_prompt:
            found = report.of(name, "shapley")
            assert found.holds and found.deviation < 1e-9, found
    json.dumps(report.to_dict())


def test_leave_one_out_does_not_add_up_and_a_place_decides_in_reading_order():
    report = check_axioms(case(4))
    assert report.of("efficiency", "leave-one-out").holds is False
    assert report.of("symmetry", "leave-one-out").holds
    for axiom in ("efficiency", "null-player"):  # LIME fits near the whole prompt, from a sample
        assert report.of(axiom, "lime").holds is False, axiom
    assert report.of("linearity", "lime").holds
    assert report.of("efficiency", "reading-order").holds
    assert report.of("symmetry", "reading-order").holds is False
    for method in ("leave-one-out", "reading-order"):
        assert report.of("null-player", method).holds and report.of("linearity", method).holds


def test_efficiency_names_the_sum_and_what_it_should_be():
    both_needed = TableGame(np.array([0.0, 0.0, 0.0, 1.0]))
    found = check_axioms(Case(both_needed, both_needed)).of("efficiency", "leave-one-out")
    assert found.deviation == pytest.approx(1.0)  # each word loses all: 2 instead of 1
    assert "add up to 2.0000; v(all) − v(none) is 1.0000" in found.says


def test_a_method_that_breaks_an_axiom_is_found_out():
    def unfair(game):
        found = shapley(game)
        values = found.values.copy()
        values[0] += 0.3
        values[-1] -= 0.3  # still efficient
        return replace(found, values=values)

    def squared(game):
        found = shapley(game)
        return replace(found, values=found.values**2)

    methods = {"unfair": ("Unfair", unfair), "squared": ("Squared", squared)}
    report = check_axioms(case(3), methods=methods)
    assert report.of("efficiency", "unfair").holds
    assert report.of("symmetry", "unfair").deviation > 0.3 - 1e-9
    assert report.of("null-player", "unfair").deviation == pytest.approx(0.3)
    assert report.of("linearity", "squared").holds is False


def test_the_games_that_axioms_are_tested_on():
    game = random_game(3)
    twin = duplicated(game, 1)
    rows = all_coalitions(4)
    swapped = rows[:, [0, 3, 2, 1]]
    assert np.array_equal(twin(rows), twin(swapped)), "word and copy can be exchanged"
    only_copy = np.array([[False, False, False, True]])
    assert twin(only_copy)[0] == game(np.array([[False, True, False]]))[0]
    silent = with_silent_word(game)
    said = rows.copy()
    said[:, 3] = True
    assert np.array_equal(silent(rows), silent(said))


def test_largest_effect_and_fillers():
    payoffs = np.array([0.0, 0.5, 0.1, 0.3])  # word 1: +0.1 alone, -0.2 after word 0
    game = TableGame(payoffs)
    assert np.allclose(largest_effects(game), [0.5, 0.2])
    found = check_axioms(Case(game, game, fillers=(1,))).of("null-player", "shapley")
    assert found.holds and "by more than 0.2000" in found.says

    def generous(game):
        return replace(shapley(game), values=np.full(game.d, 0.25))

    report = check_axioms(Case(game, game, (1,)), methods={"g": ("G", generous)})
    assert report.of("null-player", "g").holds is False


def test_superadditivity_counts_and_names_the_worst_pair():
    # three words: 0 and 1 say the same, 2 adds
    value = {(): 0.2, (0,): 0.5, (1,): 0.5, (0, 1): 0.5, (2,): 0.3, (0, 2): 0.6, (1, 2): 0.6}
    value[(0, 1, 2)] = 0.6
    payoffs = np.array([value[tuple(np.flatnonzero(r).tolist())] for r in all_coalitions(3)])
    found = superadditivity(TableGame(payoffs), 1e-9)
    assert found.pairs == 6
    # v - 0.2: {0}{1}: .3 < .6; {0}{1,2}: .4 < .7; {1}{0,2}: .4 < .7; those with 2 alone add up
    assert found.violated == 3 and found.worst == pytest.approx(0.3)
    assert set(found.first) & {0, 1} and set(found.second) & {0, 1}
    assert found.as_written == 6, "with the empty prompt's 0.2 counted twice none holds"


def test_superadditivity_holds_for_additive_and_helping_words():
    weights = np.array([0.1, 0.2, 0.4])
    rows = all_coalitions(3)
    assert superadditivity(TableGame(0.3 + rows @ weights), 1e-9).violated == 0
    assert superadditivity(TableGame((rows @ weights) ** 2), 1e-9).violated == 0
    hindering = superadditivity(TableGame(np.sqrt(rows @ weights)), 1e-9)
    assert hindering.violated == hindering.pairs == 6
    report = check_axioms(Case(TableGame(np.array([0.0, 1.0])), TableGame(np.zeros(2))))
    assert report.of("superadditivity").holds is None


def test_explainers_are_the_closed_form():
    game = TableGame(np.array([0.0, 0.5, 0.1, 1.0]))
    assert np.allclose(leave_one_out(game).values, [0.9, 0.5])
    assert np.allclose(reading_order(game).values, [0.5, 0.5])


def test_of_an_explanation_nothing_is_drawn_and_fillers_are_known():
    explanation = linear_explanation("please a cat", (0.0, 0.05, 0.3))
    assert case_of(explanation).fillers == (0,)
    report = axioms_of(explanation)
    assert (
        report.second_payoff == "Pixels" and "“please”" in report.of("null-player", "shapley").says
    )
    made = replace(explanation.made_by, settings={"similarity": "pixels"})
    assert case_of(replace(explanation, made_by=made)).second_name == "SSIM", "not twice the same"
    foreign = replace(explanation, made_by=replace(explanation.made_by, source="hub"))
    assert case_of(foreign).fillers == ()


def test_repeated_words_are_told_apart_by_their_place():
    game = TableGame(random_game(2).payoffs, (Word("cat"), Word("cat")))
    says = check_axioms(Case(game, game)).of("symmetry", "reading-order").says
    assert "(word " in says


def test_odd_input_is_refused():
    with pytest.raises(InputError, match="payoff 3 is nan"):
        Case(TableGame(np.array([0, 1, 2, np.nan])), random_game(2))
    with pytest.raises(InputError, match="two payoffs of one prompt"):
        Case(random_game(2), random_game(3))
    with pytest.raises(Cancelled):
        check_axioms(case(2), cancel=lambda: True)
    constant = TableGame(np.ones(4))
    report = check_axioms(Case(constant, constant))
    assert all(f.holds for f in report.findings if f.method == "shapley")


def test_each_axiom_knows_everything_about_itself():
    for axiom in AXIOMS.values():
        assert axiom.title and axiom.equation and axiom.paper
        assert axiom.help.endswith(".") and axiom.why.endswith(".")
    assert set(EXPLAINERS) >= {"shapley", "leave-one-out"}
