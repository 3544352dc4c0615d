"""Intervals cover the truth as often as they say, and are honest at the ends."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.intervals import mean_interval, share_interval

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
