"""What tells drawn faces from generated ones, and the loss it is trained with.

A small residual network without normalisation, and the losses of ``gan``. On drawn faces it also
names every attribute, so that its features see mouths.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from genlens.zoo.recipes.gan import SLOPE, Residual


class Discriminator(nn.Module):
    """Pictures (n, 3, side, side) in [-1, 1] -> how drawn each looks (n,), the logits of its
    attributes (n, sum of ``values``), and what each block found in it."""

    def __init__(self, side: int, widths: Sequence[int], values: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(12, widths[0], 3, padding=1)  # 2 x 2 pixels are one place
        pairs = itertools.pairwise(widths)
        self.blocks = nn.Sequential(*(Residual(before, after) for before, after in pairs))
        left = side // 2 ** len(widths)
        self.hidden = nn.Linear(widths[-1] * left * left, 128)
        self.realness = nn.Linear(128, 1)
        self.attributes = nn.Linear(128, sum(values))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        found = [F.leaky_relu(self.stem(F.pixel_unshuffle(x, 2)), SLOPE)]
        for block in self.blocks:
            found.append(block(found[-1]))
        h = F.leaky_relu(self.hidden(found[-1].flatten(1)), SLOPE)
        return self.realness(h)[:, 0], self.attributes(h), found


def features_apart(ours: Sequence[torch.Tensor], wanted: Sequence[torch.Tensor]) -> torch.Tensor:
    """Mean absolute difference of features, block by block in units of the wanted ones' size."""
    pairs = zip(ours, wanted, strict=True)
    parts = [(a - b).abs().mean() / (b.abs().mean() + 1e-6) for a, b in pairs]
    return torch.stack(parts).mean()


def attribute_loss(
    logits: torch.Tensor, codes: torch.Tensor, values: Sequence[int]
) -> torch.Tensor:
    """Mean cross-entropy in nats over factors; ``codes`` (n, factors) int64."""
    parts = logits.split(list(values), dim=1)
    losses = [F.cross_entropy(part, codes[:, i]) for i, part in enumerate(parts)]
    return torch.stack(losses).mean()
