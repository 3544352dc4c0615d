"""A generator without styles behind the ``Generator`` contract: its one layer takes the latent.

::

    generator = genlens.load("faces-dcgan", contract="Generator")
    faces = generator.synthesize(generator.to_styles(generator.sample_latents(16, seed=0)))
"""

from __future__ import annotations

import torch

from genlens.models.autoencoders.inputs import checked
from genlens.models.contracts import ModelCard
from genlens.models.generators.network import GeneratorNetwork, NetworkGenerator


class PlainNetwork(GeneratorNetwork):
    """Latents to pictures in [0, 1]; ``units`` names the submodules whose channels are units,
    coarse to fine."""

    units: tuple[str, ...]


class PlainGenerator(NetworkGenerator[PlainNetwork]):
    """The generator ``net``."""

    def __init__(
        self, net: PlainNetwork, *, card: ModelCard | None = None, device: str | None = None
    ) -> None:
        super().__init__(net, card or ModelCard(id="generator", contract="Generator"), device)
        self.layers = ("latent",)

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Names of the submodules of ``module`` whose channels are units, coarse to fine."""
        return self._net.units

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 1, z): the latents themselves."""
        z = checked(z, self.latent_shape, f"{self.card.id}'s latents")
        return z.to(self._device)[:, None]

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """Pictures (n, c, h, w) in [0, 1] of ``styles`` (n, 1, z); differentiable."""
        styles = checked(styles, (1, self._net.latents), f"{self.card.id}'s styles")
        return torch.as_tensor(self._net(styles[:, 0].to(self._device)))
