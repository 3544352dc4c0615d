"""A small network that guesses the style behind a picture: where an inversion starts.

It is trained with the generator, as the encoder of a VAE whose decoder the synthesis network is
(Larsen et al. 2016, *Autoencoding beyond pixels using a learned similarity metric*,
arXiv:1512.09300).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from genlens.errors import InputError
from genlens.models.generators.stylegan2.network import Mapping

SLOPE = 0.2
MAX_WIDTH = 2048


class StyleEncoder(nn.Module):
    """Pictures (n, colours, side, side) in [0, 1] -> codes (n, codes) -> styles (n, styles).

    Each of ``widths`` is a convolution that halves the picture (kernel 4, stride 2); a linear layer
    gives a Gaussian over codes, and a mapping network like the generator's their styles.
    """

    def __init__(
        self,
        side: int,
        widths: Sequence[int],
        codes: int = 64,
        styles: int = 128,
        mapping_layers: int = 4,
        colours: int = 3,
    ) -> None:
        super().__init__()
        if not isinstance(widths, (list, tuple)) or not widths:
            raise InputError(f"widths is {widths!r}: give one whole number or more")
        sizes = (*widths, codes)
        if not all(isinstance(s, int) and 1 <= s <= MAX_WIDTH for s in sizes):
            raise InputError(f"sizes {sizes} are out of range: take 1 to {MAX_WIDTH}")
        if side % 2 ** len(widths):
            raise InputError(f"a side of {side} pixels cannot be halved {len(widths)} times")
        chain: list[nn.Module] = []
        for before, after in zip((colours, *widths), widths, strict=False):
            chain += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        flat = widths[-1] * (side // 2 ** len(widths)) ** 2
        self.trunk = nn.Sequential(*chain, nn.Flatten(), nn.Linear(flat, 2 * codes))
        self.mapping = Mapping(codes, styles, mapping_layers)
        self.config: dict[str, Any] = {
            "widths": list(widths),
            "codes": codes,
            "mapping_layers": mapping_layers,
        }

    def posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Means and log-variances of codes, each (n, codes)."""
        mean, logvar = self.trunk(images * 2 - 1).chunk(2, dim=1)
        return mean, logvar

    def styles(self, codes: torch.Tensor) -> torch.Tensor:
        """(n, codes) -> (n, styles)."""
        return torch.as_tensor(self.mapping(codes))
