"""Measured figures: a value with its 95 % interval, how many cases are behind it, and how many were
left out, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genlens.common.records import Record

CONFIDENCE = 0.95


def _number(value: object) -> float:
    """``value`` where it is a number, otherwise NaN."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if plain else float("nan")  # type: ignore[arg-type]


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

    @classmethod
    def read(cls, written: object) -> Measure:
        """The measure that ``to_dict`` wrote. What is missing from it, or no number, is NaN, and of
        anything but such a dictionary nothing was counted: a damaged file stays readable."""
        values: Mapping[object, object] = written if isinstance(written, Mapping) else {}
        reasons, n = values.get("left_out"), _number(values.get("n"))
        value, low, high = (_number(values.get(name)) for name in ("value", "low", "high"))
        counts = reasons if isinstance(reasons, Mapping) else {}
        return cls(
            value,
            low,
            high,
            int(n) if np.isfinite(n) else 0,
            {str(k): int(_number(v)) for k, v in counts.items() if _number(v) >= 0},
        )

    def within(self, low: float, high: float) -> Measure:
        """The same with an interval that ends where the scale does."""
        low, high = max(self.low, low), min(self.high, high)
        return Measure(self.value, low, high, self.n, self.left_out)

    def __str__(self) -> str:
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g}, n = {self.n})"


def share(
    answers: Sequence[bool],
    left_out: Mapping[str, int] | None = None,
    groups: Sequence[int] | None = None,
) -> Measure:
    """The share of True among ``answers``, with Wilson's interval.

    ``groups`` name what answers have in common (a prompt, a scene): answers of one group are not
    independent, so the interval is that of fewer answers, ``independent`` of them.
    """
    hits, n = int(sum(answers)), len(answers)
    worth = n if groups is None else independent(answers, groups)
    low, high = share_interval(hits / n * worth if n else 0, worth)
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


def ratio(
    tops: Sequence[float],
    bottoms: Sequence[float],
    left_out: Mapping[str, int] | None = None,
    groups: Sequence[int] | None = None,
) -> Measure:
    """The sum of ``tops`` over the sum of ``bottoms``, with the interval of a ratio of means
    (Cochran 1977, Sampling Techniques, section 6.4); ``groups`` as in ``mean``."""
    of = np.arange(len(tops)) if groups is None else np.asarray(groups)
    above, below = _sums(tops, of), _sums(bottoms, of)
    value = float(above.sum() / below.sum()) if below.sum() else float("nan")
    low, high = mean_interval(value, _ratio_error(above, below), len(above))
    return Measure(value, low, high, len(tops), dict(left_out or {}))


def against(low: float | None, high: float | None, sense: str, bar: float) -> bool | None:
    """Whether a figure with the interval ``low`` to ``high`` is on the right side of ``bar``, which
    is where it is at least (">=") or at most ("<=") that; None where the interval holds the bar, or
    nothing was measured: too few cases to tell."""
    if low is None or high is None or low != low or high != high:
        return None
    good = [end >= bar if sense == ">=" else end <= bar for end in (low, high)]
    return all(good) if all(good) or not any(good) else None


def left_out(measure: Mapping[str, Any]) -> str:
    """What a written measure left out: "47: the referee does not see it"; "" for nothing."""
    return "; ".join(f"{count}: {reason}" for reason, count in measure["left_out"].items())


def independent(answers: Sequence[bool], groups: Sequence[int]) -> float:
    """How many independent answers say as much as ``answers`` of ``groups``: at most all of them
    (Kish 1965, Survey Sampling, section 8.2: n over the design effect).

    Where all answers are the same, nothing shows how alike those of one group are: then it is the
    number of groups.
    """
    of = np.asarray(groups)
    hits = _sums(np.asarray(answers, dtype=np.float64), of)
    counts = _sums(np.ones(len(of)), of)
    n, p = float(len(of)), float(hits.sum() / max(len(of), 1))
    if p in (0.0, 1.0) or len(counts) < 2:
        return float(len(counts))
    error = _ratio_error(hits, counts)
    return min(n, p * (1 - p) / error**2) if error else n


def share_interval(hits: float, n: float) -> tuple[float, float]:
    """(low, high) of the share ``hits`` / ``n``, in [0, 1]: Wilson's score interval, which stays
    inside the range and is not empty at 0 or ``n`` hits (Wilson 1927, JASA 22, 209-212).

    ``n`` = 0 knows nothing: (0, 1). Neither number need be whole.
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import norm

    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    p, spread = hits / n, z * z / n
    half = z * float(np.sqrt(p * (1 - p) / n + spread / (4 * n)))
    low, high = ((p + spread / 2 + sign * half) / (1 + spread) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def mean_interval(mean: float, standard_error: float, n: int) -> tuple[float, float]:
    """(low, high) of the mean of ``n`` independent values with ``standard_error``: Student's t.

    Fewer than two values know nothing of their spread: (-inf, inf).
    """
    if n < 2:
        return float("-inf"), float("inf")
    from scipy.stats import t

    reach = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * standard_error
    return mean - reach, mean + reach


def _sums(values: Sequence[float] | np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(groups,) the sum of the values of each group."""
    _, index = np.unique(groups, return_inverse=True)
    return np.bincount(index, np.asarray(values, dtype=np.float64))


def _ratio_error(tops: np.ndarray, bottoms: np.ndarray) -> float:
    """The standard error of sum(tops) / sum(bottoms), each (groups,), whose groups are
    independent; NaN for fewer than two groups."""
    n = len(tops)
    if n < 2 or not bottoms.sum():
        return float("nan")
    off = tops - bottoms * (tops.sum() / bottoms.sum())
    return float(np.sqrt(n / (n - 1) * np.square(off).sum()) / bottoms.sum())
