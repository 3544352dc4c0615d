"""A small network that guesses the latent behind a picture: where an inversion starts.

It is trained with the generator, as the encoder of a VAE whose decoder the generator is (Larsen et
al. 2016, *Autoencoding beyond pixels*, arXiv:1512.09300).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from genlens.errors import InputError

SLOPE = 0.2
MAX_WIDTH = 2048


class LatentEncoder(nn.Sequential):
    """Pictures (n, c, side, side) in [0, 1] -> means and log-variances (n, 2 z).

    Each width is a convolution that halves the picture (kernel 4, stride 2), then a linear layer.
    """

    def __init__(self, side: int, widths: Sequence[int], latents: int, colours: int = 3) -> None:
        if not isinstance(widths, (list, tuple)) or not widths:
            raise InputError(f"widths is {widths!r}: give one whole number or more")
        sizes = (*widths, latents)
        if not all(isinstance(s, int) and 1 <= s <= MAX_WIDTH for s in sizes):
            raise InputError(f"sizes {sizes} are out of range: take 1 to {MAX_WIDTH}")
        if side % 2 ** len(widths):
            raise InputError(f"a side of {side} pixels cannot be halved {len(widths)} times")
        chain: list[nn.Module] = []
        for before, after in zip((colours, *widths), widths, strict=False):
            chain += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        flat = widths[-1] * math.prod((side // 2 ** len(widths),) * 2)
        super().__init__(*chain, nn.Flatten(), nn.Linear(flat, 2 * latents))
        self.widths = tuple(widths)

    @property
    def config(self) -> dict[str, Any]:
        """What a model's config says of it."""
        return {"widths": list(self.widths)}

    def posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Means and log-variances, each (n, z)."""
        mean, logvar = self(images * 2 - 1).chunk(2, dim=1)
        return mean, logvar
