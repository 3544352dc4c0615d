"""Cooperative games over words: what explainers read, and a game whose payoffs are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from genlens.errors import InputError
from genlens.models.contracts import Word


class Game(Protocol):
    """A cooperative game over words: what ``shapley`` and other explainers read."""

    @property
    def words(self) -> tuple[Word, ...]:
        """The players."""
        ...

    @property
    def d(self) -> int:
        """How many players."""
        ...

    @property
    def model_calls(self) -> int:
        """Images generated so far."""
        ...

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """``coalitions`` (m, d) bool -> payoffs (m,) float64."""
        ...


def as_coalitions(coalitions: np.ndarray, d: int) -> np.ndarray:
    """``coalitions`` as (m, d) bool, or InputError."""
    rows = np.asarray(coalitions)
    if rows.ndim != 2 or rows.shape[1] != d:
        raise InputError(f"coalitions have shape {rows.shape}: pass (m, {d}), one column per word")
    if rows.dtype != bool and not np.isin(rows, (0, 1)).all():
        raise InputError("coalitions hold other values than 0 and 1: pass booleans")
    return rows.astype(bool)


@dataclass(frozen=True)
class TableGame:
    """A game whose payoffs are already known, in the order of ``all_coalitions``.

    For a stored explanation (``TableGame(explanation.payoffs, explanation.attribution.words)``),
    or any set function: no model is needed. ``payoffs`` (2**d,) float64; ``words`` default to
    "1", "2", ...
    """

    payoffs: np.ndarray
    words: tuple[Word, ...] = ()
    model_calls: int = 0

    def __post_init__(self) -> None:
        payoffs = np.asarray(self.payoffs, dtype=np.float64)
        d = max(payoffs.size.bit_length() - 1, 0)
        if payoffs.ndim != 1 or payoffs.size != 2**d or d < 1:
            raise InputError(f"payoffs have shape {payoffs.shape}: pass (2**d,) with d at least 1")
        words = self.words or tuple(Word(str(i + 1)) for i in range(d))
        if len(words) != d:
            raise InputError(f"{len(words)} words for {payoffs.size} payoffs: {d} are needed")
        object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(self, "words", tuple(words))

    @property
    def d(self) -> int:
        """How many players."""
        return len(self.words)

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """``coalitions`` (m, d) bool -> payoffs (m,) float64."""
        rows = as_coalitions(coalitions, self.d)
        return self.payoffs[rows @ (1 << np.arange(self.d))]
