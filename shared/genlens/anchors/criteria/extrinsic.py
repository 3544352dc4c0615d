"""Criteria seen in the picture: does the model's version of it look like it?"""

from __future__ import annotations

import torch

from genlens.anchors.criteria.criterion import Criterion
from genlens.models.contracts import Distance
from genlens.models.distances.ssim import DssimDistance, SsimDistance


def _mse(images: torch.Tensor, rebuilt: torch.Tensor) -> torch.Tensor:
    return (images - rebuilt).square().flatten(1).sum(1)


_SSE = (
    "How far the model's version of the picture is from it, pixel by pixel: low where the model "
    "can draw such a picture."
)
_BLIND = (
    "It counts pixels and not what they show: a blurred picture beats one that is moved by a "
    "pixel, and pictures with more ink have larger errors."
)
_PAPER = "PXGen, arXiv:2501.11827, section 4.1"

MSE = Criterion(
    "mse",
    "Squared error",
    "extrinsic",
    "squared error, summed over pixels",
    _mse,
    help=_SSE,
    equation=r"\lVert x - \hat x \rVert^2",
    misleads=_BLIND,
    paper=_PAPER + "; summed as in its released code, so that it can be added to KLD",
)


def _mse_mean(images: torch.Tensor, rebuilt: torch.Tensor) -> torch.Tensor:
    return (images - rebuilt).square().flatten(1).mean(1)


MSE_MEAN = Criterion(
    "mse-mean",
    "Mean squared error",
    "extrinsic",
    "squared error, mean over pixels",
    _mse_mean,
    help=_SSE,
    equation=r"\lVert x - \hat x \rVert^2 / (c\,h\,w)",
    misleads=_BLIND,
    paper=_PAPER,
)


def by_distance(
    distance: Distance, *, help: str, equation: str = "", misleads: str = "", paper: str = ""
) -> Criterion:
    """The criterion "how far is the rebuilt picture from the anchor, by ``distance``"."""

    def between(images: torch.Tensor, rebuilt: torch.Tensor) -> torch.Tensor:
        return distance.between(images, rebuilt)

    return Criterion(
        distance.name,
        distance.title,
        "extrinsic",
        distance.unit,
        between,
        help=help,
        equation=equation,
        misleads=misleads,
        paper=paper,
        missing=distance.missing,
    )


_WANG = "Wang et al. 2004, IEEE TIP 13(4), equation 13 (windows of 7 x 7 pixels)"
_SMALL = (
    "Large empty areas count as alike in every picture. Pictures smaller than its window get a "
    "smaller one, and values of different windows do not compare."
)

SSIM = by_distance(
    SsimDistance(),
    help="How much brightness, contrast and structure differ between the picture and the model's "
    "version, in small windows: 0 for the same picture.",
    equation=r"1 - \operatorname{SSIM}(x, \hat x)",
    misleads=_SMALL,
    paper=_WANG,
)
DSSIM = by_distance(
    DssimDistance(),
    help="Half of 1 - SSIM: 0 for the same picture, 1 for its negative.",
    equation=r"(1 - \operatorname{SSIM}(x, \hat x)) / 2",
    misleads=_SMALL,
    paper=_WANG + "; as in PXGen's released code",
)
