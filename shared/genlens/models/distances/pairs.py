"""What every distance asks of the two batches it is given."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from genlens.errors import InputError
from genlens.models.autoencoders.inputs import checked


def checked_pair(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``a`` and ``b`` as float32, once they are float tensors (n, 1 or 3, h, w) of one shape.

    Raises:
        InputError: they are not.
    """
    a = checked(a, (-1, -1, -1), "pictures")
    b = checked(b, tuple(a.shape[1:]), "pictures to compare with")
    if len(a) != len(b) or a.shape[1] not in (1, 3):
        raise InputError(
            f"{len(a)} pictures with {a.shape[1]} colours against {len(b)}: pass as many of each, "
            "with 1 (grey) or 3 (RGB)"
        )
    return a.float(), b.float().to(a.device)


def three_colours(images: torch.Tensor) -> torch.Tensor:
    """(n, 3, h, w): grey pictures three times."""
    return images.expand(-1, 3, -1, -1)


def resized(images: torch.Tensor, smallest: int) -> torch.Tensor:
    """``images`` enlarged until no side is shorter than ``smallest`` pixels; larger ones as they
    are."""
    short = min(images.shape[-2:])
    if short >= smallest:
        return images
    size = [round(side * smallest / short) for side in images.shape[-2:]]
    return F.interpolate(images, size, mode="bilinear", align_corners=False)
