"""Pictures with one thing more in them that no word asked for: a known "belongs to none".

The thing is blended into every picture of a game at the same place, whatever the words are. So no
word drew it, by construction, and an explanation that links it to a word is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from genlens.worlds import vocabulary as V

SIDE = 0.34
"""Of the intruder, as a part of the picture's: about that of a thing beside others."""
MOST_COVERED = 0.25
"""Part of its box that things of the picture may already cover: more, and there is no room."""
_SOLID = 0.5  # alpha from which a pixel counts as the intruder's


@dataclass(frozen=True)
class Intruder:
    """``images`` like the ones given, with ``noun`` at ``mask`` (h, w) bool in each of them."""

    images: np.ndarray
    noun: str
    mask: np.ndarray


def intrude(
    images: np.ndarray, occupied: np.ndarray, taken: Sequence[str], seed: int
) -> Intruder | None:
    """``images`` (n, h, w, 3) uint8 with one more thing, not one of the nouns ``taken``.

    It stands in the corner that ``occupied`` (h, w) bool leaves most room in; None where every
    corner is covered by more than a quarter.
    """
    height, width = occupied.shape
    side = round(SIDE * min(height, width))
    rng = np.random.default_rng(seed)
    corners = [(y, x) for y in (1, height - side - 1) for x in (1, width - side - 1)]
    rng.shuffle(corners)
    y, x = min(corners, key=lambda c: occupied[c[0] : c[0] + side, c[1] : c[1] + side].mean())
    if occupied[y : y + side, x : x + side].mean() > MOST_COVERED:
        return None
    noun = str(rng.choice(sorted(set(V.NOUNS) - set(taken))))
    sprite = _sprite(noun, side)  # (side, side, 4) in [0, 1]
    alpha = sprite[..., 3:]
    pasted = images.copy()
    ground = pasted[:, y : y + side, x : x + side].astype(np.float64) / 255
    blended = ground * (1 - alpha) + sprite[..., :3] * alpha
    pasted[:, y : y + side, x : x + side] = np.round(255 * blended).astype(np.uint8)
    mask = np.zeros((height, width), dtype=bool)
    mask[y : y + side, x : x + side] = alpha[..., 0] >= _SOLID
    return Intruder(pasted, noun, mask)


def _sprite(noun: str, side: int) -> np.ndarray:
    with Image.open(V.DATA / "sprites" / f"{V.NOUNS[noun].sprite}.webp") as image:
        small = image.convert("RGBA").resize((side, side), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64) / 255
