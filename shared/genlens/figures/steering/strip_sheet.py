"""Strips of several faces as one PNG, for slides and papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from genlens.errors import InputError
from genlens.steering.results import Strip

if TYPE_CHECKING:
    from PIL import Image

SIDE, GAP, LINE, HEAD = 96, 8, 15, 40


def strip_sheet(strips: Sequence[Strip], title: str) -> Image.Image:
    """A row a strip, a column an alpha; the score stands below each picture, the alphas above all.

    Raises:
        InputError: no strip, or strips of different alphas.
    """
    from PIL import Image, ImageDraw, ImageFont

    if not strips or any(not np.array_equal(s.alphas, strips[0].alphas) for s in strips):
        raise InputError(f"{len(strips)} strips: a sheet needs one or more of the same alphas")
    alphas = strips[0].alphas.tolist()
    cell = SIDE + GAP
    tall = SIDE + GAP + LINE
    page = Image.new(
        "RGB", (len(alphas) * cell + GAP, HEAD + LINE + len(strips) * tall + GAP), "white"
    )
    draw = ImageDraw.Draw(page)
    font, head = ImageFont.load_default(size=11), ImageFont.load_default(size=15)
    draw.text((GAP, 10), title, fill="black", font=head)
    for column, alpha in enumerate(alphas):
        draw.text((GAP + column * cell, HEAD), f"alpha {alpha:.3g}", fill="#333333", font=font)
    for row, strip in enumerate(strips):
        top = HEAD + LINE + row * tall
        for column, (image, score) in enumerate(zip(strip.images, strip.scores, strict=True)):
            left = GAP + column * cell
            page.paste(_scaled(image), (left, top))
            said = f"{score:.2f}" if np.isfinite(score) else "-"
            draw.text((left, top + SIDE + 2), said, fill="#333333", font=font)
    return page


def _scaled(picture: np.ndarray) -> Image.Image:
    from PIL import Image

    pixels = (np.asarray(picture, np.float32).clip(0, 1) * 255).round().astype(np.uint8)
    rgb = np.repeat(pixels.transpose(1, 2, 0), 3 // len(pixels), axis=2)
    small = max(rgb.shape[:2]) <= SIDE
    how = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
    return Image.fromarray(np.ascontiguousarray(rgb)).resize((SIDE, SIDE), how)
