"""Pictures in a row of tiles, each with a name above and a line below."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from genlens.figures.pixels import data_uri


class Tile(NamedTuple):
    """``image`` (h, w, 3) uint8 with its ``name``, what a screen reader says, and a line below."""

    image: np.ndarray
    name: str
    alt: str
    below: str = ""


def tiles(shown: Sequence[Tile]) -> str:
    """A list of pictures that wraps to the width it has."""
    items = "".join(
        f'<li class="gl-map-tile"><span class="gl-map-word">{html.escape(tile.name)}</span>'
        f'<img src="{data_uri(tile.image, lossless=max(tile.image.shape[:2]) <= 128)}" '
        f'alt="{html.escape(tile.alt)}">'
        f'<span class="gl-soft">{html.escape(tile.below)}</span></li>'
        for tile in shown
    )
    return f'<ol class="gl-maps">{items}</ol>'
