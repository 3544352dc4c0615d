"""The payoff of pixels, which needs no model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genlens.prompts.payoffs.payoff import Payoff
from genlens.prompts.payoffs.similarity import Sees, prepared

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PixelSimilarity:
    """One minus the mean absolute difference of pixels, in [0, 1]; needs no model.

    It reacts to where things are, not to what they are: a cat moved by its own width scores low.
    Good as a second opinion, and exact enough to test against.
    """

    reference: torch.Tensor | None = None  # (3, h, w)
    name: str = "pixels"
    sees: Sees = "images"

    def prepare(self, reference: torch.Tensor) -> PixelSimilarity:
        """A copy bound to ``reference`` (3, h, w)."""
        return replace(self, reference=reference)

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """(m, 3, h, w) in [0, 1] -> (m,) float64."""
        reference = prepared(self.reference)
        distance = (images.double() - reference.double()).abs().mean(dim=(1, 2, 3))
        found: np.ndarray = (1.0 - distance).cpu().numpy()
        return found


PIXELS = Payoff(
    "pixels",
    "Pixels",
    "1 - mean absolute difference",
    (0.0, 1.0),
    "v(S) = 1 - mean |x_S - x_D|",
    "None: the plainest comparison that there is",
    help="How equal the two pictures are, pixel by pixel.",
    misleads="It sees where things are, not what they are: a thing that moves by its own width "
    "counts as gone and as new. Large things and backgrounds count more than small ones.",
    needs=("images",),
    make=lambda ingredients: PixelSimilarity(),
)
