"""Values that callers pass, checked: one out of range is an InputError that says the range."""

from __future__ import annotations

import math

import numpy as np

from genlens.errors import InputError

MAX_COUNT = 100_000
"""The most samples, steps or orders that one call may ask for."""


def whole(name: str, value: int, low: int, high: int) -> int:
    """``value`` as an int from ``low`` to ``high``, or InputError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputError(f"{name} is {value!r}: pass a whole number from {low} to {high}")
    if not low <= value <= high:
        raise InputError(f"{name} is {value}: pass a whole number from {low} to {high}")
    return int(value)


def yes_or_no(name: str, value: object) -> bool:
    """``value`` as a bool, or InputError: the text "false" would count as true otherwise."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise InputError(f"{name} is {str(value)[:40]!r}: pass true or false")


def number(name: str, value: float, low: float, high: float) -> float:
    """``value`` as a float from ``low`` to ``high``, or InputError."""
    try:
        given = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is {value!r}: pass a number from {low} to {high}") from error
    if not low <= given <= high:  # also refuses NaN
        raise InputError(f"{name} is {value}: pass a number from {low} to {high}")
    return given
