"""An attribution as one picture for slides: the map beside the picture, or bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genlens.attribution.results import Attribution
from genlens.figures.attribution.bars import MOST, bar_colour, largest_first
from genlens.figures.attribution.facts import (
    drawn_values,
    method_title,
    nothing_sentence,
    plain_number,
    sum_sentence,
    unit_of,
)
from genlens.figures.attribution.pixel_map import as_rgb, checked_map, heat_rgb, scale_end
from genlens.figures.palette import diverging, sequential

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

INK, PAPER, FAINT = "#1F2937", "#FFFFFF", "#6B7280"
SIDE, GAP, WIDTH, ROW = 400, 40, 1360, 30


def attribution_picture(attribution: Attribution, picture: np.ndarray) -> Image.Image:
    """An RGB picture 1360 pixels wide, dark on white: title, picture, map and both (or picture and
    bars), the scale, and whether the values add up.

    Args:
        attribution: any method's.
        picture: (1 or 3, h, w) in [0, 1].
    """
    from PIL import Image, ImageDraw

    bars = attribution.values.ndim == 1
    rows = min(MOST, attribution.values.size) if bars else 0
    height = 2 * GAP + 70 + max(SIDE + 70, ROW * rows + 40) + 40
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    title = f"{method_title(attribution.method)}: {attribution.target}"
    draw.text((GAP, GAP - 14), _latin(title)[:80], fill=INK, font=_font(30))
    top = GAP + 50
    pixels = as_rgb(picture)
    _paste(sheet, pixels, GAP, top)
    if bars:
        _bars(draw, attribution, GAP * 2 + SIDE, top)
    else:
        values = checked_map(attribution)
        colours, alpha = heat_rgb(values, attribution.signed)
        grey = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
        shared = (colours.shape[:2] == pixels.shape[:2]) and alpha[..., None]
        _paste(sheet, colours, GAP + SIDE + GAP, top)
        if shared is not False:
            both = (grey * (1 - shared) + colours * shared).round().astype(np.uint8)
            _paste(sheet, both, GAP + 2 * (SIDE + GAP), top)
        if not attribution.nothing:
            _scale(draw, attribution, values, (GAP + SIDE + GAP, top + SIDE + 16))
    cost = f"{attribution.made_by.seconds:.2g} s, {attribution.made_by.model_calls} model calls"
    made = f"{attribution.made_by.model}, {cost}"
    draw.text(
        (GAP, height - GAP - 40),
        _latin(nothing_sentence(attribution) or sum_sentence(attribution)),
        INK,
        _font(18),
    )
    draw.text((GAP, height - GAP - 10), _latin(made), FAINT, _font(18))
    return sheet


def _paste(sheet: Image.Image, pixels: np.ndarray, x: int, y: int) -> None:
    from PIL import Image

    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    sheet.paste(Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST), (x, y))


def _bars(draw: ImageDraw.ImageDraw, attribution: Attribution, x: int, y: int) -> None:
    values = drawn_values(attribution)
    order = largest_first(values, MOST)
    top = float(np.abs(values).max(initial=0.0)) or 1.0
    zero = x + 470 if attribution.signed else x + 260
    room = 190 if attribution.signed else 400
    labels = attribution.labels or tuple(f"z{j}" for j in range(len(values)))
    for place, j in enumerate(order.tolist()):
        line = y + place * ROW
        length = room * values[j] / top
        ends = sorted((zero, zero + length))
        colour = bar_colour(float(values[j]), top, attribution.signed)
        draw.rectangle((ends[0], line + 4, ends[1], line + ROW - 6), fill=colour)
        draw.text((x, line), _latin(labels[j])[:26], INK, _font(19))
        draw.text((x + 690, line), _latin(plain_number(float(values[j]))), INK, _font(19))
    foot = f"in {unit_of(attribution)}"
    draw.text((x, y + len(order) * ROW + 6), _latin(foot), FAINT, _font(18))


def _scale(
    draw: ImageDraw.ImageDraw, attribution: Attribution, values: np.ndarray, corner: tuple[int, int]
) -> None:
    x, y = corner
    top = scale_end(values)
    for i in range(SIDE):
        part = i / (SIDE - 1)
        colour = diverging(2 * part - 1) if attribution.signed else sequential(part)
        draw.line((x + i, y, x + i, y + 16), fill=colour)
    low = plain_number(-top) if attribution.signed else "0"
    text = f"{low} to {plain_number(top)} ({unit_of(attribution)})"
    draw.text((x, y + 22), _latin(text), FAINT, _font(18))


def _latin(text: str) -> str:
    """Pillow's own font holds Latin letters only."""
    for sign, plain in (("−", "-"), ("’", "'"), ("“", '"'), ("”", '"'), ("‖", "|"), ("x̂", "x^")):
        text = text.replace(sign, plain)
    return text.encode("latin-1", "replace").decode("latin-1")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
