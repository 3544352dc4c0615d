"""A BigGAN-deep behind the ``Generator`` contract, at one of its classes.

::

    generator = genlens.load("./biggan-deep-128", contract="Generator").given(207)
    pictures = generator.truncated(0.4).synthesize(generator.to_styles(z))

Its start and each of its blocks are given latent and class together: these are its layers, and each
may be given another one, as in a StyleGAN.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Self

import torch

from genlens.common.checks import number, whole
from genlens.models.autoencoders.inputs import checked
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.generators.biggan.files import read
from genlens.models.generators.biggan.network import BigGAN, Block
from genlens.models.generators.network import NetworkGenerator


class BigGANGenerator(NetworkGenerator[BigGAN]):
    """The generator ``net`` at class ``label``.

    ``truncation`` from 0 to 1 shrinks the latents (Brock et al. 2019, section 3.1), and takes the
    batch norms' statistics for that truncation.
    """

    def __init__(
        self,
        net: BigGAN,
        label: int = 0,
        *,
        card: ModelCard | None = None,
        device: str | None = None,
        truncation: float = 1.0,
    ) -> None:
        super().__init__(net, card or ModelCard(id="biggan", contract="Generator"), device)
        self.truncation = number("truncation", truncation, 0.0, 1.0)
        self.label = whole("label", label, 0, net.classes - 1)
        sizes = [4]
        for up, _, _ in net.plan:
            sizes.append(sizes[-1] * (2 if up else 1))
        blocks = (f"block {i + 1}, {side} px" for i, side in enumerate(sizes[1:]))
        self.layers = ("start, 4 px", *blocks)
        self._at_its_place()

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> Self:
        """The model of a folder (see ``files``); its card's settings "label" and "truncation" say
        where it stands.

        Raises:
            ModelError: as ``files.read``.
        """
        net, notes = read(folder)
        card = card_of(folder, card, contract="Generator", defaults={}, notes=notes)
        label, psi = card.settings.get("label", 0), float(card.settings.get("truncation", 1.0))
        return cls(net, int(label), card=card, device=device, truncation=psi)

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Names of the submodules of ``module`` whose channels are units, coarse to fine."""
        layers = enumerate(self._net.generator.layers)
        return tuple(f"generator.layers.{i}" for i, each in layers if isinstance(each, Block))

    @property
    def labels(self) -> tuple[int, ...]:
        """All labels: 0 to classes - 1."""
        return tuple(range(self._net.classes))

    def given(self, label: int) -> BigGANGenerator:
        """The same generator at another class; weights are shared."""
        other = copy.copy(self)
        other.label = whole("label", label, 0, self._net.classes - 1)
        return other._at_its_place()

    def truncated(self, psi: float) -> BigGANGenerator:
        """The same generator with another ``truncation``; weights are shared."""
        other = copy.copy(self)
        other.truncation = number("truncation", psi, 0.0, 1.0)
        return other._at_its_place()

    def _at_its_place(self) -> BigGANGenerator:
        """Its card says at which class and truncation it stands, as results name them."""
        own = {"label": self.label, "truncation": self.truncation}
        self.card = replace(self.card, settings={**self.card.settings, **own})
        return self

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """(n, layers, 2 z): the truncated latent beside the class, for all layers alike."""
        z = checked(z, self.latent_shape, f"{self.card.id}'s latents").to(self._device)
        condition = self._net.condition(z * self.truncation, self.label)
        return condition[:, None].expand(-1, len(self.layers), -1)

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """Pictures (n, 3, h, w) in [0, 1] of ``styles`` (n, layers, 2 z); differentiable."""
        shape = (len(self.layers), 2 * self._net.latents)
        styles = checked(styles, shape, f"{self.card.id}'s styles").to(self._device)
        return torch.as_tensor((self._net.generator(styles, self.truncation) + 1) / 2)

    def style_weights(self, layer: int) -> torch.Tensor:
        """(channels, 2 z): what the condition of ``layer`` is first multiplied with: the gains of
        its first norm, or the start's channels."""
        if layer == 0:
            return self._net.generator.gen_z.weight
        blocks = [each for each in self._net.generator.layers if isinstance(each, Block)]
        return blocks[layer - 1].bn_0.scale.weight
