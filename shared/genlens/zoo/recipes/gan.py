"""What all discriminators here are made of.

Residual blocks without normalisation (as in Huang et al. 2024, *The GAN is dead; long live the
GAN!*, arXiv:2501.05441, section 3), relativistic pairs with both gradient penalties (equations 2
and 5).
"""

from __future__ import annotations

from collections.abc import Callable

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


def relativistic(winner: torch.Tensor, loser: torch.Tensor) -> torch.Tensor:
    """Mean over pairs of softplus(loser - winner): small where each ``winner`` looks more drawn."""
    return F.softplus(loser - winner).mean()


def gradient_penalty(
    realness: Callable[[torch.Tensor], torch.Tensor], pictures: torch.Tensor
) -> torch.Tensor:
    """Half of the mean squared norm of the gradient of ``realness`` with respect to ``pictures``
    (n, c, h, w): R1 on drawn ones, R2 on generated ones."""
    pictures = pictures.detach().requires_grad_()
    (slope,) = torch.autograd.grad(realness(pictures).sum(), pictures, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() / 2
