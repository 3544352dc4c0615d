"""A generator with styles and no encoder: what a GAN will be to those who ask it."""

from __future__ import annotations

import torch
from torch import nn

from genlens.models.contracts import ModelCard
from genlens.models.generators.decoder import prior_sample


class TinyGAN(nn.Module):
    """z (2, 2, 2) -> a mapping network -> 3 layers, each scaled by its style -> pictures 8 x 8."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.mapping = nn.Sequential(nn.Flatten(), nn.Linear(8, 16), nn.Tanh())
            self.start = nn.Parameter(torch.randn(1, 16))
            self.blocks = nn.ModuleList(nn.Linear(16, 16) for _ in range(3))
            self.to_pixels = nn.Linear(16, 64)
        with torch.no_grad():
            self.to_pixels.weight.mul_(6)
        self.card = ModelCard(id="tiny-gan", contract="Generator")
        self.device, self.image_shape = torch.device("cpu"), (1, 8, 8)
        self.latent_shape, self.layers = (2, 2, 2), ("coarse", "middle", "fine")
        self.requires_grad_(False).eval()

    @property
    def module(self):
        return self

    def sample_latents(self, n, seed):
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z):
        return self.mapping(z)[:, None].expand(-1, 3, -1)

    def synthesize(self, styles):
        x = self.start
        for layer, style in zip(self.blocks, styles.unbind(1), strict=True):
            x = torch.tanh(layer(x * (1 + style)) * 2)
        return torch.sigmoid(self.to_pixels(x)).view(-1, 1, 8, 8)
