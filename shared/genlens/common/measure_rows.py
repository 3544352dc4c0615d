"""Measures as lines of a table: what each is called, its unit, what it says, which way is better.

Numbers are read from the ``to_dict()`` of an evaluation, so that a stored table can be shown
without measuring anything again; what is missing from it, or damaged, is shown as not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.common.measures import Measure

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One measure. ``value`` reads it from a dictionary; ``form`` shows it, a format ("{:.2f}") or
    "%". ``better`` is 1 where more is better, -1 where less is, 0 where neither; rows of one
    ``group`` are rivals, the best of which may be marked. ``interval``: it is worth showing."""

    title: str
    unit: str
    says: str
    value: Callable[[Numbers], Measure]
    form: str = "{:.2f}"
    better: int = 0
    group: str = ""
    interval: bool = True

    def shown(self, numbers: Numbers) -> str:
        """The number with its interval; "-" where it was not measured."""
        measure = self.value(numbers)
        between = interval(measure, self.form) if self.interval else ""
        return show(measure.value, self.form) + (f" ({between})" if between else "")


def show(value: object, form: str) -> str:
    """``value`` in ``form``, "-" for what is no number."""
    if not isinstance(value, (int, float)) or not np.isfinite(value):
        return "-"
    shown = f"{100 * value:.0f} %" if form == "%" else form.format(value)
    return shown.lstrip("+-") if float(shown.rstrip(" %").replace(",", "")) == 0 else shown


def interval(measure: Measure, form: str) -> str:
    """ "0.54 to 0.72"; "" for what was counted exactly or not measured, and words where so few
    cases are behind it that it might be anything."""
    if not np.isfinite(measure.value) or measure.low == measure.high:
        return ""
    if not (np.isfinite(measure.low) and np.isfinite(measure.high)):
        return f"n = {measure.n}: no interval"
    ends = [show(end, form) for end in (measure.low, measure.high)]
    if ends[0] == ends[1] == show(measure.value, form):
        return ""
    return " to ".join(ends).replace(" % to", " to")


def part(numbers: object, *names: str) -> Any:
    """What ``numbers`` has under ``names``, one inside the other; None where it has not."""
    for name in names:
        numbers = numbers.get(name) if isinstance(numbers, Mapping) else None
    return numbers


def word(numbers: object, name: str) -> str:
    """The text under ``name``, whatever stands there."""
    return str(part(numbers, name))


def branch(numbers: object, *names: str) -> Numbers:
    """The dictionary under ``names``; an empty one where there is none."""
    found = part(numbers, *names)
    return found if isinstance(found, Mapping) else {}


def entries(numbers: object, *names: str) -> list[Numbers]:
    """The list of dictionaries under ``names``; what is no dictionary in it is dropped."""
    found = part(numbers, *names)
    return [e for e in found if isinstance(e, Mapping)] if isinstance(found, list) else []


def measured(*names: str) -> Callable[[Numbers], Measure]:
    """A reader of the measure under ``names``."""
    return lambda numbers: Measure.read(part(numbers, *names))


def reasons(measure: Measure) -> Iterator[str]:
    """ "3 left out: the map is flat", for every reason."""
    for reason, count in measure.left_out.items():
        yield f"{count} left out: {reason}"


def best(measures: Sequence[Measure], better: int) -> set[int]:
    """Places of the best of ``measures``: one, or up to three that share the first place. None
    where ``better`` is 0, where fewer than two are known, or where the interval of the first still
    holds the value of the next, so that other cases might have another first."""
    known = {i: m for i, m in enumerate(measures) if np.isfinite(m.value)}
    if not better or len(known) < 2:
        return set()
    top = max(better * m.value for m in known.values())
    first = {i for i, m in known.items() if better * m.value >= top - 1e-12}
    rest = [m.value for i, m in known.items() if i not in first]
    if len(first) > 3 or not rest:
        return set()
    follower = better * max(better * value for value in rest)
    clear = all(not known[i].low <= follower <= known[i].high for i in first)
    return first if clear else set()
