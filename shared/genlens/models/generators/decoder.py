"""An autoencoder's decoder behind the ``Generator`` contract: one layer, whose style is the latent.

::

    generator = DecoderGenerator(genlens.load("digits-vae"))
    pictures = generator.synthesize(generator.to_styles(generator.sample_latents(16, seed=0)))
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import nn

from genlens.errors import InputError
from genlens.models.autoencoders.inputs import checked
from genlens.models.contracts import Autoencoder, Conditional

_BLOCK = 256


class DecoderGenerator:
    """The decoder of ``model`` as a generator whose latents have the prior N(0, 1).

    A VAE was trained for that prior; an autoencoder without one draws what it draws.
    """

    def __init__(self, model: Autoencoder) -> None:
        self._model = model
        self.card = replace(model.card, contract="Generator")
        self.layers = ("latent",)

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        return self._model.device

    @property
    def module(self) -> nn.Module:
        """The autoencoder's networks."""
        return self._model.module

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        return self._model.image_shape

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Of one latent."""
        return self._model.latent_shape

    def sample_latents(self, n: int, seed: int) -> torch.Tensor:
        """(n, *latent_shape) float32 from N(0, 1) on the model's device; see ``prior_sample``."""
        return prior_sample(n, self.latent_shape, seed).to(self.device)

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 1, d): the latents themselves, flat."""
        z = checked(z, self.latent_shape, f"{self.card.id}'s latents")
        return z.to(self.device).reshape(len(z), 1, -1)

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """Pictures (n, c, h, w) of ``styles`` (n, 1, d); differentiable."""
        d = math.prod(self.latent_shape)
        styles = checked(styles, (1, d), f"{self.card.id}'s styles")
        return self._model.decode(styles.reshape(len(styles), *self.latent_shape))

    def estimate_styles(self, images: torch.Tensor) -> torch.Tensor:
        """(n, 1, d): the means that the encoder gives ``images`` (n, c, h, w), flat."""
        images = checked(images, self.image_shape, f"{self.card.id}'s images")
        return self.to_styles(self._model.encode(images.to(self.device)).mean)


class ClassDecoder(DecoderGenerator):
    """The decoder of a model that has one for each label, at the label where ``model`` stands."""

    def __init__(self, model: Conditional) -> None:
        super().__init__(model)
        self._classes, self.label = model, model.label

    @property
    def labels(self) -> tuple[int, ...]:
        """All labels: 0 to classes - 1."""
        return self._classes.labels

    def given(self, label: int) -> DecoderGenerator:
        """The same decoder at another label.

        Raises:
            InputError: no such label.
        """
        return decoder_of(self._classes.given(label))


def decoder_of(model: Autoencoder) -> DecoderGenerator:
    """The decoder of ``model`` as a generator, with classes where the model has some."""
    return ClassDecoder(model) if isinstance(model, Conditional) else DecoderGenerator(model)


def prior_sample(n: int, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """(n, *shape) float32 from N(0, 1) on the CPU; the first of a larger draw are those of a
    smaller one.

    Raises:
        InputError: n below 1 or a seed below 0.
    """
    if n < 1 or seed < 0:
        raise InputError(f"{n} latents of seed {seed}: ask for at least 1, with a seed from 0")
    generator = torch.Generator().manual_seed(seed)
    # whole blocks, because torch fills a tensor in another order for another size
    blocks = [torch.randn(_BLOCK, *shape, generator=generator) for _ in range(-(-n // _BLOCK))]
    return torch.cat(blocks)[:n]
