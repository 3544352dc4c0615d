"""What an explainer may ask of a model: small protocols and the values they exchange.

Conventions, everywhere: images are float32 tensors ``(n, 3 or 1, h, w)`` in [0, 1]; seeds are
integers; masks are boolean numpy arrays ``(h, w)``; boxes are ``(x0, y0, x1, y1)`` in pixels,
right and bottom exclusive. Every adapter has ``.card`` and ``.device``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from genlens.common.progress import Cancel
from genlens.common.records import UNWRITTEN, MadeBy, Record

if TYPE_CHECKING:
    import torch
    from torch import nn

ACTIVE = 0.01
"""Variance of a latent's mean over pictures from which it counts as used (Burda et al. 2016,
arXiv:1509.00519, section 5.2)."""


@dataclass(frozen=True)
class ModelCard(Record):
    """What is known about a loaded model, so that any result can name what made it.

    ``source`` is "embedded", "hub", "archive" or "folder"; ``revision`` a commit, a version or a
    content hash; ``bytes`` the size of its weights; ``settings`` the defaults it runs with;
    ``notes`` what was changed to load it, in sentences: () for most models.
    """

    id: str
    contract: str
    source: str = "embedded"
    revision: str = ""
    licence: str = ""
    bytes: int = 0
    title: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def made_by(self, device: object = "", **more: Any) -> MadeBy:
        """What a result of this model on ``device`` carries; ``more`` are ``MadeBy``'s other
        fields."""
        return MadeBy(
            model=self.id,
            revision=self.revision,
            source=self.source,
            licence=self.licence,
            device=str(device),
            **more,
        )


@dataclass(frozen=True)
class Word:
    """One word of a prompt: one player of the game.

    ``text`` is as the user typed it (case and punctuation kept); ``token_ids`` are the sub-word
    tokens it became; ``known`` is False when the model's vocabulary does not hold it;
    ``suggestions`` are the nearest words it does know, best first.
    """

    text: str
    token_ids: tuple[int, ...] = ()
    known: bool = True
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Generation:
    """Images of one ``generate`` call.

    ``images`` (n, 3, h, w) float32 in [0, 1] on the CPU; ``latents`` (n, c, h', w') final latents
    on the CPU; ``attention`` maps a layer name to (n, heads, h'*w', tokens) averaged over steps
    when ``record`` asked for it.
    """

    images: torch.Tensor
    latents: torch.Tensor
    attention: dict[str, torch.Tensor] | None = None


@dataclass(frozen=True)
class Posterior:
    """A diagonal Gaussian over latents: ``mean`` and ``logvar``, each (n, c, h', w') or (n, d)."""

    mean: torch.Tensor
    logvar: torch.Tensor

    def kl(self) -> torch.Tensor:
        """KL divergence of each latent's posterior from N(0, 1) in nats, shaped like ``mean``:
        (mean² + exp(logvar) - 1 - logvar) / 2 (Kingma and Welling 2014, appendix B)."""
        return 0.5 * (self.mean.square() + self.logvar.exp() - 1 - self.logvar)


@dataclass(frozen=True)
class ObjectMask(Record):
    """One segmented object: ``mask`` (h, w) bool, ``box`` in pixels, ``score`` the model's own
    estimate of mask quality in [0, 1], ``area`` the number of pixels."""

    mask: np.ndarray = field(metadata=UNWRITTEN)
    box: tuple[int, int, int, int]
    score: float
    area: int


@runtime_checkable
class Model(Protocol):
    """What every adapter has: a card that names it, and the device it runs on."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...


@runtime_checkable
class TextToImage(Protocol):
    """A prompt in, an image out; coalitions of one call share one starting noise."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    def generate(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        record: Collection[str] | None = None,
        cancel: Cancel | None = None,
    ) -> Generation:
        """Images for ``prompts``, all from the same starting noise drawn from ``seed``.

        ``None`` for ``steps`` or ``guidance`` means the card's default. ``record`` may hold
        "attention". The empty string is a legal prompt. Results do not depend on how prompts
        are grouped into calls, beyond floating-point noise. ``cancel()`` is asked between
        steps; True ends in ``errors.Cancelled``.
        """
        ...

    def tokenize(self, prompt: str) -> list[Word]:
        """The prompt's words in order, each with its sub-word tokens."""
        ...


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


@runtime_checkable
class ImageTextEncoder(Protocol):
    """One space for images and texts."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    def embed_images(self, images: torch.Tensor) -> torch.Tensor:
        """(n, d) unit vectors, float32 on the CPU."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, d) unit vectors, float32 on the CPU."""
        ...


@runtime_checkable
class Segmenter(Protocol):
    """An image in, object masks out."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    def segment(self, image: torch.Tensor) -> list[ObjectMask]:
        """All objects of one image (3, h, w) in [0, 1], largest score first."""
        ...

    def segment_at(
        self, image: torch.Tensor, points: Sequence[tuple[float, float]]
    ) -> list[ObjectMask]:
        """The best mask that holds all ``points`` (x, y in pixels), then its alternatives."""
        ...
