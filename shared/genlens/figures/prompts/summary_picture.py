"""One picture for slides: the image with its objects outlined, beside the words' shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genlens.figures import pixels
from genlens.figures.palette import word_colour
from genlens.figures.style import percent
from genlens.prompts.results import PromptExplanation

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

INK, PAPER, FAINT = "#1F2937", "#FFFFFF", "#6B7280"
SIDE, GAP, WIDTH = 640, 48, 1400


def summary_picture(explanation: PromptExplanation) -> Image.Image:
    """An RGB picture 1400 pixels wide, dark on white."""
    from PIL import Image, ImageDraw

    rows = len(explanation.attribution.words)
    height = max(SIDE + 2 * GAP + 60, 2 * GAP + 150 + 64 * rows)
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(picture)
    title = explanation.prompt if len(explanation.prompt) < 70 else explanation.prompt[:69] + "…"
    draw.text((GAP, GAP - 18), title, fill=INK, font=_font(36))
    _paste_image(picture, draw, explanation, (GAP, GAP + 50))
    _draw_shares(draw, explanation, (GAP + SIDE + GAP, GAP + 56))
    return picture


def _paste_image(
    picture: Image.Image,
    draw: ImageDraw.ImageDraw,
    explanation: PromptExplanation,
    corner: tuple[int, int],
) -> None:
    from PIL import Image

    height, width = explanation.image.shape[:2]
    scale = SIDE / max(height, width)
    size = (round(width * scale), round(height * scale))
    picture.paste(Image.fromarray(explanation.image).resize(size, Image.Resampling.BICUBIC), corner)
    owners = explanation.links.word_of.tolist()
    for object_, word in zip(explanation.links.objects, owners, strict=True):
        for loop in pixels.drawn_outline(object_.mask):
            points = [(corner[0] + x * scale, corner[1] + y * scale) for x, y in loop]
            closed = [*points, points[0]]
            draw.line(closed, fill=PAPER, width=9, joint="curve")
            draw.line(closed, fill=word_colour(word), width=5, joint="curve")


def _draw_shares(
    draw: ImageDraw.ImageDraw, explanation: PromptExplanation, corner: tuple[int, int]
) -> None:
    attribution = explanation.attribution
    shares = np.nan_to_num(attribution.shares)
    top = max(float(np.max(np.abs(shares), initial=0.0)), 1e-9)
    x, y = corner
    draw.text((x, y - 10), "How much each word explains", fill=FAINT, font=_font(24))
    for j, word in enumerate(attribution.words):
        y += 64
        colour = word_colour(j)
        text = word.text if len(word.text) < 16 else word.text[:15] + "…"
        draw.rectangle((x, y - 8, x + 20, y + 12), fill=colour)
        draw.text((x + 32, y - 16), text, fill=INK, font=_font(28))
        length = 260 * abs(shares[j]) / top
        # A word that took away from the image gets a hollow bar, and a minus in its number.
        inside = colour if shares[j] >= 0 else PAPER
        draw.rectangle((x + 250, y - 10, x + 250 + length, y + 14), inside, colour, width=3)
        number = percent(float(attribution.shares[j]))
        draw.text((x + 262 + length, y - 14), number, fill=INK, font=_font(26))
    # Pillow's own font holds Latin letters only, so this line keeps to them.
    foot = f"Shapley values, {attribution.model_calls} images, seed {explanation.made_by.seed}"
    draw.text((x, y + 50), foot, fill=FAINT, font=_font(20))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
