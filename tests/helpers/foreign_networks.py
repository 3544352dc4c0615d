"""Networks as other people write them, with three outputs for pictures of any size and channels."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class SharedActivation(nn.Module):
    """One ``nn.ReLU`` used twice."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 3, 3, stride=2)
        self.relu, self.out = nn.ReLU(), nn.LazyLinear(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.relu(self.second(self.relu(self.first(x)))).flatten(1))


class Functional(nn.Module):
    """Parameters and functions only, one of them in place."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, channels, 3, 3) * 0.3)
        self.out = nn.LazyLinear(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.relu(F.conv2d(x, self.weight, padding=1), inplace=True)
        return self.out(torch.flatten(F.max_pool2d(h, 2), 1))


class InPlace(nn.Module):
    """Batch normalisation and activations that overwrite their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
            nn.Conv2d(4, 4, 3), nn.LeakyReLU(0.1, inplace=True), nn.AdaptiveAvgPool2d(3),
            nn.Flatten(), nn.LazyLinear(3),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


class Branches(nn.Module):
    """Sums, differences, a layer used twice, and a concatenation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.silu, self.norm, self.out = nn.SiLU(), nn.GroupNorm(1, channels), nn.LazyLinear(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.silu(self.norm(self.conv(x)))
        x = x - 0.5 * self.silu(self.conv(x))
        return self.out(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1))


NETWORKS = (SharedActivation, Functional, InPlace, Branches)


def built(kind: type[nn.Module], shape: tuple[int, int, int], seed: int) -> nn.Module:
    """One of ``NETWORKS`` with random weights, as it is after training."""
    torch.manual_seed(seed)
    network = kind(shape[0])
    with torch.no_grad():
        network(torch.rand(4, *shape))
    return network.eval().requires_grad_(False)
