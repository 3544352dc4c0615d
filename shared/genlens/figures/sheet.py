"""Pictures with captions on one sheet, as a PNG for slides and papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from genlens.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

COLUMNS, SIDE, GAP, LINE = 10, 84, 10, 14


def sheet(
    pictures: np.ndarray,
    rebuilt: np.ndarray | None,
    captions: Sequence[str],
    title: str,
    columns: int | None = None,
) -> Image.Image:
    """Pictures in rows, each above its reconstruction, where there are any, and its caption.

    Args:
        pictures, rebuilt: (k, 1 or 3, h, w) in [0, 1], k >= 1.
        captions: k texts of one or more lines.
        title: the line above all.
        columns: pictures in a row; None for ten.

    Raises:
        InputError: nothing to show, or numbers that differ.
    """
    from PIL import Image, ImageDraw, ImageFont

    second = pictures if rebuilt is None else rebuilt
    if not len(pictures) == len(second) == len(captions) or not len(captions):
        raise InputError(
            f"{len(pictures)} pictures, {len(second)} reconstructions and {len(captions)} "
            "captions: a sheet needs as many of each, and at least one"
        )
    lines = max(caption.count("\n") + 1 for caption in captions)
    columns = columns or min(COLUMNS, max(4, len(captions)))
    tall = SIDE if rebuilt is None else 2 * SIDE + 4
    cell_w, cell_h = SIDE + GAP, tall + lines * LINE + 2 * GAP
    rows = -(-len(captions) // columns)
    page = Image.new("RGB", (columns * cell_w + GAP, rows * cell_h + 40), "white")
    draw = ImageDraw.Draw(page)
    font, head = ImageFont.load_default(size=11), ImageFont.load_default(size=15)
    draw.text((GAP, 10), title, fill="black", font=head)
    for k, caption in enumerate(captions):
        x, y = GAP + k % columns * cell_w, 40 + k // columns * cell_h
        page.paste(_enlarged(pictures[k]), (x, y))
        if rebuilt is not None:
            page.paste(_enlarged(rebuilt[k]), (x, y + SIDE + 4))
        for i, text in enumerate(caption.split("\n")):
            draw.text((x, y + tall + 4 + i * LINE), text, fill="#333333", font=font)
    return page


def _enlarged(picture: np.ndarray) -> Image.Image:
    from PIL import Image

    pixels = (np.asarray(picture, np.float32).clip(0, 1) * 255).round().astype(np.uint8)
    rgb = np.repeat(pixels.transpose(1, 2, 0), 3 // len(pixels), axis=2)
    small = max(rgb.shape[:2]) <= SIDE
    how = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
    return Image.fromarray(rgb).resize((SIDE, SIDE), how)
