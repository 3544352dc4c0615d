"""Criteria seen in the picture: does the model's version of it look like it?"""

from __future__ import annotations

import torch

from genlens.anchors.criteria.criterion import NOT_NEGATIVE, Criterion
from genlens.models.contracts import Distance
from genlens.models.distances.clip import ClipDistance
from genlens.models.distances.inception import InceptionDistance
from genlens.models.distances.lpips import LpipsDistance
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
    "summed over pixels",
    _mse,
    help=_SSE,
    range=NOT_NEGATIVE,
    equation="‖x - x̂‖²",
    misleads=_BLIND,
    paper=_PAPER + "; summed as in its released code, so that it can be added to KLD",
)


def _mse_mean(images: torch.Tensor, rebuilt: torch.Tensor) -> torch.Tensor:
    return (images - rebuilt).square().flatten(1).mean(1)


MSE_MEAN = Criterion(
    "mse-mean",
    "Mean squared error",
    "extrinsic",
    "mean over pixels",
    _mse_mean,
    help=_SSE,
    range=NOT_NEGATIVE,
    equation="‖x - x̂‖² / (c · h · w)",
    misleads=_BLIND,
    paper=_PAPER,
)


def by_distance(
    distance: Distance,
    *,
    help: str,
    equation: str = "",
    misleads: str = "",
    paper: str = "",
    batch: int = Criterion.batch,
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
        range=distance.range,
        equation=equation,
        misleads=misleads,
        paper=paper,
        batch=batch,
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
    equation="1 - SSIM(x, x̂)",
    misleads=_SMALL,
    paper=_WANG,
)
DSSIM = by_distance(
    DssimDistance(),
    help="Half of 1 - SSIM: 0 for the same picture, 1 for its negative.",
    equation="(1 - SSIM(x, x̂)) / 2",
    misleads=_SMALL,
    paper=_WANG + "; as in PXGen's released code",
)

LPIPS = by_distance(
    LpipsDistance(),
    help="How differently a network that was trained on photographs sees the picture and the "
    "model's version: closer to a person's eye than counting pixels.",
    equation="Σₗ mean over places of ‖wₗ ⊙ (fₗ(x) - fₗ(x̂))‖²",
    misleads="Its network knows photographs: of drawings and digits it sees edges and textures. "
    "Pictures below 64 pixels a side are enlarged for it.",
    paper="Zhang et al. 2018, arXiv:1801.03924, equation 1; the network of Ghildyal and Liu 2022, "
    "arXiv:2207.13686",
    batch=32,
)
INCEPTION = by_distance(
    InceptionDistance(),
    help="How far the picture and the model's version are apart in the 2,048 features that FID "
    "uses: what a photograph network takes them for, more than how they look pixel by pixel.",
    equation="‖f(x) - f(x̂)‖²",
    misleads="It is not FID: that compares the means and covariances of two crowds of pictures, "
    "and one picture has no covariance. This is what its equation leaves for a crowd of one. It "
    "takes a quarter of a second a picture on one core.",
    paper="Heusel et al. 2017, arXiv:1706.08500, equation 6, first term; PXGen, arXiv:2501.11827, "
    "section 4.1, says FID",
    batch=8,
)
CLIP = by_distance(
    ClipDistance(),
    help="How differently a model of pictures and texts understands the picture and the model's "
    "version: what they show, more than where it is.",
    equation="1 - cos(e(x), e(x̂))",
    misleads="The encoder that ships with genlens knows emoji scenes: it says little about other "
    "pictures. A larger one is a criterion of its own: by_distance(ClipDistance(encoder)).",
    paper="Radford et al. 2021, arXiv:2103.00020",
    batch=64,
)
