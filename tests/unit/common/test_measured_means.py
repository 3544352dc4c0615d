"""The interval of a mean is that of the mean, and not of the values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from genlens.common.measures import mean

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("n", [2, 5, 400])
def test_it_is_students(n: int) -> None:
    values = np.random.default_rng(n).normal(2.0, 3.0, n)
    found = mean(values)
    wanted = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx(wanted)
    assert found.n == n and found.value == pytest.approx(values.mean())


def test_four_times_the_values_halve_it() -> None:
    few, many = (mean(np.tile([0.0, 1.0], n)) for n in (100, 400))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(2, rel=0.02)
