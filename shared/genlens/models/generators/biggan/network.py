"""BigGAN-deep's generator (Brock, Donahue and Simonyan 2019, arXiv:1809.11096, appendix B, figure
16 and table 7), for drawing only.

Names and shapes of parameters are those of the PyTorch weights that are published, in which each
batch norm has its statistics at 51 truncations from 0 to 1. Spectral norms (appendix B) are divided
out when the weights are read (``files``), so that only plain layers are left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from genlens.models.generators.network import GeneratorNetwork

REDUCTION = 4  # of the channels inside a block
COLOURS = 3


class Norm(nn.Module):
    """A batch norm with stored statistics; gain and shift come from the condition (n, d), or are
    learned where there is no ``condition``."""

    def __init__(self, channels: int, condition: int, steps: int, eps: float) -> None:
        super().__init__()
        self.register_buffer("running_means", torch.zeros(steps, channels))
        self.register_buffer("running_vars", torch.ones(steps, channels))
        self.eps, self.conditional = eps, condition > 0
        if self.conditional:
            self.scale = nn.Linear(condition, channels, bias=False)
            self.offset = nn.Linear(condition, channels, bias=False)
        else:
            self.weight = nn.Parameter(torch.ones(channels))
            self.bias = nn.Parameter(torch.zeros(channels))

    def forward(
        self, x: torch.Tensor, truncation: float, condition: torch.Tensor | None = None
    ) -> torch.Tensor:
        mean, var = (
            _at(self.get_buffer(name), truncation) for name in ("running_means", "running_vars")
        )
        if condition is None or not self.conditional:
            return F.batch_norm(x, mean, var, self.weight, self.bias, eps=self.eps)
        plain = F.batch_norm(x, mean, var, eps=self.eps)
        gain, shift = 1 + self.scale(condition), self.offset(condition)
        return plain * gain[:, :, None, None] + shift[:, :, None, None]


def _at(table: torch.Tensor, truncation: float) -> torch.Tensor:
    """The row of ``table`` (steps, channels) for a truncation from 0 to 1, in between by blending
    as the published code does (the nearer row gets the smaller share)."""
    part, row = math.modf(truncation * (len(table) - 1))
    part = 0.0 if min(part, 1 - part) < 1e-6 else part  # 0.3 * 50 is not quite 15
    row = round(truncation * (len(table) - 1)) if not part else int(row)
    return table[row] if not part else table[row] * part + table[row + 1] * (1 - part)


class Block(nn.Module):
    """Figure 16 b: four convolutions, each behind a norm and a ReLU; the shortcut drops channels
    and repeats pixels."""

    def __init__(
        self, inputs: int, outputs: int, condition: int, steps: int, eps: float, *, up: bool
    ) -> None:
        super().__init__()
        inner = inputs // REDUCTION
        self.up, self.outputs = up, outputs
        sizes = (inputs, inner, inner, inner)
        self.bn_0, self.bn_1, self.bn_2, self.bn_3 = (
            Norm(size, condition, steps, eps) for size in sizes
        )
        self.conv_0 = nn.Conv2d(inputs, inner, 1)
        self.conv_1 = nn.Conv2d(inner, inner, 3, padding=1)
        self.conv_2 = nn.Conv2d(inner, inner, 3, padding=1)
        self.conv_3 = nn.Conv2d(inner, outputs, 1)

    def forward(self, x: torch.Tensor, truncation: float, condition: torch.Tensor) -> torch.Tensor:
        short = x[:, : self.outputs]
        x = self.conv_0(F.relu(self.bn_0(x, truncation, condition)))
        x = F.relu(self.bn_1(x, truncation, condition))
        if self.up:
            x, short = (F.interpolate(y, scale_factor=2.0) for y in (x, short))
        x = self.conv_1(x)
        x = self.conv_2(F.relu(self.bn_2(x, truncation, condition)))
        x = self.conv_3(F.relu(self.bn_3(x, truncation, condition)))
        return x + short


class Attention(nn.Module):
    """Self-attention (Zhang et al. 2019, arXiv:1805.08318, section 3) on halved keys and values."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.snconv1x1_theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.snconv1x1_o_conv = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, _, h, w = x.shape
        asked = self.snconv1x1_theta(x).flatten(2)  # (n, c/8, hw)
        keys = F.max_pool2d(self.snconv1x1_phi(x), 2).flatten(2)  # (n, c/8, hw/4)
        values = F.max_pool2d(self.snconv1x1_g(x), 2).flatten(2)  # (n, c/2, hw/4)
        shares = (asked.transpose(1, 2) @ keys).softmax(-1)  # (n, hw, hw/4)
        seen = (values @ shares.transpose(1, 2)).view(n, -1, h, w)
        return x + self.gamma * self.snconv1x1_o_conv(seen)


class Synthesis(nn.Module):
    """Conditions (n, layers, d), one for the start and one for each block, to pictures in [-1, 1].

    ``plan`` is (doubles, width before, width behind) of each block, in units of ``width`` channels;
    ``attention`` the place of self-attention among them (no block has to follow).
    """

    def __init__(
        self,
        condition: int,
        width: int,
        plan: Sequence[tuple[bool, int, int]],
        attention: int,
        steps: int,
        eps: float,
    ) -> None:
        super().__init__()
        self.first = plan[0][1] * width
        self.gen_z = nn.Linear(condition, 4 * 4 * self.first)
        chain: list[nn.Module] = []
        for i, (up, before, behind) in enumerate(plan):
            if i == attention:
                chain.append(Attention(width * before))
            chain.append(Block(width * before, width * behind, condition, steps, eps, up=up))
        self.layers = nn.ModuleList(chain)
        last = width * plan[-1][2]
        self.bn = Norm(last, 0, steps, eps)
        self.conv_to_rgb = nn.Conv2d(last, last, 3, padding=1)

    def forward(self, conditions: torch.Tensor, truncation: float) -> torch.Tensor:
        x = self.gen_z(conditions[:, 0]).view(-1, 4, 4, self.first).permute(0, 3, 1, 2)
        at = 1
        for layer in self.layers:
            if isinstance(layer, Block):
                x = layer(x, truncation, conditions[:, at])
                at += 1
            else:
                x = layer(x)
        x = F.relu(self.bn(x, truncation))
        return torch.as_tensor(torch.tanh(self.conv_to_rgb(x)[:, :COLOURS]))


class BigGAN(GeneratorNetwork):
    """Latents and a class to pictures; see ``Synthesis`` for the arguments."""

    def __init__(
        self,
        latents: int,
        classes: int,
        width: int,
        plan: Sequence[tuple[bool, int, int]],
        attention: int,
        steps: int = 51,
        eps: float = 1e-4,
    ) -> None:
        super().__init__()
        self.latents, self.classes, self.colours = latents, classes, COLOURS
        self.plan = tuple(plan)
        self.side = int(4 * 2 ** sum(up for up, _, _ in self.plan))
        self.embeddings = nn.Linear(classes, latents, bias=False)
        self.generator = Synthesis(2 * latents, width, self.plan, attention, steps, eps)

    def condition(self, z: torch.Tensor, label: int) -> torch.Tensor:
        """(n, 2 z): latents (n, z) and what is known of the class."""
        named = self.embeddings.weight[:, label].expand(len(z), -1)
        return torch.cat([z, named], dim=1)
