"""A generator of which everything is known: each layer's style is painted into its own band."""

from __future__ import annotations

import math

import torch
from torch import nn

from genlens.models.contracts import ModelCard
from genlens.models.generators.decoder import prior_sample

SCALE = 0.02


class BandGenerator:
    """z (4,) is the style of all three layers; pixel (2 l + i, j) is 0.5 + 0.02 * style[l, j]."""

    def __init__(self, layers=3):
        self.card = ModelCard(id="bands", contract="Generator")
        self.device, self.module = torch.device("cpu"), nn.Identity()
        self.image_shape, self.latent_shape = (1, 2 * layers, 4), (4,)
        self.layers = tuple(f"band {i}" for i in range(layers))

    def sample_latents(self, n, seed):
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z):
        return z[:, None].expand(-1, len(self.layers), -1)

    def synthesize(self, styles):
        return (0.5 + SCALE * styles.repeat_interleave(2, dim=1))[:, None]


class BandScore:
    """A weighted sum of the first band's pixels: 100 times the weights' product with its style.

    ``weights`` say which way the score rises; ``differentiable`` False cuts the gradient.
    """

    unit, range, help = "points", (-math.inf, math.inf), "A known score."

    def __init__(self, weights=(1.0, 0.0, 0.0, 0.0), band=0, differentiable=True, range=None):
        self.name = self.title = f"band {band}"
        self.weights, self.band = torch.tensor(weights), band
        self.differentiable = differentiable
        if range is not None:
            self.range = range

    def missing(self):
        return ""

    def score(self, images):
        pixels = images[:, 0, 2 * self.band]
        scores = ((pixels - 0.5) / SCALE) @ self.weights
        return scores if self.differentiable else scores.detach()


class Blind(BandScore):
    """Gives NaN for every picture, or only for those whose first band is dark on the left."""

    def __init__(self, always=True):
        super().__init__()
        self.always = always

    def score(self, images):
        scores = super().score(images)
        nothing = torch.full_like(scores, math.nan)
        return nothing if self.always else torch.where(scores < 0, nothing, scores)
