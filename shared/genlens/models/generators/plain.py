"""A generator without styles behind the ``Generator`` contract: its one layer takes the latent.

::

    generator = genlens.load("faces-dcgan", contract="Generator")
    faces = generator.synthesize(generator.to_styles(generator.sample_latents(16, seed=0)))
"""

from __future__ import annotations

import torch
from torch import nn

from genlens.models.autoencoders.inputs import checked
from genlens.models.contracts import ModelCard
from genlens.models.devices import pick_device
from genlens.models.generators.decoder import prior_sample


class PlainNetwork(nn.Module):
    """Latents (n, ``latents``) from N(0, 1) -> pictures (n, ``colours``, ``side``, ``side``) in
    [0, 1]. ``units`` names the submodules whose channels are units, coarse to fine."""

    latents: int
    side: int
    colours: int
    units: tuple[str, ...]


class PlainGenerator:
    """The generator ``net``."""

    def __init__(
        self, net: PlainNetwork, *, card: ModelCard | None = None, device: str | None = None
    ) -> None:
        self.card = card or ModelCard(id="generator", contract="Generator")
        self._device = torch.device(pick_device(device))
        self._net = net.to(self._device).float().eval().requires_grad_(False)
        self.layers = ("latent",)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self._device

    @property
    def module(self) -> PlainNetwork:
        """The network, for hooks."""
        return self._net

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        return (self._net.colours, self._net.side, self._net.side)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Of one latent."""
        return (self._net.latents,)

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Names of the submodules of ``module`` whose channels are units, coarse to fine."""
        return self._net.units

    def sample_latents(self, n: int, seed: int) -> torch.Tensor:
        """(n, z) float32 from N(0, 1); see ``prior_sample``."""
        return prior_sample(n, self.latent_shape, seed).to(self._device)

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 1, z): the latents themselves."""
        z = checked(z, self.latent_shape, f"{self.card.id}'s latents")
        return z.to(self._device)[:, None]

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """Pictures (n, c, h, w) in [0, 1] of ``styles`` (n, 1, z); differentiable."""
        styles = checked(styles, (1, self._net.latents), f"{self.card.id}'s styles")
        return torch.as_tensor(self._net(styles[:, 0].to(self._device)))
