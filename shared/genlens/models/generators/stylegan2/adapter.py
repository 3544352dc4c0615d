"""A StyleGAN2 behind the ``Generator`` contract.

::

    generator = genlens.load("avatars-gan", contract="Generator")
    styles = generator.to_styles(generator.sample_latents(2, seed=0))   # (2, 10, 128)
    styles[0, :4] = styles[1, :4]                                       # coarse layers of the other
    picture = generator.synthesize(styles[:1])
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Self

import torch

from genlens.common.checks import number
from genlens.models.autoencoders.inputs import checked
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.generators.network import NetworkGenerator
from genlens.models.generators.stylegan2.encoder import StyleEncoder
from genlens.models.generators.stylegan2.files import read
from genlens.models.generators.stylegan2.network import StyleGAN2


class StyleGAN2Generator(NetworkGenerator[StyleGAN2]):
    """The generator ``net``, and the ``encoder`` that guesses codes where there is one.

    ``truncation`` pulls styles towards the mean one (Karras et al. 2019, arXiv:1812.04948, appendix
    B): 1 leaves them, 0 draws the mean face. Noise is the one that belongs to the weights, so that
    one style is one picture.
    """

    def __init__(
        self,
        net: StyleGAN2,
        encoder: StyleEncoder | None = None,
        *,
        card: ModelCard | None = None,
        device: str | None = None,
        truncation: float = 1.0,
    ) -> None:
        number("truncation", truncation, 0.0, 2.0)
        super().__init__(net, card or ModelCard(id="stylegan2", contract="Generator"), device)
        self._encoder = encoder
        if encoder is not None:
            encoder.to(self._device).float().eval().requires_grad_(False)
        self.truncation = truncation
        self.layers = net.layers

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> Self:
        """The model of a folder (see ``files``); ``card.settings`` gets what its config says.

        Raises:
            ModelError: a file is missing, damaged or pickled, or weights and config do not fit.
        """
        found = read(folder)
        card = card_of(folder, card, contract="Generator", defaults=found.about, notes=found.notes)
        psi = float(card.settings.get("truncation", 1.0))
        return cls(found.net, found.encoder, card=card, device=device, truncation=psi)

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Names of the submodules of ``module`` whose channels are units, coarse to fine."""
        return tuple(f"synthesis.b{side}.conv1" for side in self._net.synthesis.sides)

    def truncated(self, psi: float) -> StyleGAN2Generator:
        """The same generator with another ``truncation``; weights are shared."""
        other = copy.copy(self)
        other.truncation = number("truncation", psi, 0.0, 2.0)
        return other

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """(n, layers, w): the mapped latent, for all layers alike, truncated."""
        z = checked(z, self.latent_shape, f"{self.card.id}'s latents").to(self._device)
        mean = self._net.mapping.get_buffer("w_avg")
        w = mean + self.truncation * (self._net.mapping(z) - mean)
        return self._net.shared(w)

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """Pictures (n, c, h, w) in [0, 1] of ``styles`` (n, layers, w); differentiable."""
        shape = (len(self.layers), self._net.styles)
        styles = checked(styles, shape, f"{self.card.id}'s styles").to(self._device)
        return ((self._net.synthesis(styles) + 1) / 2).clamp(0, 1)

    def style_weights(self, layer: int) -> torch.Tensor:
        """(channels, w): the affine map from the style of ``layer`` to what it scales, which
        closed-form factorisation reads (SeFa)."""
        affine = [
            conv.affine for block in self._net.synthesis.blocks for conv in block.convolutions
        ]
        affine.append(self._net.synthesis.blocks[-1].torgb.affine)
        return affine[layer].weight * affine[layer].scale

    def estimate_styles(self, images: torch.Tensor) -> torch.Tensor | None:
        """(n, layers, w): the encoder's guess of the styles behind ``images`` (n, c, h, w) in
        [0, 1], the same for all layers; None where the model has no encoder."""
        if self._encoder is None:
            return None
        images = checked(images, self.image_shape, f"{self.card.id}'s images").to(self._device)
        return self._net.shared(self._encoder.styles(self._encoder.posterior(images)[0]))
