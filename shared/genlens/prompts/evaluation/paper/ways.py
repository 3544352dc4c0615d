"""What is marked against the truth: our estimators, on the same images, and a control.

A new row is one ``Way`` in ``WAYS``: a function of a played game. The game knows its model, prompt,
noise and settings, so that a way which looks elsewhere (at attention maps, say) finds all it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genlens.models.contracts import Attending
from genlens.prompts.attention.record import attention_of
from genlens.prompts.estimators.estimators import ESTIMATORS, estimate
from genlens.prompts.game import PromptGame

Values = Callable[[PromptGame], np.ndarray]
"""A game whose sub-prompts are drawn -> one number for each word (d,)."""


@dataclass(frozen=True)
class Way:
    """One row: ``values`` of a game; ``title`` for readers."""

    name: str
    title: str
    values: Values


def _estimated(name: str) -> Way:
    def values(game: PromptGame) -> np.ndarray:
        return estimate(game, name).values

    return Way(name, ESTIMATORS[name].title, values)


def _attention(game: PromptGame) -> np.ndarray:
    """The part of all cross-attention that each word gets while the full prompt is drawn; zeros,
    which make no order, of a model that does not show it."""
    if not isinstance(game.model, Attending):
        return np.zeros(game.d)
    return attention_of(
        game.model, game.prompt, game.seed, steps=game.steps, guidance=game.guidance
    ).shares


def _equal(game: PromptGame) -> np.ndarray:
    return np.full(game.d, 1 / game.d)


OURS = "shapley"
WAYS: dict[str, Way] = {
    way.name: way
    for way in (
        _estimated(OURS),
        _estimated("lime"),
        _estimated("leave-one-out"),
        _estimated("shapley-nonempty"),
        _estimated("similarity-sum"),
        Way("attention", "Cross-attention (no removal)", _attention),
        Way("equal", "control: the same share for every word", _equal),
    )
}
"""The rows by name. That of random orders, the other control, is worked out and not drawn."""
