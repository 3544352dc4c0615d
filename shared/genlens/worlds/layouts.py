"""Where a scene's things stand: what a layout is, how groups get their slots, and the roomy layout.

``ROOMY`` is what the models of 2026 were trained on and are measured with; ``FULL``
(``layout_full``) gives things the whole canvas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from . import vocabulary as V
from .captions import Element, Group, Plan

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


# Slot centres and host size of the roomy layout, by number of groups.
_ONE: tuple[Slots, float] = ([(0.5, 0.52)], 0.64)
_ROW: tuple[Slots, float] = ([(0.27, 0.52), (0.73, 0.52)], 0.44)
_COLUMN: tuple[Slots, float] = ([(0.5, 0.27), (0.5, 0.75)], 0.44)
_TRIANGLES: tuple[list[Slots], float] = (
    [
        [(0.27, 0.29), (0.73, 0.29), (0.5, 0.75)],
        [(0.5, 0.27), (0.27, 0.74), (0.73, 0.74)],
    ],
    0.4,
)
_JITTER, _SCALE_JITTER = 0.03, 0.05
# Where an attachment's centre sits in its host's box, and how large it is relative to it.
_PLACES = {
    "with": [(0.86, 0.84, 0.52), (0.12, 0.88, 0.46), (0.5, 0.95, 0.42)],
    "possessive": [(0.14, 0.84, 0.52)],
    "compound": [(0.5, 0.42, 0.5)],
}


def _slots(plan: Plan, rng: np.random.Generator) -> tuple[Slots, float, bool]:
    """A slot for each group, the host size, and whether groups stand side by side."""
    n, row = len(plan.groups), stands_in_row(plan)
    if n <= 1:
        return _ONE[0], _ONE[1], True
    if n == 2:
        slots, size = _ROW if row else _COLUMN
        return choose_slots(plan, rng, [slots])[0], size, row
    return choose_slots(plan, rng, _TRIANGLES[0])[0], _TRIANGLES[1], row


def _members(count: int, groups: int, row: bool) -> tuple[list[tuple[float, float]], float]:
    """Offsets (fractions of the side) and scale of the ``count`` copies of one host."""
    if count == 1:
        return [(0.0, 0.0)], 1.0
    if groups == 1:
        if count == 2:
            return [(-0.24, 0.0), (0.24, 0.0)], 0.7
        return [(-0.25, -0.2), (0.25, -0.2), (0.0, 0.24)], 0.66
    step, scale = (0.23, 0.84) if count == 2 else (0.29, 0.64)
    line = [(i - (count - 1) / 2) * step * 2 / (count - 1 or 1) for i in range(count)]
    if count == 3:
        line = [-0.29, 0.0, 0.29]
    return [(0.0, o) if row else (o, 0.0) for o in line], scale


def _attach(group: Group, host: Placed, index: int) -> list[Placed]:
    """Where the attachments of one host copy go."""
    placed, used = [], 0
    left, top = host.x - host.size / 2, host.y - host.size / 2
    for how, element in group.attachments:
        wear = V.NOUNS[element.noun].wear
        if how == "wearing" and wear:
            spots = [wear]
        elif how in ("with", "wearing"):
            places = _PLACES["with"]
            spots = [places[(used + i) % len(places)] for i in range(element.count)]
            used += len(spots)
        else:
            spots = _PLACES[how]
        for x, y, scale in spots:
            scale *= V.SIZES.get(element.size or "", 1.0) ** 0.5
            at = (left + x * host.size, top + y * host.size, scale * host.size)
            placed.append(Placed(element, *at, index, False))
    return placed


def _place(plan: Plan, rng: np.random.Generator) -> list[Placed]:
    slots, base, row = _slots(plan, rng)
    placed: list[Placed] = []
    for i, group in enumerate(plan.groups):
        x, y = np.add(slots[i], rng.uniform(-_JITTER, _JITTER, 2))
        size = base * rng.uniform(1 - _SCALE_JITTER, 1 + _SCALE_JITTER)
        size *= V.SIZES.get(group.host.size or "", 1.0)
        offsets, scale = _members(group.host.count, len(plan.groups), row)
        size *= scale
        if any(how == "wearing" for how, _ in group.attachments):
            size, y = size * 0.9, y + 0.05 * size
        for dx, dy in offsets:
            half = min(size / 2, 0.49)
            cx = float(np.clip(x + dx, half, 1 - half))
            cy = float(np.clip(y + dy, half, 1 - half))
            host = Placed(group.host, cx, cy, 2 * half if half == 0.49 else size, i, True)
            placed += [host, *_attach(group, host, i)]
    return placed


ROOMY = Layout("roomy", _place)
