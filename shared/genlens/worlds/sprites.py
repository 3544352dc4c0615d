"""The pictures scenes are made of: sprites, tinted and resized, and where they can be seen."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from . import vocabulary as V

MIN_VISIBLE = 0.5
"""The alpha from which a pixel counts as drawn by a sprite."""


@lru_cache(maxsize=768)
def _sprite(name: str, side: int) -> np.ndarray:
    """(side, side, 4) uint8 sprite, straight alpha; side is 64, 128 or 256 (as shipped)."""
    from PIL import Image

    with Image.open(V.DATA / "sprites" / f"{name}.webp") as image:
        return np.asarray(image.convert("RGBA").resize((side, side), Image.Resampling.BOX))


def _tint(rgba: np.ndarray, colour: str) -> np.ndarray:
    """The sprite in one colour, its shading kept: luminance below the sprite's mean darkens the
    colour, above it lightens it towards white."""
    rgb = rgba[..., :3].astype(np.float32) / 255
    grey = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    seen = rgba[..., 3] > 128
    middle = float(grey[seen].mean()) if seen.any() else 0.5
    target = np.array(V.COLOURS[colour], np.float32) / 255
    delta = ((grey - middle) * 0.9)[..., None]
    out = np.where(delta < 0, target * (1 + 1.3 * delta), target + (1 - target) * delta)
    return np.concatenate([np.clip(out * 255, 0, 255), rgba[..., 3:]], -1).astype(np.uint8)


@lru_cache(maxsize=12288)
def drawn(noun: str, colour: str | None, flag: str | None, side: int) -> np.ndarray:
    """(side, side, 4) float16 premultiplied sprite, ready to blend."""
    from PIL import Image

    name = f"flag_{flag}" if flag else V.NOUNS[noun].sprite
    # tint the smallest copy that is still large enough: a scene is drawn in under a millisecond
    rgba = _sprite(name, next((m for m in (64, 128) if side <= m), 256))
    if colour:
        rgba = _tint(rgba, colour)
    small = Image.fromarray(rgba).resize((side, side), Image.Resampling.BOX)
    out = np.asarray(small).astype(np.float32) / 255
    out[..., :3] *= out[..., 3:]  # PIL resizes with straight alpha: premultiply afterwards
    return out.astype(np.float16)


@lru_cache(maxsize=512)
def visible_box(noun: str, flag: str | None) -> tuple[float, float, float, float]:
    """The box (x0, y0, x1, y1), as fractions of its side, of a sprite's visible pixels: sprites
    have transparent margins of different widths."""
    alpha = _sprite(f"flag_{flag}" if flag else V.NOUNS[noun].sprite, 128)[..., 3]
    ys, xs = np.nonzero(alpha > 255 * MIN_VISIBLE)
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) / len(alpha)
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])
