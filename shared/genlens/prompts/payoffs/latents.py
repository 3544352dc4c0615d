"""Payoffs in latent space: of the pictures, encoded again, and of the generation itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genlens.errors import ModelError
from genlens.models.contracts import Autoencoding
from genlens.prompts.payoffs.payoff import Ingredients, Payoff
from genlens.prompts.payoffs.similarity import Sees, prepared

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts import Autoencoder


@dataclass(frozen=True)
class VaeSimilarity:
    """Cosine of the pictures' latents in ``autoencoder``, in [-1, 1]; 1 for the reference.

    The latents are the posterior's mean, flattened over channels and places.
    """

    autoencoder: Autoencoder
    reference: torch.Tensor | None = None  # (c, h', w')
    sees: Sees = "images"

    @property
    def name(self) -> str:
        """The autoencoder's id after "vae:"."""
        return f"vae:{self.autoencoder.card.id}"

    def prepare(self, reference: torch.Tensor) -> VaeSimilarity:
        """A copy bound to ``reference`` (3, h, w)."""
        return replace(self, reference=self._latents(reference[None])[0])

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64 cosines."""
        return _cosines(self._latents(images), prepared(self.reference))

    def _latents(self, images: torch.Tensor) -> torch.Tensor:
        import torch

        with torch.no_grad():
            return self.autoencoder.encode(images).mean.cpu()


@dataclass(frozen=True)
class DiffusionSimilarity:
    """Cosine of the generations' final latents, in [-1, 1]; 1 for the reference.

    All generations start from the same noise, so what differs between latents is what the words
    changed on the way.
    """

    reference: torch.Tensor | None = None  # (c, h', w')
    name: str = "diffusion"
    sees: Sees = "latents"

    def prepare(self, reference: torch.Tensor) -> DiffusionSimilarity:
        """A copy bound to ``reference`` latents (c, h', w')."""
        return replace(self, reference=reference)

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """Latents (m, c, h', w') -> (m,) float64 cosines."""
        return _cosines(images, prepared(self.reference))


def _cosines(latents: torch.Tensor, reference: torch.Tensor) -> np.ndarray:
    """(m, ...) and (...) -> (m,) float64.

    Raises:
        ModelError: latents of nothing but zeros have no direction.
    """
    rows = latents.double().flatten(1).cpu().numpy()  # (m, c * h' * w')
    one = reference.double().flatten().cpu().numpy()
    sizes = np.linalg.norm(rows, axis=1) * np.linalg.norm(one)
    if (sizes == 0).any():
        raise ModelError("a picture's latents are all zero: they have no cosine with others")
    found: np.ndarray = (rows @ one) / sizes
    return found


def _vae(ingredients: Ingredients) -> VaeSimilarity:
    painter = ingredients.painter
    if not isinstance(painter, Autoencoding):
        raise ModelError(_without(ingredients))
    return VaeSimilarity(painter.autoencoder())


def _without(ingredients: Ingredients) -> str:
    """Why not by the model's own autoencoder."""
    if isinstance(ingredients.painter, Autoencoding):
        return ""
    return f"{ingredients.card.id} has no autoencoder that genlens knows of"


VAE = Payoff(
    "vae",
    "VAE latents",
    "cosine similarity",
    (-1.0, 1.0),
    "v(S) = cos(E(x_S), E(x_D))",
    "Source paper, next steps (section 6); Rombach et al. 2022, arXiv:2112.10752, section 3.1",
    help="How alike the two pictures are in the space that the model itself paints in.",
    misleads="Latents keep their place in the picture, so a thing that moves counts as changed, as "
    "with pixels. Pictures of one model share a mean: even unlike ones have a high cosine. Compare "
    "shares, not values.",
    needs=("images", "model"),
    make=_vae,
    unfit=_without,
)
DIFFUSION = Payoff(
    "diffusion",
    "Diffusion latents",
    "cosine similarity",
    (-1.0, 1.0),
    "v(S) = cos(z_S, z_D), z the final latents from the same noise",
    "Source paper, next steps (section 6); Rombach et al. 2022, arXiv:2112.10752",
    help="How much the words changed the result of the denoising itself, before it is decoded.",
    misleads="It counts changes that the decoder hides, and no picture shows. Like pixels, it sees "
    "where things are.",
    needs=("latents",),
    make=lambda ingredients: DiffusionSimilarity(),
)
