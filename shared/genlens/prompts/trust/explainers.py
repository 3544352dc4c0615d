"""Who is put to the test: explainers of a word game, and controls that have to fail."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from genlens.prompts.game import Game
from genlens.prompts.results import TokenAttribution
from genlens.prompts.shapley import shapley, shares_of

Explainer = Callable[[Game], TokenAttribution]
"""A word game -> a number for each word."""


def leave_one_out(game: Game) -> TokenAttribution:
    """v(all) - v(all but i): what is lost without the word."""
    d = game.d
    rows = np.concatenate([np.zeros((1, d), bool), np.ones((1, d), bool), ~np.eye(d, dtype=bool)])
    none, full, *without = game(rows).tolist()
    return _attribution(game, full - np.array(without), none, full, "leave-one-out")


def reading_order(game: Game) -> TokenAttribution:
    """A control: what each word adds to the words before it. The values add up, but a word's place
    decides what it gets: of two words that do the same the first gets all."""
    rows = np.tri(game.d + 1, game.d, -1, dtype=bool)  # row k holds the first k words
    told = game(rows)
    values = np.diff(told)
    return _attribution(game, values, float(told[0]), float(told[-1]), "reading-order")


def _attribution(
    game: Game, values: np.ndarray, none: float, full: float, method: str
) -> TokenAttribution:
    return TokenAttribution(
        words=tuple(game.words),
        values=values,
        shares=shares_of(values),
        base_value=none,
        full_value=full,
        method=method,
        model_calls=game.model_calls,
    )


EXPLAINERS: dict[str, tuple[str, Explainer]] = {
    "shapley": ("Shapley, exact", shapley),
    "leave-one-out": ("Leave one out", leave_one_out),
    "reading-order": ("Control: reading order", reading_order),
}
"""Name -> title and explainer, those that a page shows side by side."""
