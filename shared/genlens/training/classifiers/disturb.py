"""Blur, noise and turns for pictures that a classifier learns from: what generators draw is not as
crisp as what it will be trained on, and some things lie any way up."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn import functional as F

LIGHT = (0.1, 1.0)
"""Standard deviations of a light blur, in pixels."""
NOISE = 0.05
"""The largest standard deviation of noise."""


def blurred(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """``images`` (n, c, h, w) under a Gaussian of ``sigma`` pixels, cut off at 2.5 of them."""
    reach = min(max(1, math.ceil(2.5 * sigma)), min(images.shape[-2:]) - 1)
    grid = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(-0.5 * (grid / sigma).square())
    kernel = (kernel / kernel.sum()).expand(images.shape[1], 1, -1)
    padded = F.pad(images, (reach,) * 4, mode="reflect")
    rows = F.conv2d(padded, kernel[:, :, None, :], groups=images.shape[1])
    return F.conv2d(rows, kernel[:, :, :, None], groups=images.shape[1])


def turned(images: torch.Tensor, degrees: float, rng: np.random.Generator) -> torch.Tensor:
    """``images`` (n, c, h, w), each turned about its centre by an angle of its own, uniform in
    ``degrees`` either way; corners that come into view continue the edge."""
    angles = torch.from_numpy(np.deg2rad(rng.uniform(-degrees, degrees, len(images))))
    angles = angles.to(images.device, images.dtype)
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    height, width = images.shape[-2:]  # affine_grid counts each side as -1 to 1
    rows = [cos, -sin * height / width, zero, sin * width / height, cos, zero]
    places = F.affine_grid(
        torch.stack(rows, 1).view(-1, 2, 3), list(images.shape), align_corners=False
    )
    return F.grid_sample(images, places, padding_mode="border", align_corners=False)


def softened(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """``images`` (n, c, h, w) in [0, 1] with one light blur, and noise of a strength of its own for
    each."""
    noise = rng.normal(0, 1, tuple(images.shape)) * rng.uniform(0, NOISE, (len(images), 1, 1, 1))
    added = torch.from_numpy(noise.astype(np.float32)).to(images.device)
    return (blurred(images, rng.uniform(*LIGHT)) + added).clamp(0, 1)
