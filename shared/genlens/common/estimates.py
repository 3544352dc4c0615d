"""Measures beside the plain mean: means of skewed values, medians, exact numbers, anything by a
jackknife."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from genlens.common.measures import CONFIDENCE, Measure, mean, mean_interval


def exact(value: float, n: int = 0) -> Measure:
    """A number that was counted and not estimated from ``n`` cases: its interval is itself."""
    return Measure(float(value), float(value), float(value), n)


def skewed_mean(values: Sequence[float], left_out: Mapping[str, int] | None = None) -> Measure:
    """The mean of finite ``values`` whose distribution may be skewed, such as sizes of changes: few
    of them are large. Student's interval then lies too low (of 100 values that are as skewed as
    chi-squared with half a degree of freedom it misses the mean in 8 % of all draws, nearly always
    from below); here its statistic is first freed of the skewness that the values show (Hall 1992,
    J. R. Statist. Soc. B 54, 221-228, the cubic transformation). Without skewness it is Student's.
    """
    rows = np.asarray(values, dtype=np.float64)
    kept, plain = rows[np.isfinite(rows)], mean(values, left_out)
    n = len(kept)
    spread = float(kept.std()) if n else 0.0
    if n < 3 or spread <= 1e-12 * float(np.abs(kept).max()):
        return plain
    skew = float(((kept - plain.value) ** 3).mean()) / spread**3 / n**0.5
    if abs(skew) < 1e-6:
        return plain
    reach = (plain.high - plain.low) / 2
    error = float(kept.std(ddof=1)) / n**0.5
    quantile = reach / error

    def freed(q: float) -> float:
        return float(3 * (np.cbrt(1 + skew * (q - skew / 6)) - 1) / skew)

    low, high = plain.value - error * freed(quantile), plain.value - error * freed(-quantile)
    return Measure(plain.value, low, high, plain.n, plain.left_out)


def median(values: Sequence[float], left_out: Mapping[str, int] | None = None) -> Measure:
    """The median of the finite ``values``, between the two of them that hold the true median with
    95 % whatever the distribution (order statistics, a binomial count); fewer than six values
    cannot: (-inf, inf)."""
    from scipy.stats import binom

    rows = np.sort(np.asarray(values, dtype=np.float64))
    kept = rows[np.isfinite(rows)]
    reasons, n = dict(left_out or {}), len(kept)
    if n < len(rows):
        reasons["no finite value"] = len(rows) - n
    if not n:
        return Measure(float("nan"), float("nan"), float("nan"), 0, reasons)
    k = int(binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))  # the median lies below k values that rarely
    low, high = (kept[k - 1], kept[n - k]) if k > 0 else (-np.inf, np.inf)
    return Measure(float(np.median(kept)), float(low), float(high), n, reasons)


def jackknife(measure: Callable[[np.ndarray], float], n: int, blocks: int = 10) -> Measure:
    """Any figure of ``n`` cases, ``measure(rows)``, that is no mean over them: its interval is from
    how much it changes when every tenth case is left out, in turn (delete-a-group jackknife, Efron
    1982, "The jackknife, the bootstrap and other resampling plans", section 2)."""
    rows = np.arange(n)
    value = float(measure(rows))
    parts = min(blocks, n)
    if parts < 2 or not np.isfinite(value):
        return Measure(value, float("-inf"), float("inf"), n)
    without = np.array([measure(rows[rows % parts != k]) for k in range(parts)])
    error = float(np.sqrt((parts - 1) * np.mean((without - without.mean()) ** 2)))
    return Measure(value, *mean_interval(value, error, parts), n)
