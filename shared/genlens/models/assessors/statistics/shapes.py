"""Statistics of what is in a picture: its symmetry, and its object's size, place and form.

The object is told from the ground by colour: the ground is the median colour of the picture's
border (a sixteenth of each side), and a pixel belongs to the object by how far its colour is from
it (not at all below a distance of 0.05, fully from 0.15, of at most 1.73 in RGB). So the object is
everything that stands out from an even ground.
"""

from __future__ import annotations

import torch

from genlens.models.assessors.own import FunctionAssessor
from genlens.models.assessors.statistics.colours import root

NEAR, FAR = 0.05, 0.15
BORDER = 16
_EMPTY = 1e-6
_TOLD = (
    " The object is what differs in colour from the median of the picture's border; without any, "
    "the value is 0."
)
_MISLEADS = (
    "On a busy ground, or where the object fills the border, the ground's colour is wrong and the "
    "number says nothing: look at a few pictures first."
)
_PAPER = "GANalyze, Goetschalckx et al. 2019, arXiv:1906.10112, section 4.4 (there by Mask R-CNN)"


def object_mask(images: torch.Tensor) -> torch.Tensor:
    """(n, h, w) in [0, 1] of (n, 3, h, w): how much each pixel belongs to the object."""
    h, w = images.shape[-2:]
    frame = torch.ones(h, w, dtype=torch.bool, device=images.device)
    y, x = max(1, h // BORDER), max(1, w // BORDER)
    frame[y : h - y, x : w - x] = False
    ground = images[:, :, frame].median(2).values  # (n, 3)
    away = root((images - ground[:, :, None, None]).square().sum(1))
    return ((away - NEAR) / (FAR - NEAR)).clamp(0, 1)


def _symmetry(images: torch.Tensor) -> torch.Tensor:
    return 1 - (images - images.flip(3)).abs().mean((1, 2, 3))


def _size(images: torch.Tensor) -> torch.Tensor:
    return object_mask(images).mean((1, 2))


def _moments(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Of the object's pixels: whether there are any (n,) bool, the mean place (n, 2) and the
    variance (n, 2) of x and y, in pixels from the centre."""
    mask = object_mask(images)
    h, w = mask.shape[1:]
    x = torch.arange(w, device=mask.device, dtype=mask.dtype) - (w - 1) / 2
    y = torch.arange(h, device=mask.device, dtype=mask.dtype) - (h - 1) / 2
    total = mask.sum((1, 2)).clamp_min(_EMPTY)[:, None]
    sums = torch.stack([mask.sum(1) @ x, mask.sum(2) @ y], 1)
    squares = torch.stack([mask.sum(1) @ x.square(), mask.sum(2) @ y.square()], 1)
    middle = sums / total
    variance = (squares / total - middle.square()).clamp_min(0)
    return mask.sum((1, 2)) > _EMPTY, middle, variance


def _centredness(images: torch.Tensor) -> torch.Tensor:
    there, middle, _ = _moments(images)
    h, w = images.shape[-2:]
    corner = (((w - 1) ** 2 + (h - 1) ** 2) ** 0.5) / 2
    off = root(middle.square().sum(1)) / max(corner, 1.0)
    return torch.where(there, 1 - off, 0.0)


def _squareness(images: torch.Tensor) -> torch.Tensor:
    there, _, variance = _moments(images)
    # a row of w pixels has the variance (w² - 1) / 12: with their own width it is w² / 12
    sides = root(variance + 1 / 12)
    ratio = sides.amin(1) / sides.amax(1)
    return torch.where(there, ratio, 0.0)


SYMMETRY = FunctionAssessor(
    "symmetry",
    "Symmetry",
    "0 to 1, where left and right are mirror images",
    _symmetry,
    (0.0, 1.0),
    help="How much the picture equals its mirror image.",
    equation="1 - mean |I - mirrored I|",
    misleads="Any pale or even picture is nearly symmetric: compare pictures of one kind.",
    paper="GANalyze, arXiv:1906.10112, names it among the factors that may emerge",
)
SIZE = FunctionAssessor(
    "object-size",
    "Object size",
    "share of the picture, 0 to 1",
    _size,
    (0.0, 1.0),
    help="How much of the picture its object covers." + _TOLD,
    equation="mean over pixels of m,   m = clamp((‖I - ground‖ - 0.05) / 0.1, 0, 1)",
    misleads=_MISLEADS,
    paper=_PAPER,
)
CENTREDNESS = FunctionAssessor(
    "centredness",
    "Centredness",
    "0 in a corner to 1 in the centre",
    _centredness,
    (0.0, 1.0),
    help="How near the middle of the object is to the centre of the picture." + _TOLD,
    equation="1 - ‖c‖ / half the diagonal,   c = Σ m · place / Σ m, from the picture's centre",
    misleads=_MISLEADS,
    paper=_PAPER,
)
SQUARENESS = FunctionAssessor(
    "squareness",
    "Squareness",
    "0 a line to 1 as wide as high",
    _squareness,
    (0.0, 1.0),
    help="How nearly the object is as wide as it is high." + _TOLD,
    equation="min(s_x, s_y) / max(s_x, s_y),   s² = variance of the object's pixels along an axis",
    misleads=_MISLEADS + " A slanted line counts as square.",
    paper=_PAPER,
)
