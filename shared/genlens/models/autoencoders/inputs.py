"""What an autoencoder is given, checked before it runs."""

from __future__ import annotations

import torch

from genlens.errors import InputError


def checked(x: torch.Tensor, shape: tuple[int, ...], what: str) -> torch.Tensor:
    """``x``, once it is a float tensor (n >= 1, *shape) of numbers; -1 in ``shape`` fits any.

    Raises:
        InputError: it is not; the message begins with ``what``.
    """
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, torch.Tensor) else type(x).__name__
        raise InputError(f"{what} are a float tensor, not {kind}: divide pixels by 255 first")
    fits = x.ndim == len(shape) + 1 and len(x) > 0
    if not fits or any(w not in (-1, h) for w, h in zip(shape, x.shape[1:], strict=True)):
        wanted = ", ".join("any" if n < 0 else str(n) for n in shape)
        raise InputError(f"{what} have shape (n, {wanted}), not {tuple(x.shape)}")
    if not torch.isfinite(x.detach()).all():
        raise InputError(f"{what} hold NaN or infinity: give finite numbers")
    return x


def picture_shape(image_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """``image_shape`` as (1 or 3, height, width).

    Raises:
        InputError: it is none.
    """
    shape = tuple(int(n) for n in image_shape)
    if len(shape) != 3 or shape[0] not in (1, 3) or min(shape) < 1:
        raise InputError(f"image_shape {image_shape} should be (1 or 3, height, width)")
    return shape
