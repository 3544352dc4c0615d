"""How far a picture has drifted: which distance says so."""

from __future__ import annotations

from genlens.models.contracts import Distance
from genlens.models.distances.distances import DISTANCES


def drift_distance() -> Distance:
    """LPIPS, in the features of a trained network; SSIM, of windows of 7 x 7 pixels, where
    ``genlens fetch lpips`` was not run."""
    lpips = DISTANCES["lpips"]
    return DISTANCES["ssim"] if lpips.missing() else lpips
