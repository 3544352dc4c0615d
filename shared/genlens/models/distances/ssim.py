"""Structural similarity (Wang et al. 2004, "Image quality assessment: from error visibility to
structural similarity", IEEE TIP 13(4), equation 13), for batches.

The numbers are those of ``skimage.metrics.structural_similarity`` with its default window, which
takes one picture at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from genlens.errors import InputError
from genlens.models.distances.pairs import checked_pair

WINDOW = 7
"""Side of the window in pixels, where the picture is not smaller."""
SMALLEST = 3
_C1, _C2 = 0.01**2, 0.03**2  # for pixels in [0, 1]


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
    """(n,) similarities in [-1, 1] of ``a`` and ``b`` (n, c, h, w) in [0, 1]; 1 for equal ones.
    Differentiable.

    Raises:
        InputError: shapes that differ, or pictures of fewer than 3 pixels a side.
    """
    a, b = checked_pair(a, b)
    window = window_of(*a.shape[-2:])

    def local(x: torch.Tensor) -> torch.Tensor:  # only whole windows: no padding
        return F.avg_pool2d(x, window, stride=1)

    n = window * window
    mean_a, mean_b = local(a), local(b)
    unbiased = n / (n - 1)
    var_a = unbiased * (local(a * a) - mean_a * mean_a)
    var_b = unbiased * (local(b * b) - mean_b * mean_b)
    covariance = unbiased * (local(a * b) - mean_a * mean_b)
    alike = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    most = (mean_a * mean_a + mean_b * mean_b + _C1) * (var_a + var_b + _C2)
    return (alike / most).flatten(1).mean(1)


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
        with torch.no_grad():
            return (1 - ssim(a, b)).cpu()


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
