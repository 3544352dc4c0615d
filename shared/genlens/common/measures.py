"""Measured figures: a value with its 95 % interval, how many cases are behind it, and how many were
left out, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genlens.common.records import Record

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measure(Record):
    """``value`` with ``low`` and ``high``, the ends of its 95 % interval; NaN where nothing was
    counted. ``n`` cases are behind it; ``left_out`` says how many more there were, by reason (they
    are not counted in ``n``)."""

    value: float
    low: float
    high: float
    n: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g}, n = {self.n})"


def share(answers: Sequence[bool], left_out: Mapping[str, int] | None = None) -> Measure:
    """The share of True among ``answers``, with Wilson's interval."""
    hits, n = int(sum(answers)), len(answers)
    low, high = share_interval(hits, n)
    return Measure(hits / n if n else float("nan"), low, high, n, dict(left_out or {}))


def mean(
    values: Sequence[float],
    left_out: Mapping[str, int] | None = None,
    groups: Sequence[int] | None = None,
) -> Measure:
    """The mean of ``values``, with Student's t-interval; values that are not finite are left out.

    ``groups`` name what values have in common (a picture, a training seed): values of one group
    are not independent, so the interval is that of the means of the groups.
    """
    rows = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(rows)
    reasons = dict(left_out or {})
    if not finite.all():
        reasons["no finite value"] = int((~finite).sum())
    kept = rows[finite]
    if not len(kept):
        return Measure(float("nan"), float("nan"), float("nan"), 0, reasons)
    if groups is not None:
        of = np.asarray(groups)[finite]
        kept = np.array([kept[of == g].mean() for g in np.unique(of)])
    n = len(kept)
    error = float(kept.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    low, high = mean_interval(float(kept.mean()), error, n)
    return Measure(float(kept.mean()), low, high, int(finite.sum()), reasons)


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """(low, high) of the share ``hits`` / ``n``, in [0, 1]: Wilson's score interval, which stays
    inside the range and is not empty at 0 or ``n`` hits (Wilson 1927, JASA 22, 209-212).

    ``n`` = 0 knows nothing: (0, 1).
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    ends = binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(ends.low), float(ends.high)


def mean_interval(mean: float, standard_error: float, n: int) -> tuple[float, float]:
    """(low, high) of the mean of ``n`` independent values with ``standard_error``: Student's t.

    Fewer than two values know nothing of their spread: (-inf, inf).
    """
    if n < 2:
        return float("-inf"), float("inf")
    from scipy.stats import t

    reach = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * standard_error
    return mean - reach, mean + reach
