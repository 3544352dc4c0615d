"""95 % intervals beside measured figures."""

from __future__ import annotations

CONFIDENCE = 0.95


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """(low, high) of the share ``hits`` / ``n``, in [0, 1]: Wilson's score interval, which stays
    inside the range and is not empty at 0 or ``n`` hits (Wilson 1927, JASA 22, 209-212).

    ``n`` = 0 knows nothing: (0, 1).
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def mean_interval(mean: float, standard_error: float, n: int) -> tuple[float, float]:
    """(low, high) of the mean of ``n`` independent values with ``standard_error``: Student's t.

    Fewer than two values know nothing of their spread: (-inf, inf).
    """
    if n < 2:
        return float("-inf"), float("inf")
    from scipy.stats import t

    reach = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * standard_error
    return mean - reach, mean + reach
