"""What a generator draws by itself, so that a broken picture can be told from an unusual one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from genlens.common.progress import Cancel
from genlens.models.contracts import Distance, Generator
from genlens.steering.drawn import draw, random_styles

KEPT, TESTED = 150, 100
QUANTILE = 0.99
_SEED = 4242
_SIDE = 16  # pixels a side of the copies among which the nearest picture is looked for


@dataclass(frozen=True)
class Ordinary:
    """``images`` (m, c, h, w) that the generator drew, and ``limit``: the distance to the nearest
    of them that 99 % of further pictures of its own stay within."""

    images: torch.Tensor
    limit: float

    def strange(self, images: torch.Tensor, distance: Distance) -> np.ndarray:
        """(n,) bool: which of ``images`` (n, c, h, w) are further away than that."""
        return to_nearest(images, self.images, distance) > self.limit


def ordinary_of(
    generator: Generator, distance: Distance, *, cancel: Cancel | None = None
) -> Ordinary:
    """Draw 250 pictures, keep 150 and measure how far the others are from them.

    Raises:
        ModelError: the generator drew NaN.
        Cancelled: ``cancel()`` said so.
    """
    images = draw(generator, random_styles(generator, KEPT + TESTED, _SEED), cancel=cancel)
    kept, others = images[:KEPT], images[KEPT:]
    return Ordinary(kept, float(np.quantile(to_nearest(others, kept, distance), QUANTILE)))


def to_nearest(images: torch.Tensor, kept: torch.Tensor, distance: Distance) -> np.ndarray:
    """(n,) distance of each of ``images`` to the one of ``kept`` whose pixels are most alike."""
    a, b = (F.adaptive_avg_pool2d(x, _SIDE).flatten(1) for x in (images, kept))
    nearest = torch.cdist(a, b).argmin(1)
    return distance.between(images, kept[nearest]).double().numpy()
