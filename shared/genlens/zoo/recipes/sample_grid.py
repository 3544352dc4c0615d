"""The picture on ``emoji-diffusion``'s card: prompts it never saw, not picked by hand, each beside
its true scene.

``python -m genlens.zoo.recipes.sample_grid`` draws them from the shipped weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from genlens.models.catalog import load
from genlens.worlds.emoji_scenes import draw
from genlens.zoo.measures.diffusion import pair_prompts, pictures

CARD = Path(__file__).parents[1] / "cards" / "emoji-diffusion.webp"
COLUMNS, PROMPTS, SIDE, TEXT, GAP = 4, 32, 128, 34, 4
SEED = 2026


def wrapped(text: str, width: int = 42) -> str:
    """``text`` in lines of at most ``width`` characters, broken at spaces."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def sheet(prompts: Sequence[str], made: np.ndarray, true: np.ndarray) -> Image.Image:
    """Each prompt below its picture (left) and its true scene (right), (n, h, w, 3) uint8."""
    wide, high = 2 * SIDE + 4 * GAP, SIDE + TEXT
    rows = math.ceil(len(prompts) / COLUMNS)
    out = Image.new("RGB", (COLUMNS * wide, rows * high), "white")
    pen = ImageDraw.Draw(out)
    for i, prompt in enumerate(prompts):
        x, y = i % COLUMNS * wide + GAP, i // COLUMNS * high
        for k, picture in enumerate((made[i], true[i])):
            image = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            out.paste(image, (x + k * (SIDE + GAP), y))
        pen.multiline_text((x, y + SIDE + 2), wrapped(prompt), fill="black", spacing=1)
    return out


def main() -> None:
    model = load("emoji-diffusion")
    prompts = pair_prompts(PROMPTS, SEED)
    made = np.concatenate([pictures(model, [prompt], i) for i, prompt in enumerate(prompts)])
    true = np.stack([draw(i, prompt, SIDE).image for i, prompt in enumerate(prompts)])
    sheet(prompts, made, true).save(CARD, quality=85, method=6)


if __name__ == "__main__":
    main()
