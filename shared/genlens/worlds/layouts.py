"""Where a scene's things stand: what a layout is, and how groups get their slots.

``FULL`` (``layout_full``), which gives things the whole canvas, is the one that scenes are drawn
with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from .captions import Element, Plan

Slots = list[tuple[float, float]]
"""Centres (x, y) of groups, as fractions of the picture's side."""


@dataclass(frozen=True)
class Placed:
    """One sprite's place: its centre and the side of its square, as fractions of the picture's
    side; ``host`` tells a thing from what it wears or has."""

    element: Element
    x: float
    y: float
    size: float
    group: int
    host: bool


@dataclass(frozen=True)
class Layout:
    """A way to place what a caption asks for: ``place`` gives every sprite's place, in drawing
    order (a host before what sits on it), from the caption's meaning and a random generator."""

    name: str
    place: Callable[[Plan, np.random.Generator], list[Placed]]


def fits(plan: Plan, order: tuple[int, ...], slots: Slots) -> bool:
    """Whether putting group i on slot ``order[i]`` satisfies every relation."""
    for i, relation in enumerate(plan.relations):
        (x0, y0), (x1, y1) = slots[order[i]], slots[order[i + 1]]
        ok = {"left": x0 < x1, "right": x0 > x1, "above": y0 < y1, "below": y0 > y1}
        if not ok.get(relation, True):
            return False
    return True


def stands_in_row(plan: Plan) -> bool:
    """Whether two groups stand side by side rather than one above the other."""
    return len(plan.groups) != 2 or plan.relations[0] not in ("above", "below")


def choose_slots(plan: Plan, rng: np.random.Generator, ways: Sequence[Slots]) -> tuple[Slots, int]:
    """A slot for each group that satisfies the relations, drawn from all of ``ways`` and all
    orders, and which of the ways it was."""
    n = len(plan.groups)
    options = [
        ([slots[i] for i in order], k)
        for k, slots in enumerate(ways)
        for order in permutations(range(n))
        if fits(plan, order, slots)
    ]
    # relations can contradict each other ("a left of b left of a"): then any order will do
    return options[int(rng.integers(len(options)))] if options else (ways[0], 0)
