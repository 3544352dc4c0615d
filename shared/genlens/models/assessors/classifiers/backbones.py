"""What a classifier sees through: networks that turn a picture into features.

"small" is genlens' own and starts from nothing; those in ``imagenet`` bring what they learned
there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import nn

from genlens.errors import InputError

GRID = 4
"""Cells along each side that the last maps of "small" are averaged to, so that it stays known where
something is."""
MAX_SIDE, MAX_WIDTH, MAX_STAGES = 512, 1024, 6


class Backbone(nn.Module, ABC):
    """Pictures (n, 3, ``side``, ``side``) in [0, 1] -> (n, ``features``)."""

    kind: ClassVar[str]
    learned: ClassVar[bool]
    """Whether it brings weights that were trained on other pictures."""
    side: int
    features: int

    @classmethod
    def missing(cls) -> str:
        """The command that brings its weights; "" where nothing is missing."""
        return ""

    @property
    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What builds it again."""


class SmallBackbone(Backbone):
    """A plain chain in which each layer is used once, as Grad-CAM, guided backpropagation and LRP
    want it.

    Each of ``widths`` is a stage: a convolution that halves the picture, and one that does not.
    """

    kind, learned = "small", False

    def __init__(self, side: int = 64, widths: Sequence[int] = (16, 32, 48)) -> None:
        super().__init__()
        _check(side, widths)
        layers: list[nn.Module] = []
        before = 3
        for width in widths:
            layers += [*_layer(before, width, stride=2), *_layer(width, width)]
            before = width
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(GRID), nn.Flatten())
        self.side, self.widths, self.features = side, tuple(widths), before * GRID * GRID

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that build this network again."""
        return {"side": self.side, "widths": list(self.widths)}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.layers(images * 2 - 1))


def _layer(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]


def _check(side: int, widths: Sequence[int]) -> None:
    if not isinstance(widths, (list, tuple)) or not 1 <= len(widths) <= MAX_STAGES:
        raise InputError(f"widths is {widths!r}: give 1 to {MAX_STAGES} whole numbers")
    if not all(isinstance(size, int) for size in (side, *widths)):
        raise InputError("the sizes of a classifier are whole numbers")
    least = GRID * 2 ** len(widths)
    if not least <= side <= MAX_SIDE:
        raise InputError(
            f"side is {side}: take {least} to {MAX_SIDE} pixels for {len(widths)} halvings"
        )
    if not all(1 <= width <= MAX_WIDTH for width in widths):
        raise InputError(f"widths {tuple(widths)} are out of range: take 1 to {MAX_WIDTH}")
