"""Features of the Inception network behind the Frechet Inception Distance, and their distance.

FID (Heusel et al. 2017, arXiv:1706.08500, equation 6) compares two crowds of pictures: the means
and covariances of their 2,048 features. One picture has no covariance, so "the FID of one picture",
which PXGen (arXiv:2501.11827, section 4.1) takes as a criterion, is not defined. What is left of
the equation when each crowd is a single picture is the squared distance of the two feature
vectors, and this is what ``InceptionDistance`` gives.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from genlens.errors import ModelError
from genlens.models.distances.networks import INCEPTION
from genlens.models.distances.pairs import checked_pair, three_colours
from genlens.models.memory import MEMORY

SIDE = 299
FEATURES = 2048
_BATCH = 32


def inception_features(images: torch.Tensor) -> torch.Tensor:
    """(n, 2048) float32 on the CPU: features of ``images`` (n, 1 or 3, h, w) in [0, 1], which are
    enlarged to 299 x 299 (about a quarter of a second a picture on one core).

    Raises:
        ModelError: the network is not on this machine.
    """
    network = MEMORY.get(("distance", INCEPTION.sha256), _network)
    found = []
    with torch.no_grad():
        for batch in images.detach().float().cpu().split(_BATCH):
            size = (SIDE, SIDE)
            large = F.interpolate(three_colours(batch), size, mode="bilinear", align_corners=False)
            found.append(network((large.clamp(0, 1) * 255 - 128) / 128))
    features = torch.cat(found)
    if features.shape[1:] != (FEATURES,):
        raise ModelError(f"Inception gave {tuple(features.shape[1:])} features a picture")
    return features


def _network() -> torch.nn.Module:
    network: torch.nn.Module = torch.jit.load(io.BytesIO(INCEPTION.read()), map_location="cpu")
    return network.eval()


@dataclass(frozen=True)
class InceptionDistance:
    """The squared distance of two pictures' Inception features: FID's first term, for one pair."""

    name: str = "inception-distance"
    title: str = "Inception feature distance"
    unit: str = "squared, of 2,048 features"
    range: tuple[float, float] = (0.0, float("inf"))

    def missing(self) -> str:
        """ "genlens fetch inception", or ""."""
        return INCEPTION.missing()

    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Distance``.

        Raises:
            ModelError: the network is not on this machine.
        """
        a, b = checked_pair(a, b)
        return (inception_features(a) - inception_features(b)).square().sum(1)
