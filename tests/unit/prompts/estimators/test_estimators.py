"""Every estimator on games with known values: what all share, and what each is by its formula."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_WORDS, MOST_WORDS
from genlens.errors import Cancelled, InputError
from genlens.prompts import ESTIMATORS, PromptGame, TableGame, estimate
from genlens.prompts.shapley import pair_interactions, shapley
from prompt_painter import Painter, area_cost, play
from word_games import TermGame, additive, saturating, term_game

pytestmark = pytest.mark.unit
SHAPLEY = ("shapley", "budgeted", "preview", "permutation")
"""Estimators of Shapley values."""
ADDITIVE = (*SHAPLEY, "leave-one-out", "k-sii")
"""Estimators that are exact where nothing acts together."""


@pytest.mark.parametrize("name", ADDITIVE)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 7])
def test_an_additive_game_is_exact(name, d):
    game = additive(d, seed=d)
    found = estimate(game, name)
    assert np.allclose(found.values, game.shapley, atol=1e-9)
    assert found.base_value == pytest.approx(0.2)
    assert found.full_value == pytest.approx(0.2 + game.shapley.sum())
    assert found.method == name


@pytest.mark.parametrize("d", [2, 5])
def test_lime_without_a_ridge_is_exact_on_an_additive_game(d):
    game = additive(d, seed=d)
    found = estimate(game, "lime", ridge=1e-6)
    assert np.allclose(found.values, game.shapley, atol=1e-4)
    assert found.r2 == pytest.approx(1.0)
    assert found.settings["intercept"] == pytest.approx(0.2, abs=1e-4)
    held = estimate(game, "lime").values
    assert np.linalg.norm(held) < np.linalg.norm(game.shapley)  # the ridge holds back


@pytest.mark.parametrize("name", ["shapley", "budgeted", "preview", "permutation", "k-sii"])
@pytest.mark.parametrize("seed", range(3))
def test_values_that_claim_to_add_up_do(name, seed):
    assert ESTIMATORS[name].adds_up
    game = term_game(7, seed)
    found = estimate(game, name, seed=seed)
    assert found.total == pytest.approx(found.full_value - found.base_value, abs=1e-9)


@pytest.mark.parametrize("name", [n for n, e in ESTIMATORS.items() if not e.adds_up])
def test_those_that_do_not_claim_it_do_not(name):
    found = estimate(term_game(6, 1), name)  # v(none) is 0.2
    assert abs(found.total - (found.full_value - 0.2)) > 0.01


@pytest.mark.parametrize("name", SHAPLEY)
def test_symmetry_and_null_player(name):
    """Words 0 and 1 stand in for each other, word 4 does nothing. Exact for a game of pairs from
    pairs of sub-prompts; random orders only come near."""
    terms = {(0,): 0.3, (1,): 0.3, (2,): -0.2, (0, 1): -0.25, (2, 3): 0.4, (0, 3): 0.1, (1, 3): 0.1}
    game = TermGame(6, {**terms, (5,): 0.05})
    values = estimate(game, name, **({"images": 40} if name == "budgeted" else {})).values
    near = 0.1 if name == "permutation" else 1e-9
    assert values[0] == pytest.approx(values[1], abs=near)
    assert values[4] == pytest.approx(0, abs=1e-9)
    assert values == pytest.approx(game.shapley, abs=near)


def test_a_turned_sign_turns_the_values():
    game = term_game(6, 3)
    turned = TermGame(6, {words: -gain for words, gain in game.terms.items()}, base=-0.2)
    for name in ESTIMATORS:
        one, other = estimate(game, name), estimate(turned, name)
        assert np.allclose(one.values, -other.values, atol=1e-9), name
        assert np.abs(one.values).max() > 0.1, name


def test_all_images_make_the_budgeted_estimate_exact_and_sure():
    for d in range(2, 9):
        game, true = saturating(d, seed=d)
        found = estimate(game, "budgeted", images=2**d)
        assert np.allclose(found.values, true, atol=1e-9)
        assert np.array_equal(found.low, found.values) and np.array_equal(found.high, found.values)
        assert found.images == 2**d


@pytest.mark.parametrize("images", [26, 40, 60, 61, 120])
@pytest.mark.parametrize("name", ["budgeted", "permutation", "lime"])
def test_the_budget_is_kept_in_different_images(name, images):
    game = term_game(12)
    found = estimate(game, name, images=images)
    asked = np.concatenate(game.asked)
    assert len(np.unique(asked, axis=0)) == len(asked) == found.images == found.model_calls
    assert found.images <= images <= found.images + (13 if name == "permutation" else 1)
    assert ESTIMATORS[name].images(12, images) == images


@pytest.mark.parametrize("name", list(ESTIMATORS))
@pytest.mark.parametrize("d", [1, 2, 5, 8])
def test_the_cost_that_is_said_first_is_the_most(name, d):
    game = term_game(d, orders=(2,) if d > 1 else ())
    found = estimate(game, name)
    assert found.images <= ESTIMATORS[name].images(d)
    if not ESTIMATORS[name].budget:
        assert found.images == ESTIMATORS[name].images(d)


@pytest.mark.parametrize("name", [n for n, e in ESTIMATORS.items() if e.most == MOST_WORDS])
def test_twenty_words_need_no_table(name):
    game = term_game(20)
    found = estimate(game, name)
    assert found.images <= ESTIMATORS[name].images(20) <= 200
    assert np.isfinite(found.values).all() and len(found.values) == 20


def test_more_words_than_an_estimator_takes_are_refused_before_anything_is_asked():
    for name, estimator in ESTIMATORS.items():
        game = term_game(estimator.most + 1)
        with pytest.raises(InputError, match=f"at most {estimator.most} words") as caught:
            estimate(game, name)
        assert not game.asked
        assert ('"budgeted"' in str(caught.value)) == (estimator.most == MAX_WORDS)


def test_a_prompt_of_nine_words_is_played_but_not_exactly():
    nine = "a cat and a dog and a red car"
    painter = Painter()
    game = PromptGame(painter, nine, similarity=play("cat").similarity)
    found = estimate(game, "budgeted", images=40)
    expected = [area_cost(w) if w in ("cat", "dog", "car") else 0.0 for w in nine.split()]
    assert np.allclose(found.values, expected, atol=1e-7)
    assert sum(map(len, painter.calls)) == game.model_calls <= found.images == 40
    with pytest.raises(InputError, match="budgeted"):
        shapley(game)
    with pytest.raises(InputError, match="21 words; at most 20"):
        play(" ".join(["cat"] * 21))


def test_estimators_of_one_game_share_its_pictures():
    game = play("a cat and the car")
    estimate(game, "shapley")
    again = [estimate(game, name) for name in ESTIMATORS]
    assert game.model_calls == 32
    assert all(found.model_calls == 0 for found in again)


def test_a_seed_repeats_and_another_does_not():
    game, _ = saturating(8, 1)
    for name, estimator in ESTIMATORS.items():
        small = {"images": 30} if estimator.budget else {}
        one, same = (estimate(game, name, seed=4, **small) for _ in range(2))
        assert np.array_equal(one.values, same.values)
        other = estimate(game, name, seed=5, **small)
        assert np.array_equal(one.values, other.values) != estimator.random, name


def test_leave_one_out_and_the_sum_of_similarities_are_their_formulas():
    payoffs = np.random.default_rng(0).normal(size=16)
    rows = all_coalitions(4)
    left_out = estimate(TableGame(payoffs), "leave-one-out").values
    assert np.allclose(left_out, [payoffs[15] - payoffs[15 - 2**i] for i in range(4)])
    sums = estimate(TableGame(payoffs), "similarity-sum")
    total = np.array([payoffs[1:][rows[1:, i]].sum() for i in range(4)])
    assert np.allclose(sums.values, total / 8)
    assert np.allclose(sums.shares, total / total.sum())
    assert sums.images == 15 and np.isnan(sums.base_value)


def test_the_papers_variant_is_that_of_shapley():
    payoffs = np.random.default_rng(1).normal(size=32)
    ours = estimate(TableGame(payoffs), "shapley-nonempty")
    theirs = shapley(TableGame(payoffs), normalise="nonempty")
    assert np.allclose(ours.values, theirs.values) and ours.base_value == theirs.base_value
    assert ours.images == 31


@pytest.mark.parametrize("d", [2, 3, 6, 8])
def test_k_sii_is_the_interaction_index_and_what_is_left_of_the_shapley_values(d):
    payoffs = np.random.default_rng(d).normal(size=2**d)
    found = estimate(TableGame(payoffs), "k-sii")
    pairs = pair_interactions(payoffs)
    assert np.allclose(found.pairs, pairs, atol=1e-9)
    true = shapley(TableGame(payoffs)).values
    assert np.allclose(found.values, true - pairs.sum(axis=1) / 2, atol=1e-9)


def test_a_pair_of_words_that_need_each_other_is_seen():
    found = estimate(TermGame(4, {(0,): 0.1, (1, 2): 0.5}), "k-sii")
    assert found.pairs[1, 2] == found.pairs[2, 1] == pytest.approx(0.5)
    assert np.abs(np.delete(found.pairs[1], 2)).max() < 1e-9
    assert found.values == pytest.approx([0.1, 0, 0, 0], abs=1e-9)


def test_nan_payoffs_are_refused_by_name():
    payoffs = np.zeros(16)
    payoffs[5] = np.nan
    for name in ("shapley", "budgeted", "lime", "permutation", "k-sii", "similarity-sum"):
        with pytest.raises(InputError, match="'1 3' is nan"):
            estimate(TableGame(payoffs), name)


def test_cancel_and_progress():
    seen = []
    game = term_game(12)
    estimate(game, "budgeted", images=70, progress=lambda *told: seen.append(told[:2]))
    assert seen == [(0, 70), (32, 70), (64, 70), (70, 70)]
    stopped = term_game(12)
    with pytest.raises(Cancelled, match="after 32 of 70"):
        estimate(stopped, "budgeted", images=70, cancel=lambda: stopped.model_calls > 0)
    assert stopped.model_calls == 32


def test_settings_are_checked():
    game = term_game(12)
    for name, settings, says in (
        ("budgeted", {"images": 25}, "at least 26"),
        ("budgeted", {"images": 10**6}, "images is 1000000"),
        ("budgeted", {"images": True}, "images is True"),
        ("permutation", {"images": 12}, "needs 13"),
        ("lime", {"images": 2}, "at least 3"),
        ("lime", {"ridge": 0.0}, "ridge"),
        ("lime", {"kernel_width": float("nan")}, "kernel_width"),
        ("preview", {"images": 30}, "takes no setting 'images'"),
        ("sharpley", {}, "there is no estimator 'sharpley'"),
    ):
        with pytest.raises(InputError, match=says):
            estimate(game, name, **settings)
    with pytest.raises(InputError, match="seed"):
        estimate(game, "budgeted", seed=-1)
    assert not game.asked


def test_estimators_say_everything_about_themselves():
    for name, estimator in ESTIMATORS.items():
        assert name == estimator.name
        for text in (estimator.help, estimator.misleads, estimator.sums):
            assert text[0].isupper() and text.endswith(".")
        assert estimator.paper and estimator.equation and estimator.title
        assert {option.name for option in estimator.options} == set(estimator.settings)
        assert ("images" in estimator.settings) == (estimator.budget is not None)
        found = estimate(term_game(5), name)
        assert (found.low is not None) == estimator.interval or name == "preview"
        assert (found.pairs is not None) == estimator.pairs
        assert found.to_dict()["images"] == found.images


def test_words_that_do_nothing_at_all():
    game = TermGame(5, {}, base=0.9)
    for name in ESTIMATORS:
        found = estimate(game, name)
        assert np.allclose(found.values, 0.9 if name == "similarity-sum" else 0, atol=1e-9), name
    lime = estimate(game, "lime")
    assert np.isnan(lime.r2) and "nothing to fit" in lime.notes[0]
