"""Many small pictures as one image: a browser asks once for all that are in view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.errors import InputError
from genlens.figures.pixels import data_uri

MOST_SIDE = 64
"""Longer sides are made shorter, by whole factors."""


@dataclass(frozen=True)
class Sprites:
    """``sheet`` is a ``data:`` address; picture k is in column k % ``columns`` and row
    k // ``columns``, with its reconstruction right below it; ``side`` is (width, height) of each of
    the two in pixels."""

    sheet: str
    columns: int
    side: tuple[int, int]


def sprites(pictures: np.ndarray, rebuilt: np.ndarray, columns: int = 16) -> Sprites:
    """``pictures`` and ``rebuilt``, both (k, 1 or 3, h, w) in [0, 1], as one sheet.

    Raises:
        InputError: none, or shapes that differ.
    """
    if np.shape(pictures) != np.shape(rebuilt) or np.ndim(pictures) != 4 or not len(pictures):
        raise InputError(
            f"pictures {np.shape(pictures)} and reconstructions {np.shape(rebuilt)}: pass as many "
            "of one shape, at least one"
        )
    factor = -(-max(np.shape(pictures)[2:]) // MOST_SIDE)
    both = np.concatenate([_smaller(pictures, factor), _smaller(rebuilt, factor)], axis=2)
    k, channels, height, width = both.shape
    columns = min(columns, k)
    rows = -(-k // columns)
    page = np.zeros((rows * columns, channels, height, width), np.float32)
    page[:k] = both
    grid = page.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    pixels = (grid.reshape(rows * height, columns * width, channels).clip(0, 1) * 255).round()
    image = np.repeat(pixels.astype(np.uint8), 3 // channels, axis=2)
    return Sprites(data_uri(image), columns, (width, height // 2))


def _smaller(pictures: np.ndarray, factor: int) -> np.ndarray:
    """Means of squares of ``factor`` pixels; what is left over at the edges is cut off."""
    rows = np.asarray(pictures, np.float32)
    if factor == 1:
        return rows
    k, c, h, w = rows.shape
    h, w = h // factor * factor, w // factor * factor
    cut = rows[:, :, :h, :w].reshape(k, c, h // factor, factor, w // factor, factor)
    return cut.mean((3, 5))
