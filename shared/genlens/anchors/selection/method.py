"""What is known of one way to choose representatives: pages, notes, tables and tests read it here.

Each is one :class:`SelectionMethod`, defined beside its function; ``methods.METHODS`` lists them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from genlens.attribution.method import Option
from genlens.errors import InputError

Metric = Literal["euclidean", "cityblock"]


@dataclass(frozen=True)
class Picked:
    """What a method's function gives back: ``rows`` (k,) in the order they were chosen, its own
    number, a ``bound`` that no choice of as many can beat (None where none is known), and a
    ``note`` on this run for the reader, "" for none."""

    rows: np.ndarray
    objective: float
    bound: float | None = None
    note: str = ""


Pick = Callable[..., Picked]
SAMPLE = Option(
    "sample", "Sample", "Of a larger group, this many anchors are looked at.",
    low=100, high=100_000, whole=True, step=100,
)  # fmt: skip
"""Of methods whose time grows too fast with the group."""
Value = Callable[[np.ndarray, np.ndarray], float]
"""(points (n, d), rows (k,)) -> the method's number for any choice of rows."""


@dataclass(frozen=True)
class SelectionMethod:
    """One way to choose k of n points.

    Attributes:
        name, title: for programs, and for readers.
        function: (points (n, d), k, *, seed, settings...) -> Picked; 1 <= k <= n.
        optimises: what it looks for, in one sentence.
        equation, paper, misleads: for its note.
        promise: what is guaranteed of its answer, in one sentence.
        measures: what its number is, as a table's head: "radius".
        better: -1 where a smaller number is better, 1 where a larger one is.
        value: its number for any choice; None where there is no such function.
        metric: the distance it is about.
        unit: of its number, in which "{}" stands for the unit of a distance.
        random: another seed may give another choice.
        options: the settings that a visitor may change.
    """

    name: str
    title: str
    function: Pick
    optimises: str
    equation: str
    paper: str
    promise: str
    misleads: str
    measures: str
    better: Literal[-1, 1]
    value: Value | None = None
    metric: Metric = "euclidean"
    unit: str = "{}"
    random: bool = False
    options: tuple[Option, ...] = ()

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of the function's settings, beside the seed."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "seed")

    def checked(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """``chosen`` settings, each in its range.

        Raises:
            InputError: a setting that the method does not take, or out of range.
        """
        options = {option.name: option for option in self.options}
        for name in chosen:
            if name not in self.settings:
                takes = ", ".join(self.settings) or "none"
                raise InputError(f"{self.title} takes no setting {name!r}: it takes {takes}")
        return {n: options[n].checked(v) if n in options else v for n, v in chosen.items()}
