"""Assessors of which it is known what they react to: pixels of one window, nothing, chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from genlens.models.contracts import ModelCard

EYES, MOUTH, CORNER = (0.36, 0.26, 0.53, 0.74), (0.54, 0.34, 0.72, 0.66), (0.0, 0.0, 0.1, 0.1)


@dataclass(frozen=True)
class Windows:
    """``tanh`` of the sum over windows of weight x (0.5 - mean brightness there)."""

    weights: dict = field(default_factory=lambda: {EYES: 4.0})
    name: str = "windows"
    unit: str = "of the scale from -1 to 1"
    differentiable: bool = True
    range: tuple = (-1.0, 1.0)
    help: str = "Known by construction."

    @property
    def title(self):
        return self.name

    def missing(self):
        return ""

    def score(self, images):
        total = torch.zeros(len(images))
        height, width = images.shape[2:]
        for (top, left, bottom, right), weight in self.weights.items():
            rows = slice(int(top * height), round(bottom * height))
            columns = slice(int(left * width), round(right * width))
            total = total + weight * (0.5 - images[:, :, rows, columns].mean((1, 2, 3)))
        return torch.tanh(total)


@dataclass(frozen=True)
class Made(Windows):
    """Scores by a function of the batch: ``make(images) -> (n,)``."""

    make: object = None

    def score(self, images):
        return self.make(images)


def constant(value=0.5):
    return Made(name="constant", make=lambda images: torch.full((len(images),), value))


def chance(seed=0):
    """Another random number for every picture, whatever is on it."""
    dice = torch.Generator().manual_seed(seed)
    return Made(name="chance", make=lambda images: torch.rand(len(images), generator=dice) * 2 - 1)


class Carded(Windows):
    """A ``Windows`` with a card and a module."""

    card = ModelCard("windows-net", "Assessor", revision="r1")
    module = torch.nn.Identity()
