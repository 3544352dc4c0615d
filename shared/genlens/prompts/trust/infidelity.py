"""Infidelity: do the values foretell what happens when words are left out?

Yeh et al. 2019, "On the (In)fidelity and Sensitivity of Explanations" (arXiv:1901.09392),
definition 2.1, with a random group of words left out as the perturbation I:

    INFD = mean over I of ( sum of phi_i over the words in I  -  (v(all) - v(all without I)) )^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_WORDS
from genlens.common.measures import Measure, mean
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.prompts.game import Game

MOST = 1000
"""Groups that are drawn where there are too many to take all."""


@dataclass(frozen=True)
class Infidelity(Record):
    """``value`` is the mean squared error in squared units of the payoff, 0 at best, with a 95 %
    interval (none, low = high, where all groups were taken); ``typical`` its root, in units of the
    payoff. ``explained`` = 1 - value / mean squared drop: 1 at best, 0 no better than values of
    zero, below 0 worse than that; NaN where leaving words out changes nothing."""

    value: Measure
    typical: float
    explained: float


def infidelity(
    game: Game, values: np.ndarray, *, groups: int | None = None, seed: int = 0
) -> Infidelity:
    """The infidelity of ``values`` (d,) for ``game``.

    Args:
        game: all its sub-prompts are asked for, or those of the groups.
        values: one a word, in units of the payoff.
        groups: random groups to leave out, each word with chance 1/2; None for all 2**d - 1 of them
            (at most ``MAX_WORDS`` words), which is the same mean without its chance.
        seed: draws the groups.

    Raises:
        InputError: values that do not fit or are NaN, too many words for all groups, or fewer than
            two groups.
    """
    d, values = game.d, np.asarray(values, dtype=np.float64)
    if values.shape != (d,) or not np.isfinite(values).all():
        raise InputError(f"values {values.shape} for {d} words: pass (d,) finite numbers")
    if groups is None:
        if d > MAX_WORDS:
            raise InputError(f"{2**d} groups of {d} words are too many: say how many to draw")
        left_out = all_coalitions(d)[1:]
    else:
        left_out = _drawn(d, groups, seed)
    full = float(game(np.ones((1, d), dtype=bool))[0])
    drops = full - game(~left_out)
    errors = np.square(left_out @ values - drops)
    found = mean(errors)
    if groups is None:
        found = Measure(found.value, found.value, found.value, found.n)
    size = float(np.square(drops).mean())
    explained = 1 - found.value / size if size > 1e-18 else float("nan")
    return Infidelity(found, float(np.sqrt(found.value)), explained)


def _drawn(d: int, groups: int, seed: int) -> np.ndarray:
    """(groups, d) bool, none of them empty."""
    if not 2 <= groups <= MOST:
        raise InputError(f"groups is {groups}: draw 2 to {MOST} groups of words")
    numbers = np.random.default_rng([seed, 2]).integers(1, 2**d, groups)
    return ((numbers[:, None] >> np.arange(d)) & 1).astype(bool)
