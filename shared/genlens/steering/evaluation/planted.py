"""A generator some of whose units are known: each planted one draws squares of one colour.

What looks for units must find these, and nothing where the colours are those of other pictures.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from genlens.models.contracts import ModelCard
from genlens.models.generators.decoder import prior_sample
from genlens.steering.units.concepts import Concepts

LAYER = "draw"
UNITS, PLACES, SIDE, SQUARE = 16, 8, 32, 2
COLOURS = {
    "red": (0.9, 0.1, 0.1),
    "yellow": (0.9, 0.9, 0.1),
    "green": (0.1, 0.8, 0.2),
    "violet or pink": (0.8, 0.1, 0.8),
}
"""Names as in ``ColourConcepts``; squares of a later one cover those of an earlier one."""
LATENTS = 2 * len(COLOURS) + 4


class _Draw(nn.Module):
    """Latents (n, 12) -> units (n, 16, 8, 8): a planted one is 1 on a square whose corner two
    latents choose, and 0 elsewhere; all others are waves whose phase the last four choose."""

    def __init__(self, planted: dict[str, int]) -> None:
        super().__init__()
        self.planted = planted

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        at = torch.arange(float(PLACES))
        slopes = 0.4 + 0.15 * torch.arange(float(UNITS))[:, None, None]
        phases = z[:, -4:].repeat(1, UNITS // 4)[:, :, None, None]  # (n, units, 1, 1)
        maps = torch.sin(slopes * at[:, None] + at + phases)
        chances = torch.special.ndtr(z)  # even in 0 to 1
        for k, unit in enumerate(self.planted.values()):
            corner = (chances[:, 2 * k : 2 * k + 2] * (PLACES - SQUARE + 1)).floor()
            steps = at - corner[:, :, None]  # (n, 2, places)
            down, across = ((steps >= 0) & (steps < SQUARE)).float().unbind(1)
            maps[:, unit] = down[:, :, None] * across[:, None, :]
        return maps


class _Paint(nn.Module):
    """Units -> pictures (n, 3, 32, 32): squares on a grey that the other units shade."""

    def __init__(self, planted: dict[str, int]) -> None:
        super().__init__()
        self.planted = planted

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        large = F.interpolate(maps, (SIDE, SIDE), mode="nearest")
        others = [unit for unit in range(UNITS) if unit not in self.planted.values()]
        shade = 0.5 + 0.05 * large[:, others].mean(1, keepdim=True).clamp(-1, 1)
        pictures = shade.expand(-1, 3, -1, -1)
        for name, unit in self.planted.items():
            colour = torch.tensor(COLOURS[name])[:, None, None]
            pictures = torch.lerp(pictures, colour, large[:, unit : unit + 1].clamp(0, 1))
        return pictures


class PlantedGenerator:
    """Pictures (3, 32, 32) of squares; ``planted`` is colour -> the unit that draws it, dealt out
    by ``seed``."""

    def __init__(self, seed: int = 0) -> None:
        dealt = np.random.default_rng(seed).permutation(UNITS)[: len(COLOURS)].tolist()
        self.planted = dict(zip(COLOURS, dealt, strict=True))
        self.card = ModelCard(id="planted-units", contract="Generator")
        self.device = torch.device("cpu")
        self.module = nn.ModuleDict({LAYER: _Draw(self.planted), "paint": _Paint(self.planted)})
        self.image_shape, self.latent_shape = (3, SIDE, SIDE), (LATENTS,)
        self.layers, self.unit_layers = ("latent",), (LAYER,)

    def sample_latents(self, n: int, seed: int) -> torch.Tensor:
        """See ``contracts.Generator``."""
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Generator``."""
        return z[:, None]

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Generator``."""
        return torch.as_tensor(self.module["paint"](self.module[LAYER](styles[:, 0])))


class Dealt:
    """``concepts`` whose pixels are those of the picture before: a control that must fail."""

    def __init__(self, concepts: Concepts) -> None:
        self._concepts = concepts
        self.title, self.names = f"{concepts.title} of other pictures", concepts.names

    def masks(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Concepts``."""
        return self._concepts.masks(images).roll(1, 0)
