"""A generator and assessors that are linear, so that every direction in them is known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from genlens.models.contracts import ModelCard
from genlens.models.generators.decoder import prior_sample

SIDE, LATENTS, STYLES, LAYERS = 6, 8, 6, 3


class LinearGAN(nn.Module):
    """z (8,) -> w = M z (6,) for 3 layers -> grey + the sum of each layer's weights times its
    style: pictures (1, 6, 6), not clipped."""

    def __init__(self, seed=0):
        super().__init__()
        dice = torch.Generator().manual_seed(seed)
        stretch = torch.linspace(1.0, 2.0, STYLES)[:, None]
        self.register_buffer("mapping", torch.randn(STYLES, LATENTS, generator=dice) * stretch)
        self.register_buffer("weights", torch.randn(LAYERS, SIDE**2, STYLES, generator=dice) / 100)
        self.card = ModelCard(id="linear-gan", contract="Generator")
        self.device, self.image_shape = torch.device("cpu"), (1, SIDE, SIDE)
        self.latent_shape, self.layers = (LATENTS,), ("coarse", "middle", "fine")

    @property
    def module(self):
        return self

    def sample_latents(self, n, seed):
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z):
        return (z @ self.mapping.T)[:, None].expand(-1, LAYERS, -1)

    def synthesize(self, styles):
        pixels = torch.einsum("lps,nls->np", self.weights, styles)
        return 0.5 + pixels.reshape(-1, 1, SIDE, SIDE)

    def style_weights(self, layer):
        return self.weights[layer]

    def truncated(self, psi):
        return self


class PlainDecoder(nn.Module):
    """A generator of one layer: z (8,) through a linear layer, tanh, and another to (1, 6, 6)."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first, self.last = nn.Linear(LATENTS, 12), nn.Linear(12, SIDE**2)
        self.requires_grad_(False)
        self.card = ModelCard(id="plain-decoder", contract="Generator")
        self.device, self.image_shape = torch.device("cpu"), (1, SIDE, SIDE)
        self.latent_shape, self.layers = (LATENTS,), ("latent",)

    @property
    def module(self):
        return self

    def sample_latents(self, n, seed):
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z):
        return z.reshape(len(z), 1, -1)

    def synthesize(self, styles):
        x = self.last(torch.tanh(self.first(styles[:, 0])))
        return torch.sigmoid(x).reshape(-1, 1, SIDE, SIDE)


@dataclass(frozen=True)
class Probe:
    """The sum of the pixels times ``pattern`` (h, w); squashed by tanh where it is ``bounded``."""

    pattern: torch.Tensor
    name: str = "probe"
    bounded: bool = False
    differentiable: bool = True
    unit: str = "weighted grey"
    help: str = "A weighted sum of pixels."

    @property
    def title(self):
        return self.name

    @property
    def range(self):
        return (-1.0, 1.0) if self.bounded else (float("-inf"), float("inf"))

    def missing(self):
        return ""

    def score(self, images):
        value = ((images - 0.5) * self.pattern).sum((1, 2, 3))
        return torch.tanh(value) if self.bounded else value


def probe(seed, name="probe", **more):
    """A ``Probe`` with a random pattern."""
    dice = torch.Generator().manual_seed(seed)
    return Probe(torch.randn(SIDE, SIDE, generator=dice), name, **more)


def slope_in_styles(gan, assessor, layers=range(LAYERS)):
    """(6,): how fast the probe's score rises with the style that ``layers`` share."""
    weights = sum(gan.weights[k] for k in layers)
    return (assessor.pattern.flatten() @ weights).double().numpy()


def slope_in_latents(gan, assessor):
    """(8,): how fast the probe's score rises with z."""
    return slope_in_styles(gan, assessor) @ gan.mapping.double().numpy()
