"""The budgeted estimator: its weights against the formulas, its sampling, its accuracy and its
intervals on 100 games of each kind."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions
from genlens.prompts import estimate
from genlens.prompts.estimators.kernel import kernel_weights, leverage_scores, solve
from genlens.prompts.estimators.sampling import draw_pairs, expected, pairs_of_size
from word_games import saturating, term_game

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("d", [3, 5, 7])
def test_leverage_scores_are_those_of_the_regressions_matrix(d):
    rows = all_coalitions(d)[1:-1]
    sizes = rows.sum(axis=1)
    matrix = np.sqrt(kernel_weights(d, sizes))[:, None] * (rows - sizes[:, None] / d)
    hat = np.einsum("si,ij,sj->s", matrix, np.linalg.pinv(matrix.T @ matrix), matrix)
    assert np.allclose(leverage_scores(d, sizes), hat)
    assert leverage_scores(d, sizes).sum() == pytest.approx(d - 1)


@pytest.mark.parametrize("d", [2, 4, 6])
def test_the_regression_on_all_pairs_gives_shapley_values(d):
    game, true = saturating(d, d)
    rows = all_coalitions(d)
    kept = rows[1:-1][rows[1:-1, 0]]  # one of each pair
    odd = (game(kept) - game(~kept)) / 2
    total = float(game(rows[-1:])[0] - game(rows[:1])[0])
    fit = solve(kept, odd, kernel_weights(d, kept.sum(axis=1)), total)
    assert np.allclose(fit.values, true, atol=1e-12)
    assert (fit.hat >= -1e-12).all() and fit.hat.sum() == pytest.approx(d - 1)


@pytest.mark.parametrize("d", [4, 5, 9, 12, 20])
def test_every_size_gets_its_leverage_until_it_is_full(d):
    sizes = np.arange(2, d // 2 + 1)
    there = np.array([pairs_of_size(d, s) for s in sizes.tolist()])
    assert there.sum() == (2**d - 2 - 2 * d) // 2
    for count in (0, 1, 5, 40, 10**6):
        wanted = expected(d, sizes, there, count)
        assert wanted.sum() == pytest.approx(min(count, there.sum()))
        assert (wanted <= there + 1e-9).all()
        open_ = wanted < there
        per_size = wanted[open_] / np.where(2 * sizes[open_] == d, 1, 2)
        assert np.ptp(per_size) < 1e-9 if open_.any() else True


def test_pairs_are_different_and_equally_likely():
    d, hits = 6, {}
    for seed in range(1000):
        drawn = draw_pairs(d, 8, np.random.default_rng(seed))
        assert len(drawn.members) == 8
        rows = np.concatenate([drawn.members, ~drawn.members])
        assert len(np.unique(rows, axis=0)) == 16
        for row, chance in zip(drawn.members, drawn.chance, strict=True):
            number, _ = hits.get(tuple(row), (0, 0))
            hits[tuple(row)] = (number + 1, chance)
    assert len(hits) == 15 + 10
    counts = np.array([n for n, _ in hits.values()])
    chances = np.array([c for _, c in hits.values()])
    assert np.abs(counts / 1000 - chances).max() < 0.06


@pytest.mark.parametrize(("d", "count"), [(6, 8), (9, 7), (12, 13)])
def test_each_size_gets_its_expected_number_on_average(d, count):
    """Rounding must not favour a size: the estimate divides by the expected number."""
    sizes = np.arange(2, d // 2 + 1)
    there = np.array([pairs_of_size(d, s) for s in sizes])
    wanted = expected(d, sizes, there, count)
    assert (np.abs(wanted - np.round(wanted)) > 0.02).any()  # else nothing is rounded
    drawn = [draw_pairs(d, count, np.random.default_rng(seed)).members for seed in range(600)]
    got = np.array([[(m.sum(axis=1) == s).sum() for s in sizes] for m in drawn])
    assert np.abs(got.mean(axis=0) - wanted).max() < 4 * 0.5 / np.sqrt(600)
    assert np.abs(got - wanted).max() <= 1 + 1e-9


def test_the_whole_of_a_size_is_certain():
    drawn = draw_pairs(8, 50, np.random.default_rng(0))
    pairs = {tuple(np.flatnonzero(r)) for r in drawn.members if r.sum() == 2}
    whole = drawn.chance[drawn.members.sum(axis=1) == 2]
    assert pairs <= set(combinations(range(8), 2))
    everything = draw_pairs(8, 10**6, np.random.default_rng(0))
    assert len(everything.members) == 119 and (everything.chance == 1).all()
    assert (whole < 1).all()


KINDS = {
    "saturating 9": (lambda seed: saturating(9, seed), 9),
    "saturating 12": (lambda seed: saturating(12, seed), 12),
    "third order 12": (lambda seed: _known(term_game(12, seed)), 12),
    "third order 20": (lambda seed: _known(term_game(20, seed)), 20),
    "fifth order 15": (lambda seed: _known(term_game(15, seed, orders=(2, 3, 5), size=1.0)), 15),
}


def _known(game):
    return game, game.shapley


@pytest.mark.parametrize("per_word", [5, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_the_true_value_in_nine_of_ten_games(kind, per_word):
    """Calibrated, and no more careful than that: 93 to 99 % of the words of 100 games, and the word
    of each place in 88 games at least."""
    make, d = KINDS[kind]
    held, wide, off = [], [], []
    for seed in range(100):
        game, true = make(seed)
        found = estimate(game, "budgeted", images=per_word * d, seed=seed)
        held.append((found.low <= true) & (true <= found.high))
        wide.append((found.high - found.low).mean())
        off.append(np.abs(found.values - true).mean())
    coverage = np.mean(held)
    assert 0.93 <= coverage <= 0.99, f"{kind}, {per_word} a word: {coverage:.3f}"
    assert np.mean(held, axis=0).min() >= 0.88
    assert np.mean(wide) < 12 * np.mean(off)  # not calibrated by being endless


def test_intervals_of_a_game_of_pairs_have_no_width():
    found = estimate(term_game(12, 0, orders=(2,)), "budgeted", images=60)
    assert np.allclose(found.low, found.high, atol=1e-9)


def test_a_narrowed_interval_would_be_noticed():
    """The control of the test above: intervals of half the width hold far less."""
    held = []
    for seed in range(60):
        game, true = saturating(9, seed)
        found = estimate(game, "budgeted", images=45, seed=seed)
        held.append(np.abs(found.values - true) <= (found.high - found.low) / 4)
    assert np.mean(held) < 0.85


def test_more_images_are_better_and_ours_is_better_than_random_orders():
    errors = {"permutation": [], "preview": [], "five": [], "ten": []}
    for seed in range(60):
        game, true = saturating(9, seed)
        for key, name, settings in (
            ("permutation", "permutation", {"images": 90}),
            ("preview", "preview", {}),
            ("five", "budgeted", {"images": 45}),
            ("ten", "budgeted", {"images": 90}),
        ):
            values = estimate(game, name, seed=seed, **settings).values
            errors[key].append(np.linalg.norm(values - true) / np.linalg.norm(true))
    permuted, glance, five, ten = (np.median(errors[key]) for key in errors)
    assert ten < five < glance
    assert ten < permuted / 2  # from as many images


def test_too_few_pairs_give_no_interval():
    game = term_game(12)
    assert estimate(game, "preview").low is None
    assert estimate(game, "budgeted", images=28).low is None  # one pair
    assert estimate(game, "budgeted", images=30).low is not None
    first = estimate(game, "preview")
    assert np.allclose(estimate(game, "budgeted", images=26).values, first.values)


def test_the_preview_is_the_mean_of_first_in_and_last_out():
    game = term_game(7, 5)
    found = estimate(game, "preview").values
    one = np.eye(7, dtype=bool)
    none, full = game(np.array([[False] * 7, [True] * 7]))
    mean = (game(one) - none + full - game(~one)) / 2
    assert np.allclose(found, mean + (full - none - mean.sum()) / 7)
