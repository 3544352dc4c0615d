"""StyleGAN2's layers, from the paper (Karras et al. 2020, arXiv:1912.04958, sections 2 and 4).

Weights are drawn from N(0, 1) and scaled when they are used ("equalised learning rate", Karras et
al. 2018, arXiv:1710.10196, section 4.1). Names and shapes of parameters are those that published
StyleGAN2 checkpoints have, so that their weights load as they are.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

SLOPE, GAIN = 0.2, math.sqrt(2)  # leaky ReLU, scaled so that the variance is kept
BLUR = (1.0, 3.0, 3.0, 1.0)  # binomial filter behind every change of resolution


def activate(x: torch.Tensor) -> torch.Tensor:
    """Leaky ReLU that keeps the variance."""
    return F.leaky_relu(x, SLOPE) * GAIN


def blur_filter() -> torch.Tensor:
    """(4, 4) float32, sums to 1."""
    taps = torch.tensor(BLUR)
    return torch.outer(taps, taps) / taps.sum().square()


class Linear(nn.Module):
    """A linear layer; ``rate`` scales its learning rate (the mapping network's is 0.01)."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        rate: float = 1.0,
        bias: float = 0.0,
        lively: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.scale, self.rate, self.lively = rate / math.sqrt(inputs), rate, lively

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.linear(x, self.weight * self.scale, self.bias * self.rate)
        return activate(y) if self.lively else y


class StyledConv(nn.Module):
    """A convolution whose input channels the style scales, and whose output is scaled back to unit
    variance (equations 1 to 3); with ``up`` it doubles the resolution.

    Scaling input and output instead of the weights is the same sum, and needs no convolution of
    its own for each picture.
    """

    noise_const: torch.Tensor
    resample_filter: torch.Tensor

    def __init__(self, inputs: int, outputs: int, styles: int, side: int, *, up: bool) -> None:
        super().__init__()
        self.up, self.side = up, side
        self.affine = Linear(styles, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.register_buffer("noise_const", torch.randn(side, side))
        self.register_buffer("resample_filter", blur_filter())

    def forward(self, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        """(n, inputs, h, w) -> (n, outputs, side, side); ``w`` (n, styles); ``noise`` (n, 1, side,
        side), or None for the constant one."""
        style = self.affine(w)  # (n, inputs)
        power = self.weight.square().sum((2, 3))  # (outputs, inputs)
        back = (style.square() @ power.T + 1e-8).rsqrt()  # (n, outputs)
        x = x * style[:, :, None, None]
        if self.up:
            x = F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)
            x = blur(x, self.get_buffer("resample_filter") * 4, pad=1)
        else:
            x = F.conv2d(x, self.weight, padding=1)
        x = x * back[:, :, None, None]
        grain = self.get_buffer("noise_const") if noise is None else noise
        x = x + grain * self.noise_strength + self.bias[:, None, None]
        return activate(x)


class ToColour(nn.Module):
    """What a resolution adds to the picture: a 1 x 1 convolution, scaled by the style."""

    def __init__(self, inputs: int, colours: int, styles: int) -> None:
        super().__init__()
        self.affine = Linear(styles, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(colours, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(colours))
        self.scale = 1 / math.sqrt(inputs)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """(n, inputs, h, w) -> (n, colours, h, w)."""
        style = self.affine(w) * self.scale
        return F.conv2d(x * style[:, :, None, None], self.weight, self.bias)


def blur(x: torch.Tensor, taps: torch.Tensor, pad: int | tuple[int, int, int, int]) -> torch.Tensor:
    """``x`` with each channel filtered by ``taps`` (k, k); ``pad`` zeros on each side, or (left,
    right, top, bottom)."""
    channels = x.shape[1]
    sides = (pad,) * 4 if isinstance(pad, int) else pad
    return F.conv2d(F.pad(x, sides), taps.expand(channels, 1, -1, -1), groups=channels)


def doubled(x: torch.Tensor, taps: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) -> (n, c, 2h, 2w): zeros between the pixels, then the filter."""
    n, c, h, w = x.shape
    spread = x.new_zeros(n, c, h, 2, w, 2)
    spread[:, :, :, 0, :, 0] = x
    return blur(spread.view(n, c, 2 * h, 2 * w), taps * 4, pad=(2, 1, 2, 1))
