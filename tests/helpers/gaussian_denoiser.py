"""A diffusion model whose every number is known: pictures are independent Gaussian pixels."""

from __future__ import annotations

import torch

from genlens.models.contracts import ModelCard


class GaussianDenoiser:
    """The best ``Denoiser`` of pictures with pixels N(mean, spread^2), levels of a cosine."""

    def __init__(self, mean=0.2, spread=0.3, shape=(1, 4, 4), timesteps=100):
        self.mean, self.spread, self.image_shape = mean, spread, shape
        self.timesteps, self.device = timesteps, torch.device("cpu")
        self.card = ModelCard(id="gaussian-pixels", contract="Denoiser")
        steps = (torch.arange(timesteps, dtype=torch.float64) + 1) / (timesteps + 1)
        self.levels = torch.cos(steps * torch.pi / 2).square()

    def to_latents(self, images):
        return images * 2 - 1

    def to_images(self, latents):
        return (latents / 2 + 0.5).clamp(0, 1)

    def add_noise(self, latents, noise, t):
        level = float(self.levels[t])
        return level**0.5 * latents + (1 - level) ** 0.5 * noise

    def guess(self, latents, t):
        """(clean, noise): the conditional means, which are linear."""
        level = float(self.levels[t])
        off = latents - level**0.5 * self.mean
        total = level * self.spread**2 + 1 - level
        noise = (1 - level) ** 0.5 * off / total
        return self.mean + level**0.5 * self.spread**2 * off / total, noise

    def predict_noise(self, latents, t):
        return self.guess(latents, t)[1]

    def invert(self, images, *, steps=None):
        return (self.to_latents(images) - self.mean) / self.spread  # the probability flow's end

    def generate(self, noise, *, steps=None):
        return self.to_images(self.mean + self.spread * noise)
