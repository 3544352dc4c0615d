"""How alike two pictures are: the payoff of the prompt game.

A similarity is *bound* to one reference picture by ``prepare``, which returns a new object and
changes nothing: two games can share one similarity without mixing up their references (the source
paper's notebook kept one score table for all prompts and overwrote its own numbers).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from genlens.errors import InputError

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts import ImageTextEncoder


@runtime_checkable
class Similarity(Protocol):
    """A number for each image: how much it is like the reference; larger is more alike."""

    @property
    def name(self) -> str:
        """Short name with the model behind it, for example "clip:emoji-clip"."""
        ...

    def prepare(self, reference: torch.Tensor) -> Similarity:
        """A similarity to ``reference`` (3, h, w) in [0, 1]; ``self`` is left as it was."""
        ...

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """``images`` (m, 3, h, w) in [0, 1] -> (m,) float64.

        Raises:
            InputError: no reference was prepared.
        """
        ...


@dataclass(frozen=True)
class ClipSimilarity:
    """Cosine of image embeddings, in [-1, 1]; 1 for the reference itself.

    CLIP image-image similarity as in the source paper (section 1.5: Radford et al. 2021,
    arXiv:2103.00020). It reacts to what is in the picture more than to where it is. The paper
    multiplies by 100; here the cosine is left as it is.
    """

    encoder: ImageTextEncoder
    reference: torch.Tensor | None = None  # (embedding,) unit vector

    @property
    def name(self) -> str:
        """The encoder's id after "clip:"."""
        return f"clip:{self.encoder.card.id}"

    def prepare(self, reference: torch.Tensor) -> ClipSimilarity:
        """A copy bound to ``reference`` (3, h, w)."""
        return replace(self, reference=self.encoder.embed_images(reference[None])[0])

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64 cosines."""
        if self.reference is None:
            raise InputError("no reference picture: call similarity.prepare(reference) first")
        embeddings = self.encoder.embed_images(images).double()  # (m, embedding)
        return (embeddings @ self.reference.double()).cpu().numpy()


@dataclass(frozen=True)
class PixelSimilarity:
    """One minus the mean absolute difference of pixels, in [0, 1]; needs no model.

    It reacts to where things are, not to what they are: a cat moved by its own width scores low.
    Good as a second opinion, and exact enough to test against.
    """

    reference: torch.Tensor | None = None  # (3, h, w)
    name: str = "pixels"

    def prepare(self, reference: torch.Tensor) -> PixelSimilarity:
        """A copy bound to ``reference`` (3, h, w)."""
        return replace(self, reference=reference)

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64."""
        if self.reference is None:
            raise InputError("no reference picture: call similarity.prepare(reference) first")
        distance = (images.double() - self.reference.double()).abs().mean(dim=(1, 2, 3))
        return (1.0 - distance).cpu().numpy()
