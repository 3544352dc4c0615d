"""Intervals cover the truth as often as they say, and are honest at the ends."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.measures import (
    Measure,
    exact,
    jackknife,
    mean,
    mean_interval,
    median,
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


def test_the_interval_of_a_mean_is_no_standard_deviation_and_no_standard_error() -> None:
    samples = np.random.default_rng(5).normal(1.0, 2.0, (1000, 12))
    found = [mean(row) for row in samples]
    assert 0.93 <= np.mean([m.low <= 1.0 <= m.high for m in found]) <= 0.97
    in_pairs = [mean(np.repeat(row, 2), groups=np.repeat(np.arange(12), 2)) for row in samples]
    assert 0.93 <= np.mean([m.low <= 1.0 <= m.high for m in in_pairs]) <= 0.97


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


def test_the_median_lies_between_values_that_hold_it() -> None:
    samples = np.random.default_rng(2).exponential(1.0, (2000, 16))
    found = [median(row) for row in samples]
    covered = np.mean([m.low <= np.log(2) <= m.high for m in found])
    assert 0.95 <= covered <= 0.99
    assert median([1.0, 2.0, 9.0]).value == 2.0 and median([1.0, 2.0]).high == float("inf")
    assert median([float("nan")]).n == 0 and median([1.0, float("nan")]).n == 1


def test_the_jackknife_knows_the_interval_of_a_mean() -> None:
    rows = np.random.default_rng(3).normal(size=400)
    found, known = jackknife(lambda kept: float(rows[kept].mean()), 400), mean(rows)
    assert found.value == pytest.approx(known.value)
    assert found.high - found.low == pytest.approx(known.high - known.low, rel=0.6)
    spreads = np.random.default_rng(4).normal(size=(400, 100))
    intervals = [jackknife(lambda k, r=r: float(r[k].std()), 100) for r in spreads]
    assert 0.88 <= np.mean([m.low <= 1.0 <= m.high for m in intervals]) <= 0.99
    assert jackknife(lambda kept: 1.0, 1).high == float("inf")


def test_a_measure_is_read_as_it_was_written() -> None:
    found = mean([1.0, 2.0, float("nan")], {"not seen": 2})
    assert Measure.read(found.to_dict()) == found
    assert exact(3.0, 5).low == 3.0 == exact(3.0).high
    for damaged in (None, 3.0, [], {}, {"value": "many", "n": "few", "left_out": 7}):
        assert np.isnan(Measure.read(damaged).value) and Measure.read(damaged).n == 0
    assert mean([0.9, 1.1, 1.3]).within(0, 1).high == 1


def test_answers_of_one_group_are_not_independent() -> None:
    answers, groups = [True] * 10 + [False] * 10, [0] * 10 + [1] * 10
    careless, grouped = share(answers), share(answers, groups=groups)
    assert grouped.high - grouped.low > 1.5 * (careless.high - careless.low)
    assert share([True] * 20, groups=groups).low < 0.9  # all alike: no certainty
