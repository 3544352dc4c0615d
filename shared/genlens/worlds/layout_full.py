"""The layout in which things fill the canvas.

The picture is shared out in cells, one for each copy of each thing. A sprite is sized by its
visible pixels, so that a tall thing gets the height of its cell and a wide one its width, and is
kept inside the picture with all that it wears or has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as V
from .captions import Element, Group, Plan
from .layouts import Layout, Placed, Slots, choose_slots, stands_in_row
from .sprites import visible_box

Pair = tuple[float, float]
MARGIN = 0.02
"""What stays free at the picture's border, as a fraction of its side."""
SIZES = {"big": 1.2, "small": 0.66}
WORN = 1.1  # worn things are drawn this much larger than the vocabulary says

_ROW: Slots = [(0.25, 0.5), (0.75, 0.5)]
_COLUMN: Slots = [(0.5, 0.25), (0.5, 0.75)]
# Upright for three in a row, on their side for three below each other.
_TRIANGLES: list[Slots] = [
    [(0.25, 0.25), (0.75, 0.25), (0.5, 0.75)],
    [(0.5, 0.25), (0.25, 0.75), (0.75, 0.75)],
    [(0.25, 0.25), (0.25, 0.75), (0.75, 0.5)],
    [(0.75, 0.25), (0.75, 0.75), (0.25, 0.5)],
]
# Where what a thing has goes: its centre in the host's visible box, and its size relative to the
# host. Beside the host in a wide cell, below it in a tall one.
_BESIDE = {
    "with": [(1.0, 0.75, 0.62), (0.0, 0.8, 0.54), (0.5, 1.05, 0.5)],
    "possessive": [(0.0, 0.75, 0.62)],
    "compound": [(0.5, 0.42, 0.5)],
}
_BELOW = {
    "with": [(0.72, 1.08, 0.64), (0.14, 1.08, 0.54), (0.5, -0.06, 0.5)],
    "possessive": [(0.28, 1.08, 0.64)],
    "compound": [(0.5, 0.42, 0.5)],
}


@dataclass(frozen=True)
class _Cell:
    """The room one copy of a thing has, (width, height) as fractions of the picture's side:
    ``cell`` is its share of the picture, ``normal`` what the thing fills unless its size is said,
    ``most`` what it fills together with all it wears or has."""

    cell: Pair
    normal: Pair
    most: Pair

    def turned(self) -> _Cell:
        """The same for a picture on its side."""
        return _Cell(self.cell[::-1], self.normal[::-1], self.most[::-1])


_WHOLE = _Cell((1.0, 1.0), (0.8, 0.8), (0.96, 0.96))
_HALF = _Cell((0.5, 1.0), (0.45, 0.64), (0.54, 0.9))
_QUARTER = _Cell((0.5, 0.5), (0.45, 0.45), (0.5, 0.5))
_SIXTH = _Cell((0.5, 0.32), (0.46, 0.31), (0.48, 0.33))
_EIGHTH = _Cell((0.25, 0.25), (0.27, 0.27), (0.3, 0.3))


def _cells(count: int, groups: int, row: bool) -> tuple[Slots, _Cell]:
    """Offsets of the ``count`` copies of a thing from their group's slot, and each one's cell."""
    if groups <= 1:
        if count == 1:
            return [(0.0, 0.0)], _WHOLE
        if count == 2:
            return [(-0.25, 0.0), (0.25, 0.0)], _HALF
        return [(-0.25, -0.25), (0.25, -0.25), (0.0, 0.25)], _QUARTER
    if groups >= 3:
        if count == 1:
            return [(0.0, 0.0)], _QUARTER
        if count == 2:
            return [(-0.11, -0.11), (0.11, 0.11)], _EIGHTH
        return [(-0.12, -0.12), (0.12, -0.12), (0.0, 0.12)], _EIGHTH
    cell = {1: _HALF, 2: _QUARTER}.get(count, _SIXTH)
    line = {1: [0.0], 2: [-0.25, 0.25]}.get(count, [-0.33, 0.0, 0.33])
    if row:
        return [(0.0, o) for o in line], cell
    return [(o, 0.0) for o in line], cell.turned()


def _visible(element: Element) -> tuple[np.ndarray, np.ndarray]:
    """Centre and size (both (2,), x and y) of what is visible of the sprite's unit square."""
    x0, y0, x1, y1 = visible_box(element.noun, element.flag)
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2]), np.array([x1 - x0, y1 - y0])


def _spots(group: Group, wide: bool) -> list[tuple[Element, float, float, float]]:
    """What the host wears or has: (element, x, y, size) in the host's visible box."""
    out: list[tuple[Element, float, float, float]] = []
    used, places = 0, _BESIDE if wide else _BELOW
    for how, element in group.attachments:
        wear = V.NOUNS[element.noun].wear
        scale = SIZES.get(element.size or "", 1.0) ** 0.5
        if how == "wearing" and wear:
            out.append((element, wear[0], wear[1], wear[2] * WORN * scale))
        elif how in ("with", "wearing"):
            for _ in range(element.count):
                x, y, size = places["with"][used % len(places["with"])]
                out.append((element, x, y, size * scale))
                used += 1
        else:
            out += [(element, x, y, size * scale) for x, y, size in places[how]]
    return out


def _boxes(group: Group, cell: _Cell) -> list[tuple[Element, np.ndarray, np.ndarray]]:
    """Centre and size of the visible box of the host and of each thing it wears or has, around
    the host's centre, shrunk together until they fit into the cell."""
    _, shape = _visible(group.host)
    wanted = np.array(cell.normal) * SIZES.get(group.host.size or "", 1.0)
    host = shape * float(np.min(wanted / shape))
    boxes = [(group.host, np.zeros(2), host)]
    middling = float(np.sqrt(host.prod()))
    for element, x, y, size in _spots(group, cell.cell[0] >= cell.cell[1]):
        _, shape = _visible(element)
        at = (np.array([x, y]) - 0.5) * host
        boxes.append((element, at, shape * (size * middling / shape.max())))
    low, high = _hull(boxes)
    shrink = min(1.0, float(np.min(np.array(cell.most) / (high - low))))
    return [(e, at * shrink, size * shrink) for e, at, size in boxes]


def _hull(boxes: list[tuple[Element, np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest corner of all boxes."""
    low = np.min([at - size / 2 for _, at, size in boxes], 0)
    high = np.max([at + size / 2 for _, at, size in boxes], 0)
    return low, high


def _copy(
    group: Group, index: int, middle: np.ndarray, cell: _Cell, rng: np.random.Generator
) -> list[Placed]:
    """One copy of a group's host and what it wears or has, near ``middle`` and inside the
    picture; where the cell leaves room, chance uses a part of it."""
    boxes = _boxes(group, cell)
    smaller = rng.uniform(0.94, 1.0)
    boxes = [(e, at * smaller, size * smaller) for e, at, size in boxes]
    low, high = _hull(boxes)
    slack = np.maximum(0.0, np.array(cell.cell) - (high - low)) / 2
    middle = middle + rng.uniform(-1, 1, 2) * (0.01 + 0.4 * slack)
    half = (high - low) / 2
    middle = np.clip(middle, half + MARGIN, np.maximum(half, 1 - half - MARGIN))
    placed = []
    for i, (element, at, size) in enumerate(boxes):
        seen, shape = _visible(element)
        side = float(size.max() / shape.max())
        x, y = middle - (low + high) / 2 + at + (0.5 - seen) * side
        placed.append(Placed(element, float(x), float(y), side, index, i == 0))
    return placed


def _place(plan: Plan, rng: np.random.Generator) -> list[Placed]:
    groups, row = len(plan.groups), stands_in_row(plan)
    if groups <= 1:
        slots: Slots = [(0.5, 0.5)]
    else:
        ways = _TRIANGLES if groups > 2 else [_ROW if row else _COLUMN]
        slots, _ = choose_slots(plan, rng, ways)
    placed: list[Placed] = []
    for i, group in enumerate(plan.groups):
        offsets, cell = _cells(group.host.count, groups, row)
        for offset in offsets:
            placed += _copy(group, i, np.add(slots[i], offset), cell, rng)
    return placed


FULL = Layout("full", _place)
