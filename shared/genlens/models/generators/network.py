"""What all generators that are one network share: where it runs, its shapes, its latents."""

from __future__ import annotations

from typing import Generic, TypeVar

import torch
from torch import nn

from genlens.models.contracts import ModelCard
from genlens.models.devices import pick_device
from genlens.models.generators.decoder import prior_sample


class GeneratorNetwork(nn.Module):
    """Latents (n, ``latents``) from N(0, 1) -> pictures (n, ``colours``, ``side``, ``side``)."""

    latents: int
    side: int
    colours: int


Net = TypeVar("Net", bound=GeneratorNetwork)


class NetworkGenerator(Generic[Net]):
    """The part of the ``Generator`` contract that is the same for every ``net``, which is moved to
    ``device`` and frozen."""

    def __init__(self, net: Net, card: ModelCard, device: str | None) -> None:
        self.card = card
        self._device = torch.device(pick_device(device))
        self._net = net.to(self._device).float().eval().requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self._device

    @property
    def module(self) -> Net:
        """The network, for hooks."""
        return self._net

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        return (self._net.colours, self._net.side, self._net.side)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Of one latent z."""
        return (self._net.latents,)

    def sample_latents(self, n: int, seed: int) -> torch.Tensor:
        """(n, z) float32 from N(0, 1); see ``prior_sample``."""
        return prior_sample(n, self.latent_shape, seed).to(self._device)
