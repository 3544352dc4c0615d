"""What a model makes of a batch of pictures: what criteria may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from genlens.errors import ModelError

if TYPE_CHECKING:
    from genlens.models.contracts import ModelCard

PARTS: dict[str, str] = {
    "images": "the pictures, (n, c, h, w) in [0, 1]",
    "rebuilt": "the model's version of each picture, (n, c, h, w)",
    "codes": "the pictures in latent space, (n, d)",
    "posterior": "an encoder's mean and log-variance of each latent",
    "inverted": "the codes from which the model rebuilds the pictures best, found by gradient",
    "aggregate": "mean and covariance of the codes of the model's own pictures",
    "denoiser": "a diffusion model's own guesses of noise",
}
"""What a criterion may ask for, by the names of its function's parameters."""

PARTS_OF: dict[str, tuple[str, ...]] = {
    "Autoencoder": ("images", "rebuilt", "codes", "posterior", "inverted", "aggregate"),
    "Generator": ("images", "rebuilt", "codes", "inverted", "aggregate"),
    "Denoiser": ("images", "rebuilt", "codes", "denoiser"),
}
"""Which of ``PARTS`` a model of each contract has: the names of its view's attributes."""


@dataclass(frozen=True)
class Aggregate:
    """Where the codes of a model's own pictures lie: ``mean`` (d,) and ``precision`` (d, d), the
    inverse of their covariance."""

    mean: torch.Tensor
    precision: torch.Tensor


class View:
    """A batch of pictures as one model sees it; ``readers`` has a subclass for each contract.

    Parts are cached properties: each is worked out once, when a criterion first asks for it.
    """

    def __init__(self, images: torch.Tensor) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    @property
    def codes(self) -> torch.Tensor:
        """(n, d)."""
        raise NotImplementedError

    @property
    def rebuilt(self) -> torch.Tensor:
        """(n, c, h, w)."""
        raise NotImplementedError

    def parts(self, names: tuple[str, ...]) -> dict[str, Any]:
        """The parts of those ``names``, of the view's contract in ``PARTS_OF``."""
        return {name: getattr(self, name) for name in names}


def finite(images: torch.Tensor, card: ModelCard) -> torch.Tensor:
    """``images`` that a model drew, once they can be trusted.

    Raises:
        ModelError: NaN or infinity.
    """
    if not bool(images.isfinite().all()):
        raise ModelError(f"{card.id} drew pixels that are NaN or infinite")
    return images
