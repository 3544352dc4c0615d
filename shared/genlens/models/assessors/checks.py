"""What every assessor asks of the pictures it is given, and of the numbers it gives."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.inputs import checked

COLOURS = (1, 3)


def colour_pictures(images: torch.Tensor) -> torch.Tensor:
    """``images`` as (n, 3, h, w) float32, once they are float tensors (n, 1 or 3, h, w) of finite
    numbers; grey ones three times.

    Raises:
        InputError: they are not.
    """
    images = checked(images, (-1, -1, -1), "pictures")
    if images.shape[1] not in COLOURS:
        raise InputError(f"pictures have 1 (grey) or 3 (RGB) colours, not {images.shape[1]}")
    return images.float().expand(-1, 3, -1, -1)


def squared(images: torch.Tensor, side: int) -> torch.Tensor:
    """``images`` (n, c, h, w) at ``side`` x ``side`` pixels, as they are where they have that size;
    differentiable. Pictures that are not square are squeezed, so that nothing is cut off."""
    if images.shape[-2:] == (side, side):
        return images
    return F.interpolate(
        images, (side, side), mode="bilinear", align_corners=False, antialias=True
    ).clamp(0, 1)


def checked_scores(scores: object, n: int, name: str) -> torch.Tensor:
    """``scores`` as (n,) float32, once they are that many finite numbers.

    Raises:
        ModelError: something else than a tensor (n,).
        InputError: NaN or infinity; the message names the assessor and the first picture.
    """
    if not isinstance(scores, torch.Tensor) or tuple(scores.shape) != (n,):
        kind = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
        raise ModelError(
            f"assessor {name} gave {kind} for {n} pictures: it returns one number a picture, a "
            f"tensor of shape ({n},)"
        )
    scores = scores.float()
    bad = (~torch.isfinite(scores.detach())).nonzero().flatten().tolist()
    if bad:
        raise InputError(
            f"assessor {name} gives NaN or infinity for {len(bad)} of {n} pictures (the first is "
            f"number {bad[0]}): leave those pictures out, or take another assessor"
        )
    return scores
