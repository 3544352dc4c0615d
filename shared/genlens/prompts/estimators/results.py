"""What an estimator returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genlens.common.records import UNWRITTEN, MadeBy
from genlens.prompts.game import Game
from genlens.prompts.results import TokenAttribution
from genlens.prompts.shapley import shares_of


@dataclass(frozen=True)
class Estimate(TokenAttribution):
    """One number for each word by one estimator, how sure it is of it, and what it cost.

    ``values``, ``shares``, ``base_value`` and ``full_value`` are as in ``TokenAttribution``;
    ``method`` is a key of ``ESTIMATORS``. ``images`` counts the different sub-prompts that were
    asked for, each one picture (words that repeat share some). ``low`` and ``high`` (d,) are the
    ends of each word's 95 % interval, None where the estimator gives none. ``r2`` is the part of
    the payoff's variance that LIME's linear model explains: 1 is all of it, None for the others.
    ``pairs`` (d, d), symmetric with a diagonal of 0, is what two words add together, None where it
    was not asked. ``settings`` are the estimator's; ``notes`` are warnings for the reader.
    ``image`` (h, w, 3) uint8 is the whole prompt's picture, where one was drawn for it.
    """

    images: int = 0
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    r2: float | None = None
    pairs: np.ndarray | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)
    image: np.ndarray | None = field(default=None, metadata=UNWRITTEN)

    @classmethod
    def of(
        cls,
        game: Game,
        method: str,
        values: np.ndarray,
        ends: tuple[float, float],
        images: int,
        **more: Any,
    ) -> Estimate:
        """What ``method`` found of ``game``: ``ends`` are the payoffs of the empty and of the full
        prompt, ``more`` further fields."""
        return cls(
            words=tuple(game.words),
            values=values,
            shares=shares_of(values),
            base_value=ends[0],
            full_value=ends[1],
            method=method,
            images=images,
            **more,
        )

    @property
    def total(self) -> float:
        """What the values, and the pairs once each where there are any, add up to."""
        alone = float(self.values.sum())
        return alone if self.pairs is None else alone + float(np.triu(self.pairs, 1).sum())

    def __repr__(self) -> str:
        return TokenAttribution.__repr__(self).replace("TokenAttribution", "Estimate")
