"""The picture on ``emoji-diffusion``'s card: prompts it never saw, not picked by hand.

``python -m genlens.zoo.recipes.sample_grid`` draws them from the shipped weights.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from genlens.models.catalog import load
from genlens.zoo.measures.diffusion import pair_prompts, pictures

CARD = Path(__file__).parents[1] / "cards" / "emoji-diffusion.webp"
COLUMNS, ROWS, SIDE, TEXT = 8, 4, 128, 44


def wrapped(text: str, width: int = 21) -> str:
    """``text`` in lines of at most ``width`` characters, broken at spaces."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def main() -> None:
    model = load("emoji-diffusion")
    prompts = pair_prompts(COLUMNS * ROWS, seed=2026)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + 8), ROWS * (SIDE + TEXT)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, prompt in enumerate(prompts):
        image = Image.fromarray(pictures(model, [prompt], i)[0])
        x, y = i % COLUMNS * (SIDE + 8) + 4, i // COLUMNS * (SIDE + TEXT) + 4
        sheet.paste(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC), (x, y))
        draw.multiline_text((x, y + SIDE + 2), wrapped(prompt), fill="black", spacing=1)
    sheet.save(CARD, quality=85, method=6)


if __name__ == "__main__":
    main()
