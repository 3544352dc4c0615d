"""Who is put to the test: explainers of a word game, and controls that have to fail."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from genlens.prompts.estimators.leave_one_out import leave_one_out
from genlens.prompts.estimators.lime import lime_words
from genlens.prompts.game import Game
from genlens.prompts.results import TokenAttribution
from genlens.prompts.shapley import shapley, shares_of

Explainer = Callable[[Game], TokenAttribution]
"""A word game -> a number for each word."""


def lime(game: Game) -> TokenAttribution:
    """LIME over words with its usual settings, from at most 10 images a word."""
    return lime_words(game)


def reading_order(game: Game) -> TokenAttribution:
    """A control: what each word adds to the words before it. The values add up, but a word's place
    decides what it gets: of two words that do the same the first gets all."""
    rows = np.tri(game.d + 1, game.d, -1, dtype=bool)  # row k holds the first k words
    told = game(rows)
    values = np.diff(told)
    return TokenAttribution(
        words=tuple(game.words),
        values=values,
        shares=shares_of(values),
        base_value=float(told[0]),
        full_value=float(told[-1]),
        method="reading-order",
        model_calls=game.model_calls,
    )


EXPLAINERS: dict[str, tuple[str, Explainer]] = {
    "shapley": ("Shapley, exact", shapley),
    "lime": ("LIME", lime),
    "leave-one-out": ("Leave one out", leave_one_out),
    "reading-order": ("Control: reading order", reading_order),
}
"""Name -> title and explainer, those that a page shows side by side."""
