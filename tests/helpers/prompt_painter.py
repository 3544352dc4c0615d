"""A real small world whose truth is known: a painter, an encoder and a segmenter of a few lines.

The painter paints one fixed square for each word it knows and nothing for the others; so every
payoff, Shapley value and link has a closed form.
"""

from __future__ import annotations

import numpy as np
import torch

from genlens.models.contracts import Generation, ModelCard, ObjectMask, Word
from genlens.prompts.explain import explain_prompt
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.pixels import PixelSimilarity

SIZE = 40
GROUND = (0.94, 0.94, 0.94)
# word -> (colour, (x0, y0, x1, y1)): disjoint squares, pure colours
SQUARES = {
    "cat": ((1.0, 0.0, 0.0), (2, 2, 14, 14)),
    "car": ((0.0, 0.0, 1.0), (20, 4, 36, 14)),
    "dog": ((0.0, 0.6, 0.0), (4, 20, 12, 34)),
    "hat": ((0.6, 0.0, 0.6), (24, 24, 32, 32)),
}


def area_cost(word: str, size: int = SIZE) -> float:
    """Mean absolute pixel difference between the ground and the word's square on it."""
    colour, (x0, y0, x1, y1) = SQUARES[word]
    change = np.mean([abs(a - b) for a, b in zip(to_byte(colour), to_byte(GROUND), strict=True)])
    return float(change) * (x1 - x0) * (y1 - y0) / size**2


def to_byte(colour: tuple[float, float, float]) -> list[float]:
    return [round(c * 255) / 255 for c in colour]


def square_mask(word: str) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), dtype=bool)
    x0, y0, x1, y1 = SQUARES[word][1]
    mask[y0:y1, x0:x1] = True
    return mask


class Painter:
    """A TextToImage: the seed tints nothing but one corner pixel, so that it shows."""

    def __init__(self) -> None:
        self.card = ModelCard("painter", "TextToImage", revision="r1", settings={"steps": 3})
        self.device = torch.device("cpu")
        self.calls: list[list[str]] = []
        self.seeds: set[int] = set()

    def generate(self, prompts, seed, *, steps=None, guidance=None, record=None, cancel=None):
        self.calls.append(list(prompts))
        self.seeds.add(seed)
        images = torch.stack([self._paint(p, seed) for p in prompts])
        return Generation(images=images, latents=images)

    def tokenize(self, prompt):
        return [
            Word(t, (i,), _bare(t) in SQUARES, () if _bare(t) in SQUARES else ("cat",))
            for i, t in enumerate(prompt.split())
        ]

    def _paint(self, prompt, seed):
        image = torch.tensor(GROUND)[:, None, None].repeat(1, SIZE, SIZE)
        for word in map(_bare, prompt.split()):
            if word in SQUARES:
                colour, (x0, y0, x1, y1) = SQUARES[word]
                image[:, y0:y1, x0:x1] = torch.tensor(colour)[:, None, None]
        image[:, -1, -1] = (seed % 7) / 7
        return image


class PaletteEncoder:
    """An ImageTextEncoder: how much of an image has each word's colour, a little of "nothing"."""

    def __init__(self) -> None:
        self.card = ModelCard("palette", "ImageTextEncoder", revision="r2")
        self.device = torch.device("cpu")

    def embed_images(self, images):
        colours = torch.tensor([c for c, _ in SQUARES.values()])  # (words, 3)
        distance = (images[:, None] - colours[None, :, :, None, None]).abs().amax(dim=2)
        counts = (distance < 0.2).float().mean(dim=(2, 3))  # (n, words)
        nothing = torch.full((len(images), 1), 0.02)
        return torch.nn.functional.normalize(torch.cat([counts, nothing], dim=1), dim=1)

    def embed_texts(self, texts):
        out = torch.zeros(len(texts), len(SQUARES) + 1)
        for row, text in enumerate(texts):
            names = list(SQUARES)
            out[row, names.index(text) if text in SQUARES else len(names)] = 1.0
        return out


class Components:
    """A Segmenter: connected components of what differs from the ground, and the ground itself."""

    def __init__(self) -> None:
        self.card = ModelCard("components", "Segmenter", revision="r3")
        self.device = torch.device("cpu")

    def segment(self, image):
        from scipy import ndimage

        pixels = image.numpy()
        differs = np.abs(pixels - np.array(GROUND)[:, None, None]).max(axis=0) > 0.1
        differs[-1, -1] = False
        labels, count = ndimage.label(differs)
        masks = [labels == i + 1 for i in range(count)] + [~differs]
        return [object_mask(m) for m in masks]

    def segment_at(self, image, points):
        return [o for o in self.segment(image) if all(o.mask[int(y), int(x)] for x, y in points)]


def object_mask(mask: np.ndarray, score: float = 0.9) -> ObjectMask:
    ys, xs = np.nonzero(mask)
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    return ObjectMask(mask=mask, box=box, score=score, area=int(mask.sum()))


def _bare(text: str) -> str:
    return text.lower().strip(".,!?\"'")


def explain(prompt, **options):
    options.setdefault("similarity", PixelSimilarity())
    return explain_prompt(
        options.pop("model", Painter()),
        prompt,
        encoder=PaletteEncoder(),
        segmenter=Components(),
        **options,
    )


def play(prompt, **options):
    return PromptGame(Painter(), prompt, similarity=PixelSimilarity(), **options)


def rectangle(x0, y0, x1, y1, score=0.9, size=64):
    mask = np.zeros((size, size), dtype=bool)
    mask[y0:y1, x0:x1] = True
    return object_mask(mask, score)
