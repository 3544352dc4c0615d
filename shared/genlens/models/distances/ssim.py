"""Structural similarity (Wang et al. 2004, "Image quality assessment: from error visibility to
structural similarity", IEEE TIP 13(4), equation 13), worked out by scikit-image.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from genlens.errors import InputError
from genlens.models.distances.pairs import checked_pair

WINDOW = 7
"""Side of the window in pixels, where the picture is not smaller."""
SMALLEST = 3


def window_of(height: int, width: int) -> int:
    """The window's side: ``WINDOW``, or the largest odd number that fits into a smaller picture.

    Raises:
        InputError: a picture has fewer than 3 pixels a side.
    """
    side = min(height, width)
    if side < SMALLEST:
        raise InputError(
            f"SSIM compares windows of at least {SMALLEST} x {SMALLEST} pixels, and the pictures "
            f"have {width} x {height}: enlarge them, or take the squared error"
        )
    return min(WINDOW, side if side % 2 else side - 1)


def ssim(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """(n,) float32 similarities in [-1, 1] of ``a`` and ``b`` (n, c, h, w) in [0, 1], on the CPU;
    1 for equal ones. Colours are averaged.

    Raises:
        InputError: shapes that differ, or pictures of fewer than 3 pixels a side.
    """
    from skimage.metrics import structural_similarity

    a, b = checked_pair(a, b)
    window = window_of(*a.shape[-2:])
    pairs = zip(a.detach().cpu().numpy(), b.detach().cpu().numpy(), strict=True)
    return torch.tensor(
        [
            structural_similarity(x, y, win_size=window, data_range=1.0, channel_axis=0)
            for x, y in pairs
        ],
        dtype=torch.float32,
    )


@dataclass(frozen=True)
class SsimDistance:
    """1 - SSIM, in [0, 2]; above 1 where one picture is like the other's negative."""

    name: str = "ssim"
    title: str = "SSIM distance"
    unit: str = "1 - SSIM"
    range: tuple[float, float] = (0.0, 2.0)

    def missing(self) -> str:
        """ "": it needs no network."""
        return ""

    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Distance``; pictures of at least 3 pixels a side."""
        return 1 - ssim(a, b)


@dataclass(frozen=True)
class DssimDistance:
    """Structural dissimilarity (1 - SSIM) / 2, in [0, 1]: what PXGen's code calls DSSIM."""

    name: str = "dssim"
    title: str = "DSSIM"
    unit: str = "(1 - SSIM) / 2"
    range: tuple[float, float] = (0.0, 1.0)

    def missing(self) -> str:
        """ "": it needs no network."""
        return ""

    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Distance``; pictures of at least 3 pixels a side."""
        return SsimDistance().between(a, b) / 2
