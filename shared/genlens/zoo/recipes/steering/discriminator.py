"""What tells drawn faces from generated ones, and the loss it is trained with.

A small residual network without normalisation (as in Huang et al. 2024, *The GAN is dead; long live
the GAN!*, arXiv:2501.05441, section 3), relativistic pairs with both gradient penalties (equations
2 and 5). On drawn faces it also names every attribute, so that its features see mouths.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

SLOPE = 0.2


class Residual(nn.Module):
    """(n, inputs, h, w) -> (n, outputs, h / 2, w / 2)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, inputs, 3, padding=1)
        self.second = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1, bias=False)
        for conv in (self.first, self.second, self.skip):
            nn.init.kaiming_normal_(conv.weight, SLOPE)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.leaky_relu(self.first(x), SLOPE)
        y = F.leaky_relu(self.second(F.avg_pool2d(y, 2)), SLOPE)
        return torch.as_tensor((y + self.skip(F.avg_pool2d(x, 2))) * 0.5**0.5)


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


def relativistic(winner: torch.Tensor, loser: torch.Tensor) -> torch.Tensor:
    """Mean over pairs of softplus(loser - winner): small where each ``winner`` looks more drawn."""
    return F.softplus(loser - winner).mean()


def gradient_penalty(net: Discriminator, pictures: torch.Tensor) -> torch.Tensor:
    """Half of the mean squared norm of realness' gradient with respect to ``pictures``: R1 on
    drawn ones, R2 on generated ones."""
    pictures = pictures.detach().requires_grad_()
    realness, _, _ = net(pictures)
    (slope,) = torch.autograd.grad(realness.sum(), pictures, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() / 2


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
