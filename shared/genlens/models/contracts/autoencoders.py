"""Images to latents and back, and what some autoencoders can do besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genlens.models.contracts.values import ModelCard, Posterior

if TYPE_CHECKING:
    import torch
    from torch import nn


@runtime_checkable
class Autoencoder(Protocol):
    """Images to latents and back.

    ``module`` is there for hooks.
    """

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    @property
    def module(self) -> nn.Module:
        """The networks."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        ...

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """(d,) or (c', h', w') of one picture's latents."""
        ...

    def encode(self, images: torch.Tensor) -> Posterior:
        """The posterior over latents of ``images``."""
        ...

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Images in [0, 1] of ``latents``."""
        ...


@runtime_checkable
class Walkable(Autoencoder, Protocol):
    """An autoencoder whose halves are modules, for methods that walk a network layer by layer."""

    def mean_module(self) -> nn.Module:
        """Images (n, c, h, w) -> flat posterior means (n, d)."""
        ...

    def decoder_module(self) -> nn.Module:
        """Flat latents (n, d) -> images (n, c, h, w)."""
        ...


@runtime_checkable
class Classifier(Protocol):
    """A model that says itself which class an image is of."""

    def class_logits(self, images: torch.Tensor) -> torch.Tensor:
        """(n, classes): how well each class explains each image; differentiable."""
        ...


@runtime_checkable
class Conditional(Autoencoder, Classifier, Protocol):
    """An autoencoder for each label, with shared weights (a conditional VAE, Sohn et al. 2015).

    As an ``Autoencoder`` it stands at one of its labels.
    """

    @property
    def label(self) -> int:
        """The label it stands at."""
        ...

    @property
    def labels(self) -> tuple[int, ...]:
        """All labels: 0 to classes - 1."""
        ...

    @property
    def class_module(self) -> nn.Module:
        """The networks that ``class_logits`` runs through, for hooks."""
        ...

    def given(self, label: int) -> Autoencoder:
        """The same model at another label; ``class_logits`` are of all labels, in nats."""
        ...
