"""Payoffs made of the distances between pictures in ``models.distances``: SSIM and LPIPS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genlens.models.distances.lpips import LpipsDistance
from genlens.models.distances.ssim import SsimDistance
from genlens.prompts.payoffs.payoff import Payoff
from genlens.prompts.payoffs.similarity import Sees, prepared

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts import Distance


@dataclass(frozen=True)
class DistanceSimilarity:
    """One minus ``distance`` to the reference picture: 1 for the reference itself."""

    distance: Distance
    reference: torch.Tensor | None = None  # (3, h, w)
    sees: Sees = "images"

    @property
    def name(self) -> str:
        """The distance's."""
        return self.distance.name

    def prepare(self, reference: torch.Tensor) -> DistanceSimilarity:
        """A copy bound to ``reference`` (3, h, w)."""
        return replace(self, reference=reference)

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64."""
        reference = prepared(self.reference)[None].expand_as(images)
        found: np.ndarray = 1.0 - self.distance.between(images, reference).double().cpu().numpy()
        return found


SSIM = Payoff(
    "ssim",
    "SSIM",
    "structural similarity",
    (-1.0, 1.0),
    "v(S) = SSIM(x_S, x_D)",
    "Wang et al. 2004, IEEE TIP 13(4), equation 13 (windows of 7 x 7 pixels)",
    help="How equal brightness, contrast and structure are in small windows of the two pictures.",
    misleads="Like pixels, it sees where things are and not what they are. Large empty areas count "
    "as alike in every picture.",
    needs=("images",),
    make=lambda ingredients: DistanceSimilarity(SsimDistance()),
)
LPIPS = Payoff(
    "lpips",
    "LPIPS",
    "1 - LPIPS distance",
    (float("-inf"), 1.0),
    "v(S) = 1 - Σₗ mean over places of ‖wₗ ⊙ (fₗ(x_S) - fₗ(x_D))‖²",
    "Zhang et al. 2018, arXiv:1801.03924, equation 1; the network of Ghildyal and Liu 2022, "
    "arXiv:2207.13686",
    help="How alike a network that was trained on photographs sees the two pictures: nearer to a "
    "person's eye than counting pixels.",
    misleads="Its network knows photographs: of drawings it sees edges and textures. Pictures "
    "below 64 pixels a side are enlarged for it.",
    needs=("images",),
    make=lambda ingredients: DistanceSimilarity(LpipsDistance()),
    missing=LpipsDistance().missing,
)
