"""A generator one of whose units draws a red square, and paints no red into the sky."""

from __future__ import annotations

import torch
from torch import nn

from genlens.models.contracts import ModelCard
from genlens.models.generators.decoder import prior_sample

UNIT, UNITS, SIDE, SKY = 3, 8, 16, 4


class Drawing(nn.Module):
    """Latents (n, 6) -> units (n, 8, 8, 8): unit 3 is a square of 3 x 3 places whose corner the
    latent picks; the others are smooth waves of random phase."""

    def forward(self, z):
        n = len(z)
        place = torch.arange(8.0)
        waves = [torch.sin(place[:, None] * (0.4 + 0.2 * u) + z[:, 2 + u % 4, None, None] + place)
                 for u in range(UNITS)]  # fmt: skip
        maps = torch.stack([wave.expand(n, 8, 8) for wave in waves], 1)
        for i, (x, y) in enumerate(
            ((z[:, :2].sigmoid() * 5).long() + torch.tensor([0, 3])).tolist()
        ):
            maps[i, UNIT] = 0.0
            maps[i, UNIT, min(y, 5) : min(y, 5) + 3, x : x + 3] = 1.0
        return maps


class Colouring(nn.Module):
    """Units -> pictures (n, 3, 16, 16): red where unit 3 is on (below the sky, which stays blue),
    otherwise a dull grey-blue that the other units shade."""

    def forward(self, maps):
        big = nn.functional.interpolate(maps, (SIDE, SIDE), mode="nearest")
        others = [u for u in range(UNITS) if u != UNIT]
        shade = 0.4 + 0.02 * big[:, others].mean(1).clamp(-1, 1)
        red = big[:, UNIT].clamp(0, 1).clone()
        red[:, :SKY] = 0.0
        blue = 0.9 - 0.8 * red
        return torch.stack([shade * (1 - red) + 0.9 * red, shade * (1 - red), blue], 1)


class PlantedGenerator:
    """Lists no units: the hooks have to find the layer ``draw``."""

    def __init__(self):
        self.card = ModelCard(id="planted", contract="Generator")
        self.device = torch.device("cpu")
        self.module = nn.ModuleDict({"draw": Drawing(), "colour": Colouring()})
        self.image_shape, self.latent_shape, self.layers = (3, SIDE, SIDE), (6,), ("latent",)

    def sample_latents(self, n, seed):
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z):
        return z[:, None]

    def synthesize(self, styles):
        return self.module["colour"](self.module["draw"](styles[:, 0]))
