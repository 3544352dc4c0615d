"""What counts as rebuilt: measures of agreement and thresholds per data set.

Those of the published quiz of Ross et al. 2021 (see ``game``). Its table of thresholds has no
line for sinelines, which therefore are played to the default of 90 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genlens.common.records import Record
from genlens.errors import InputError


@dataclass(frozen=True)
class Rules(Record):
    """How a data set is played: ``measure`` "overlap", "within" or "error"; ``threshold`` in (0, 1]
    wins; skipping is allowed after ``skip_after`` seconds of trying; ``tolerance`` for "within"."""

    measure: str
    threshold: float
    skip_after: float
    tolerance: float = 0.5


RULES = {
    "mnist": Rules("overlap", 0.75, 45.0),
    "sinelines": Rules("within", 0.9, 30.0),
    "chopsticks": Rules("error", 0.999, 30.0),
    "other": Rules("error", 0.9, 30.0),
}


def agreement_of(rules: Rules) -> Callable[[np.ndarray, np.ndarray], float]:
    """The measure of ``rules``: (image, target) of one shape -> agreement in [0, 1].

    "overlap": pixels dark in both over pixels dark in either, after rounding to 0 or 1 (1 where
    both are empty). "within": share of values less than ``tolerance`` apart. "error":
    1 - sum |a - b| / (0.01 + sum |a| + sum |b|).

    Raises:
        InputError: an unknown measure.
    """
    if rules.measure == "overlap":
        return _overlap
    if rules.measure == "within":
        return lambda a, b: float(np.mean(np.abs(a - b) < rules.tolerance))
    if rules.measure == "error":
        return _scaled
    raise InputError(f'measure is {rules.measure!r}: pass "overlap", "within" or "error"')


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    ink_a, ink_b = a >= 0.5, b >= 0.5
    either = np.logical_or(ink_a, ink_b).sum()
    return float(np.logical_and(ink_a, ink_b).sum() / either) if either else 1.0


def _scaled(a: np.ndarray, b: np.ndarray) -> float:
    scale = 0.01 + float(np.abs(a).sum()) + float(np.abs(b).sum())
    return 1.0 - float(np.abs(a - b).sum()) / scale
