"""Asking a game for payoffs, each sub-prompt once, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from genlens.common.progress import Cancel, Progress, batches
from genlens.errors import InputError
from genlens.prompts.game import Game

ASKING = "Asking for sub-prompts"
BATCH = 32
"""Sub-prompts of one request: a game draws them together, and may be stopped after them."""


class Answers:
    """The payoffs of ``rows`` (m, d) of a game, repeated ones asked for once.

    ``payoffs`` (m,) float64; ``images`` is how many different rows there were.

    Raises:
        InputError: a payoff is NaN or infinite.
        Cancelled, ModelError: whatever the game raises, or ``cancel()`` said so.
    """

    def __init__(
        self,
        game: Game,
        rows: np.ndarray,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        distinct, place = different(rows)
        told = np.empty(len(distinct))
        if progress is not None:  # models are loaded: who takes the time begins here
            progress(0, len(distinct), f"{ASKING}: 0 of {len(distinct)}")
        for start in batches(len(distinct), BATCH, ASKING, progress, cancel):
            told[start : start + BATCH] = game(distinct[start : start + BATCH])
        if not np.isfinite(told).all():
            bad = distinct[int(np.flatnonzero(~np.isfinite(told))[0])]
            kept = " ".join(w.text for w, on in zip(game.words, bad, strict=True) if on)
            raise InputError(
                f"the payoff of the sub-prompt {kept!r} is {told[~np.isfinite(told)][0]}: every "
                "payoff has to be a finite number"
            )
        self.payoffs: np.ndarray = told[place]
        self.images = len(distinct)


def different(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ``rows`` (m, d) bool in the order of their first place, and for each row which
    of them it is (m,)."""
    number = numbers_of(rows)
    _, first, which = np.unique(number, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rows[first[order]], rank[which]


def numbers_of(rows: np.ndarray) -> np.ndarray:
    """(m,) the number whose bits each of ``rows`` (m, d) holds: its place in ``all_coalitions``."""
    return np.asarray(rows).astype(np.int64) @ (np.int64(1) << np.arange(np.shape(rows)[1]))


def within_budget(
    parts: Iterable[np.ndarray], images: int, most: int, fixed: np.ndarray
) -> list[np.ndarray]:
    """The first of ``parts``, each (k, d) bool, that ask together with ``fixed`` for at most
    ``images`` different rows; at most ``most`` of them."""
    seen = set(numbers_of(fixed).tolist())
    kept: list[np.ndarray] = []
    for part in parts:
        wanted = seen | set(numbers_of(part).tolist())
        if len(wanted) > images or len(kept) == most:
            break
        seen = wanted
        kept.append(part)
    return kept


def ends(d: int) -> np.ndarray:
    """The empty and the full coalition: (2, d) bool."""
    return np.array([[False] * d, [True] * d])


Cost = Callable[[int, int], int]
"""(d, images) -> images asked for; see ``Estimator.cost``."""


def as_given(d: int, images: int) -> int:
    """The cost of an estimator that takes what it is given."""
    return images


def every(d: int, images: int) -> int:
    """The cost of an estimator that needs all sub-prompts."""
    return 2**d


def ten_a_word(d: int) -> int:
    """The usual budget: 10 d."""
    return 10 * d
