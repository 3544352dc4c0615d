"""The cross-attention blocks that features are learned from: one, or all of one grid together.

What a thing is may be said by several blocks at once: of the embedded model, exchanging the words
of one 8 x 8 layer moves 1 to 5 nouns of 23, of both together 21 (``evaluate inside``). Features of
one of them can then be read, but hardly change what is drawn. So rows are the updates of all blocks
of a grid side by side (a crosscoder of several layers: Lindsey et al. 2024, "Sparse crosscoders for
cross-layer features and model diffing"), each divided by its own spread, so that none outweighs the
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.records import Record
from genlens.errors import InputError
from genlens.models.contracts import CrossLayer


def usual_layers(layers: Sequence[CrossLayer]) -> tuple[int, ...]:
    """The layers that features are learned from by default: in the up path, all of the grid next to
    the finest (of the only one, where there is one). There the embedded model decides what a thing
    is, and its features are the purest; the finest grid paints colours (``evaluate inside``). Of
    large models others may tell more."""
    up = [i for i, layer in enumerate(layers) if layer.part == "up"] or list(range(len(layers)))
    sizes = sorted({_places(layers[i]) for i in up}, reverse=True)
    chosen = sizes[min(1, len(sizes) - 1)]
    return tuple(i for i in up if _places(layers[i]) == chosen)


def layers_named(layers: Sequence[CrossLayer], number: int | None) -> tuple[int, ...]:
    """The one layer ``number``, checked; the usual ones for None.

    Raises:
        InputError: there is no such layer.
    """
    if number is None:
        return usual_layers(layers)
    if isinstance(number, bool) or not 0 <= number < len(layers):
        raise InputError(f"layer {number!r} is not there: take 0 to {len(layers) - 1}")
    return (int(number),)


def _places(layer: CrossLayer) -> int:
    return layer.grid[0] * layer.grid[1]


@dataclass(frozen=True)
class Blocks(Record):
    """``layers`` of one grid, in the order in which they run; ``widths`` how many numbers each adds
    at a place, ``spreads`` what they are divided by in a row."""

    layers: tuple[CrossLayer, ...]
    widths: tuple[int, ...]
    spreads: tuple[float, ...]

    @property
    def title(self) -> str:
        """For readers."""
        return " + ".join(layer.title for layer in self.layers)

    @property
    def grid(self) -> tuple[int, int]:
        """(h, w), how many places."""
        return self.layers[0].grid

    def part(self, layer: int) -> slice:
        """Where the numbers of ``layers[layer]`` stand in a row."""
        start = sum(self.widths[:layer])
        return slice(start, start + self.widths[layer])

    def in_row(self, layer: int, update: np.ndarray) -> np.ndarray:
        """``update`` (..., width) of ``layers[layer]`` as it stands in a row."""
        found: np.ndarray = update / self.spreads[layer]
        return found

    def of_row(self, layer: int, rows: np.ndarray) -> np.ndarray:
        """What ``rows`` (..., d) say of ``layers[layer]``: (..., width), as the network adds it."""
        found: np.ndarray = rows[..., self.part(layer)] * self.spreads[layer]
        return found


def side_by_side(
    layers: Sequence[CrossLayer], updates: Sequence[np.ndarray], like: Blocks | None = None
) -> tuple[Blocks, np.ndarray]:
    """The blocks of ``updates`` (..., width), one for each of ``layers``, and their rows (..., d);
    with the spreads of ``like``, else with their own."""
    spreads = tuple(float(u.std()) or 1.0 for u in updates) if like is None else like.spreads
    blocks = Blocks(tuple(layers), tuple(u.shape[-1] for u in updates), spreads)
    rows = [blocks.in_row(j, update) for j, update in enumerate(updates)]
    return blocks, np.concatenate(rows, -1)
