"""StyleGAN2's generator: noise, to a style for each layer, to a picture.

Karras et al. 2020 (arXiv:1912.04958): mapping network, modulated convolutions, skip connections
from each resolution to the picture (figure 7b), per-layer noise. On request one thing more: a
learned constant at every resolution, and not only at the first (``places``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from genlens.errors import InputError
from genlens.models.generators.network import GeneratorNetwork
from genlens.models.generators.stylegan2.layers import (
    Linear,
    StyledConv,
    ToColour,
    blur_filter,
    doubled,
)

MODEL_TYPE = "genlens-stylegan2"
MAPPING_RATE = 0.01
MAX_SIDE, MAX_WIDTH, MAX_LAYERS = 1024, 2048, 16


class Mapping(nn.Module):
    """Latents (n, z) -> styles (n, w), which all layers share until somebody mixes them."""

    w_avg: torch.Tensor

    def __init__(self, latents: int, styles: int, layers: int) -> None:
        super().__init__()
        self.latents, self.names = latents, [f"fc{i}" for i in range(layers)]
        for i, name in enumerate(self.names):
            inputs = latents if i == 0 else styles
            self.add_module(name, Linear(inputs, styles, rate=MAPPING_RATE, lively=True))
        self.register_buffer("w_avg", torch.zeros(styles))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for name in self.names:
            x = self.get_submodule(name)(x)
        return x


class Block(nn.Module):
    """One resolution: its convolutions, and what it adds to the picture."""

    def __init__(
        self, inputs: int, outputs: int, styles: int, side: int, colours: int, places: bool
    ) -> None:
        super().__init__()
        self.places = places and inputs > 0
        if inputs:
            self.conv0 = StyledConv(inputs, outputs, styles, side, up=True)
            if places:
                self.const = nn.Parameter(torch.zeros(outputs, side, side))
        else:
            self.const = nn.Parameter(torch.randn(outputs, side, side))
        self.conv1 = StyledConv(outputs, outputs, styles, side, up=False)
        self.torgb = ToColour(outputs, colours, styles)
        self.register_buffer("resample_filter", blur_filter())
        self.first = not inputs

    @property
    def convolutions(self) -> tuple[StyledConv, ...]:
        """In the order that they run."""
        return (self.conv1,) if self.first else (self.conv0, self.conv1)

    def start(self, n: int) -> torch.Tensor:
        """(n, outputs, 4, 4): the learned constant of the first block."""
        return self.const.expand(n, -1, -1, -1)


class Synthesis(nn.Module):
    """Styles (n, layers, w) -> pictures (n, colours, side, side), about in [-1, 1]."""

    def __init__(
        self, styles: int, side: int, channels: Sequence[int], colours: int, places: bool
    ) -> None:
        super().__init__()
        sides = [4 * 2**i for i in range(len(channels))]
        before = [0, *channels[:-1]]
        for each, inputs, outputs in zip(sides, before, channels, strict=True):
            self.add_module(f"b{each}", Block(inputs, outputs, styles, each, colours, places))
        self.sides = sides

    @property
    def blocks(self) -> list[Block]:
        """Coarse to fine."""
        found = [self.get_submodule(f"b{side}") for side in self.sides]
        return [block for block in found if isinstance(block, Block)]

    def forward(self, styles: torch.Tensor, noise: torch.Generator | None = None) -> torch.Tensor:
        """``noise`` None takes the constants that belong to the weights; a generator (a CPU one)
        draws new noise for each picture, as in training."""
        layer, picture = 0, None
        x = self.blocks[0].start(len(styles))
        for block in self.blocks:
            for conv in block.convolutions:
                if block.places and conv is block.conv1:
                    x = x + block.const
                x = conv(x, styles[:, layer], _grain(len(styles), conv, noise))
                layer += 1
            # the colours of a resolution share the next layer's style, as in the paper's code
            added = block.torgb(x, styles[:, layer])
            picture = (
                added
                if picture is None
                else doubled(picture, block.get_buffer("resample_filter")) + added
            )
        assert picture is not None
        return picture


class StyleGAN2(GeneratorNetwork):
    """The generator whole.

    Args:
        side: of the pictures in pixels, 4 times 2**(len(channels) - 1).
        channels: of each resolution, from 4 pixels up.
        latents, styles: how many numbers z and one layer's style have.
        mapping_layers: of the mapping network.
        colours: 3, or 1 for grey pictures.
        places: whether each resolution begins with a learned constant that is added to what comes
            from the one below. For pictures that are all framed alike: what stands at a place need
            not be carried there through every resolution.

    Raises:
        InputError: sizes that do not fit together or are out of bounds.
    """

    arguments = ("side", "channels", "latents", "styles", "mapping_layers", "colours", "places")

    def __init__(
        self,
        side: int = 64,
        channels: Sequence[int] = (160, 128, 96, 48, 24),
        latents: int = 64,
        styles: int = 128,
        mapping_layers: int = 4,
        colours: int = 3,
        places: bool = False,
    ) -> None:
        super().__init__()
        _check(side, channels, latents, styles, mapping_layers, colours)
        if not isinstance(places, bool):
            raise InputError(f"places is {places!r}: take true or false")
        self.side, self.channels, self.latents = side, tuple(channels), latents
        self.styles, self.mapping_layers, self.colours = styles, mapping_layers, colours
        self.places = places
        self.mapping = Mapping(latents, styles, mapping_layers)
        self.synthesis = Synthesis(styles, side, self.channels, colours, places)

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that build this network again, as JSON-able values."""
        return {
            "side": self.side,
            "channels": list(self.channels),
            "latents": self.latents,
            "styles": self.styles,
            "mapping_layers": self.mapping_layers,
            "colours": self.colours,
            "places": self.places,
        }

    @property
    def layers(self) -> tuple[str, ...]:
        """A name for each style: 2 log2(side) - 2 of them, coarse to fine."""
        sides = self.synthesis.sides
        convs = [(f"{s} px, doubling", f"{s} px") if s > 4 else ("4 px",) for s in sides]
        return (*(name for names in convs for name in names), f"{sides[-1]} px, colour")

    def shared(self, w: torch.Tensor) -> torch.Tensor:
        """(n, w) -> (n, layers, w): one style for all layers."""
        return w[:, None].expand(-1, len(self.layers), -1)

    def forward(self, z: torch.Tensor, noise: torch.Generator | None = None) -> torch.Tensor:
        """Pictures of latents (n, z), about in [-1, 1]."""
        return torch.as_tensor(self.synthesis(self.shared(self.mapping(z)), noise))


def _grain(n: int, conv: StyledConv, noise: torch.Generator | None) -> torch.Tensor | None:
    if noise is None:
        return None
    drawn = torch.randn(n, 1, conv.side, conv.side, generator=noise)
    return drawn.to(conv.weight.device)


def _check(
    side: int, channels: Sequence[int], latents: int, styles: int, mapping: int, colours: int
) -> None:
    if not isinstance(channels, (list, tuple)) or not all(isinstance(c, int) for c in channels):
        raise InputError(f"channels is {channels!r}: give a whole number for each resolution")
    if not all(isinstance(value, int) for value in (side, latents, styles, mapping, colours)):
        raise InputError("the sizes of a StyleGAN2 are whole numbers")
    if not 4 <= side <= MAX_SIDE or side != 4 * 2 ** (len(channels) - 1):
        wanted = math.log2(side / 4) + 1 if side > 0 else 0
        raise InputError(
            f"a side of {side} pixels with channels for {len(channels)} resolutions: take a power "
            f"of 2 from 4 to {MAX_SIDE}, and channels for each ({wanted:g} for {side} pixels)"
        )
    sizes = (*channels, latents, styles)
    if not all(1 <= size <= MAX_WIDTH for size in sizes):
        raise InputError(f"sizes {sizes} are out of range: take 1 to {MAX_WIDTH}")
    if not 1 <= mapping <= MAX_LAYERS or colours not in (1, 3):
        raise InputError(
            f"{mapping} mapping layers and {colours} colours: take 1 to {MAX_LAYERS}, and 1 or 3"
        )
