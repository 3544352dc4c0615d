"""Insertion and deletion curves over words.

Petsiuk et al. 2018, RISE (arXiv:1806.07421), section 4, with words instead of pixels: an
explanation that names the words that matter first makes the payoff rise early when words are put
in, and fall early when they are taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np

from genlens.common.records import Record
from genlens.errors import InputError
from genlens.prompts.game import Game

MOST_ORDERS = 100
"""Random orders to compare with; of so few words that there are no more, all of them."""
Kind = Literal["insertion", "deletion"]
NEARLY_ALL = 0.9
"""Of the whole change, for compactness."""


@dataclass(frozen=True)
class Curve(Record):
    """The payoff while words are put in, or taken out, the most important first.

    ``payoffs`` (d + 1,) are scaled so that the empty prompt has 0 and the whole prompt 1. ``auc``
    is the area under them over the share of words moved; NaN where both ends are alike. More is
    better for "insertion", less for "deletion". ``random`` (r, d + 1) are the curves of random
    orders, ``random_auc`` the mean of their areas and ``random_low``, ``random_high`` the range of
    the middle 95 % of them. ``beaten`` is the part of random orders with a worse area (those with
    the same count half), and ``every_order`` says that ``random`` are all orders there are.
    """

    also_written = ("gain", "p_value", "compact", "random_compact")

    kind: Kind
    payoffs: np.ndarray
    auc: float
    random: np.ndarray
    random_auc: float
    random_low: float
    random_high: float
    beaten: float
    every_order: bool

    @property
    def gain(self) -> float:
        """How much better the area is than that of random orders; above 0 is better."""
        better = self.auc - self.random_auc
        return better if self.kind == "insertion" else -better

    @property
    def p_value(self) -> float:
        """How often a random order would do as well or better: (1 + such orders) / (1 + orders),
        and the plain share where all orders are known."""
        if not np.isfinite(self.auc):
            return float("nan")
        areas = _areas(self.random)
        sign = 1.0 if self.kind == "insertion" else -1.0
        as_good = int((sign * areas >= sign * self.auc - 1e-12).sum())
        n = len(areas)
        return as_good / n if self.every_order else (1 + as_good) / (1 + n)

    @property
    def compact(self) -> float:
        """How few words do nearly all: after how many moves 90 % of the whole change is made first
        (the source paper's "compactness"); NaN where there is no change. Fewer is better."""
        return float(_moves(self.payoffs[None], self.kind)[0])

    @property
    def random_compact(self) -> float:
        """The same, mean over random orders."""
        return float(_moves(self.random, self.kind).mean())


def _moves(curves: np.ndarray, kind: Kind) -> np.ndarray:
    """(r,) moves until 90 % of the change is made, along curves (r, d + 1); NaN for flat ones."""
    made = curves if kind == "insertion" else 1 - curves
    counts = (made >= NEARLY_ALL - 1e-9).argmax(axis=1).astype(np.float64)
    counts[~np.isfinite(curves).all(axis=1)] = np.nan
    return counts


def orders_of(d: int, seed: int = 0, most: int = MOST_ORDERS) -> tuple[np.ndarray, bool]:
    """Random orders of ``d`` words (r, d), and whether they are all that there are."""
    if factorial(d) <= most:
        return np.array(list(permutations(range(d)))), True
    generator = np.random.default_rng([seed, d])
    return np.stack([generator.permutation(d) for _ in range(most)]), False


def ranking(values: np.ndarray, seed: int = 0) -> np.ndarray:
    """(d,) places of words, the largest value first; ties in an order of chance."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InputError("values hold NaN or infinity, or are not (d,): words have no order")
    ties = np.random.default_rng([seed, 1]).random(len(values))
    return np.lexsort((ties, -values))


def curve(
    game: Game,
    values: np.ndarray,
    kind: Kind,
    orders: tuple[np.ndarray, bool] | None = None,
    seed: int = 0,
) -> Curve:
    """The curve of ``values`` (d,), and of the ``orders`` it is compared with (``orders_of``).

    "The most important first" is by signed value: what speaks most for the change from the empty to
    the whole prompt.

    Raises:
        InputError: values that do not fit the game, or that are NaN.
        Cancelled, ModelError: whatever the game raises.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (game.d,):
        raise InputError(f"{len(values)} values for a prompt of {game.d} words")
    drawn, every = orders if orders is not None else orders_of(game.d, seed)
    none, full = game(np.array([[False] * game.d, [True] * game.d])).tolist()
    # where all words together lower the payoff, those that lower it most come first
    first = ranking(values * (1.0 if full >= none else -1.0), seed)
    own = _scaled(game, first[None], kind)[0]
    random = _scaled(game, drawn, kind)
    areas, auc = _areas(random), float(_areas(own[None])[0])
    if not np.isfinite(auc):
        nothing = float("nan")
        return Curve(kind, own, auc, random, nothing, nothing, nothing, nothing, every)
    low, high = np.quantile(areas, [0.025, 0.975])
    sign = 1.0 if kind == "insertion" else -1.0
    worse = sign * areas < sign * auc - 1e-12
    same = np.abs(areas - auc) <= 1e-12
    return Curve(
        kind=kind,
        payoffs=own,
        auc=auc,
        random=random,
        random_auc=float(areas.mean()),
        random_low=float(low),
        random_high=float(high),
        beaten=float(worse.mean() + same.mean() / 2),
        every_order=every,
    )


def _scaled(game: Game, orders: np.ndarray, kind: Kind) -> np.ndarray:
    """(r, d + 1) payoffs along each of ``orders`` (r, d), 0 for no word and 1 for all words."""
    d = game.d
    rank = np.argsort(orders, axis=1)  # (r, d) when each word moves
    moved = rank[:, None, :] < np.arange(d + 1)[None, :, None]  # (r, d + 1, d)
    said = moved if kind == "insertion" else ~moved
    told = game(said.reshape(-1, d)).reshape(len(orders), d + 1)
    none, full = game(np.array([[False] * d, [True] * d])).tolist()
    span = full - none
    if abs(span) <= 1e-9 * max(1.0, abs(full), abs(none)):
        return np.full(told.shape, np.nan)
    scaled: np.ndarray = (told - none) / span
    return scaled


def _areas(curves: np.ndarray) -> np.ndarray:
    """(r,) areas under curves (r, d + 1) over 0 to 1."""
    areas: np.ndarray = np.trapezoid(curves, dx=1.0 / (curves.shape[1] - 1), axis=1)
    return areas
