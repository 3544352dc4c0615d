"""Payoffs of CLIP: the picture against the whole prompt's picture, or against its text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genlens.prompts.payoffs.payoff import Ingredients, Payoff
from genlens.prompts.payoffs.similarity import Sees, prepared

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts import ImageTextEncoder


@dataclass(frozen=True)
class ClipSimilarity:
    """Cosine of image embeddings, in [-1, 1]; 1 for the reference itself.

    CLIP image-image similarity as in the source paper (section 1.5: Radford et al. 2021,
    arXiv:2103.00020). It reacts to what is in the picture more than to where it is. The paper
    multiplies by 100; here the cosine is left as it is.
    """

    encoder: ImageTextEncoder
    reference: torch.Tensor | None = None  # (embedding,) unit vector
    sees: Sees = "images"

    @property
    def name(self) -> str:
        """The encoder's id after "clip:"."""
        return f"clip:{self.encoder.card.id}"

    def prepare(self, reference: torch.Tensor) -> ClipSimilarity:
        """A copy bound to ``reference`` (3, h, w)."""
        return replace(self, reference=self.encoder.embed_images(reference[None])[0])

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64 cosines."""
        reference = prepared(self.reference)
        return _cosines(self.encoder.embed_images(images), reference)


@dataclass(frozen=True)
class ClipTextSimilarity:
    """Cosine of each picture's embedding and the embedding of ``text``, in [-1, 1].

    No picture is the reference, so the whole prompt's own payoff is below 1.
    """

    encoder: ImageTextEncoder
    text: str
    sees: Sees = "images"

    @property
    def name(self) -> str:
        """The encoder's id after "clip-text:"."""
        return f"clip-text:{self.encoder.card.id}"

    def prepare(self, reference: torch.Tensor) -> ClipTextSimilarity:
        """Itself: the reference is the text."""
        return self

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64 cosines."""
        return _cosines(self.encoder.embed_images(images), self.encoder.embed_texts([self.text])[0])


def _cosines(embeddings: torch.Tensor, reference: torch.Tensor) -> np.ndarray:
    """(m, e) and (e,) unit vectors -> (m,) float64."""
    found: np.ndarray = (embeddings.double() @ reference.double()).cpu().numpy()
    return found


def _image(ingredients: Ingredients) -> ClipSimilarity:
    return ClipSimilarity(ingredients.eyes)


def _text(ingredients: Ingredients) -> ClipTextSimilarity:
    return ClipTextSimilarity(ingredients.eyes, ingredients.prompt)


_RADFORD = "Radford et al. 2021, arXiv:2103.00020"

CLIP = Payoff(
    "clip",
    "CLIP, image against image",
    "cosine similarity",
    (-1.0, 1.0),
    "v(S) = cos(e(x_S), e(x_D))",
    f"Source paper, section 1.5; {_RADFORD}",
    help="How much the picture shows the same things as the whole prompt's picture.",
    misleads="What CLIP does not notice (a small shift, left and right swapped) earns nothing. The "
    "whole prompt's own picture is the measure, also where the model drew something else than was "
    "asked for.",
    needs=("images", "encoder"),
    make=_image,
)
CLIP_TEXT = Payoff(
    "clip-text",
    "CLIP, image against text",
    "cosine similarity",
    (-1.0, 1.0),
    "v(S) = cos(e(x_S), t(D))",
    _RADFORD,
    help="How well the picture fits the text of the whole prompt, whatever the model made of it.",
    misleads="It asks whether the picture shows what the text says, not whether it is the picture "
    "that the model draws: a word that the model ignores can gain or lose by chance. Cosines of "
    "pictures and texts are small, so the values are too: compare shares, not values.",
    needs=("images", "encoder"),
    make=_text,
)
