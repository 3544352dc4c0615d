"""Intervals cover the truth as often as they say, and are honest at the ends."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.measures import (
    against,
    independent,
    mean,
    mean_interval,
    ratio,
    share,
    share_interval,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("truth", [0.05, 0.5, 0.92])
def test_share_intervals_cover_the_truth(truth: float) -> None:
    hits = np.random.default_rng(0).binomial(60, truth, 2000)
    found = {h: share_interval(int(h), 60) for h in np.unique(hits)}
    covered = np.mean([found[h][0] <= truth <= found[h][1] for h in hits])
    assert 0.92 <= covered <= 0.98


def test_share_intervals_at_the_ends() -> None:
    low, high = share_interval(0, 20)
    assert low == pytest.approx(0, abs=1e-9) and 0.1 < high < 0.2
    low, high = share_interval(20, 20)
    assert 0.8 < low < 0.9 and high == pytest.approx(1)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_mean_intervals_cover_the_truth() -> None:
    samples = np.random.default_rng(1).normal(3.0, 2.0, (2000, 8))
    errors = samples.std(axis=1, ddof=1) / np.sqrt(8)
    found = [mean_interval(m, e, 8) for m, e in zip(samples.mean(axis=1), errors, strict=True)]
    assert 0.93 <= np.mean([low <= 3.0 <= high for low, high in found]) <= 0.97
    assert mean_interval(1.0, 0.0, 1) == (float("-inf"), float("inf"))


def test_what_is_left_out_is_not_counted_and_not_forgotten() -> None:
    found = share([True, True, False], {"not seen": 2})
    assert (found.value, found.n, found.left_out) == (pytest.approx(2 / 3), 3, {"not seen": 2})
    found = mean([1.0, 3.0, float("nan")])
    assert (found.value, found.n, found.left_out) == (2.0, 2, {"no finite value": 1})
    assert np.isnan(mean([]).value) and np.isnan(share([]).value)
    assert (share([]).low, share([]).high) == (0.0, 1.0)


def test_values_of_one_group_are_not_independent() -> None:
    """Ten copies of each of four numbers know no more than the four."""
    values = np.repeat([1.0, 2.0, 3.0, 4.0], 10)
    grouped = mean(values, groups=np.repeat([0, 1, 2, 3], 10))
    single = mean([1.0, 2.0, 3.0, 4.0])
    assert (grouped.low, grouped.high) == (pytest.approx(single.low), pytest.approx(single.high))
    assert grouped.n == 40
    careless = mean(values)
    assert careless.high - careless.low < 0.4 * (grouped.high - grouped.low)


def test_share_intervals_are_wilsons() -> None:
    """The library's own, which takes whole numbers only."""
    from scipy.stats import binomtest

    for hits, n in ((0, 9), (3, 9), (9, 9), (181, 200)):
        theirs = binomtest(hits, n).proportion_ci(0.95, method="wilson")
        assert share_interval(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_answers_of_one_group_are_worth_fewer() -> None:
    """Twenty prompts of which each answers five times the same know no more than twenty answers."""
    alike = np.repeat([True] * 12 + [False] * 8, 5)
    groups = np.repeat(np.arange(20), 5)
    assert independent(alike, groups) == pytest.approx(19)  # one is spent on the mean
    found, single = share(alike, groups=groups), share([True] * 12 + [False] * 8)
    assert found.n == 100 and found.value == single.value
    assert (found.low, found.high) == pytest.approx((single.low, single.high), abs=0.01)
    assert independent(alike, np.arange(100)) == pytest.approx(99)
    assert independent([True] * 100, groups) == 20 and share([True] * 100, groups=groups).low < 0.9


def test_grouped_share_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(40), 3)
    covered = careless = 0
    for _ in range(1000):
        easy = rng.beta(2, 1, 40)  # mean 2/3; each group has an ease of its own
        answers = rng.random(120) < np.repeat(easy, 3)
        found, flat = share(answers, groups=groups), share(answers)
        covered += found.low <= 2 / 3 <= found.high
        careless += flat.low <= 2 / 3 <= flat.high
    assert 0.92 <= covered / 1000 <= 0.98 and careless < covered - 30


def test_ratios_of_means_and_their_intervals() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(1000):
        bottoms = rng.gamma(4.0, 1.0, 30)
        found = ratio(0.2 * bottoms + rng.normal(0, 0.1, 30), bottoms)
        covered += found.low <= 0.2 <= found.high
    assert 0.92 <= covered / 1000 <= 0.98
    assert ratio([1.0, 3.0], [2.0, 2.0]).value == 1.0 and np.isnan(ratio([], []).value)


@pytest.mark.parametrize(
    ("low", "high", "sense", "found"),
    [
        (0.8, 0.9, ">=", True), (0.5, 0.79, ">=", False), (0.57, 0.98, ">=", None),
        (0.1, 0.8, "<=", True), (0.81, 0.9, "<=", False), (0.7, 0.9, "<=", None),
        (None, 0.9, ">=", None), (float("nan"), float("nan"), ">=", None),
    ],
)  # fmt: skip
def test_a_bar_inside_the_interval_cannot_be_told(low, high, sense, found):
    assert against(low, high, sense, 0.8) is found
