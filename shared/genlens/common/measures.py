"""Measured figures: a value with its 95 % interval, how many cases are behind it, and how many were
left out, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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

    @classmethod
    def read(cls, written: object) -> Measure:
        """The measure that ``to_dict`` wrote. What is missing from it, or no number, is NaN, and of
        anything but such a dictionary nothing was counted: a damaged file stays readable."""
        values: Mapping[object, object] = written if isinstance(written, Mapping) else {}
        reasons, n = values.get("left_out"), _number(values.get("n"))
        return cls(
            *(_number(values.get(name)) for name in ("value", "low", "high")),
            n=int(n) if np.isfinite(n) else 0,
            left_out={str(k): int(_number(v)) for k, v in reasons.items() if _number(v) >= 0}
            if isinstance(reasons, Mapping)
            else {},
        )

    def within(self, low: float, high: float) -> Measure:
        """The same with an interval that ends where the scale does."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))


def exact(value: float, n: int = 0) -> Measure:
    """A number that was counted and not estimated from ``n`` cases: its interval is itself."""
    return Measure(float(value), float(value), float(value), n)


def share(
    answers: Sequence[bool],
    left_out: Mapping[str, int] | None = None,
    groups: Sequence[int] | None = None,
) -> Measure:
    """The share of True among ``answers``, with Wilson's interval. Given ``groups`` as in ``mean``,
    the wider ends of that and of the interval of the groups' shares: the groups may hardly differ
    by chance, and then their spread alone would promise too much."""
    hits, n = int(sum(answers)), len(answers)
    low, high = share_interval(hits, n)
    if groups is not None and len(set(groups)) > 1:
        spread = mean([float(answer) for answer in answers], groups=groups)
        low, high = min(low, max(spread.low, 0.0)), max(high, min(spread.high, 1.0))
    return Measure(hits / n if n else float("nan"), low, high, n, dict(left_out or {}))


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


def _number(value: object) -> float:
    """``value`` where it is a number, otherwise NaN."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if plain else float("nan")  # type: ignore[arg-type]
