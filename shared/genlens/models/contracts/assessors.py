"""What gives a picture a score: a classifier, a statistic, a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genlens.models.contracts.values import ModelCard

if TYPE_CHECKING:
    import torch
    from torch import nn


@runtime_checkable
class Assessor(Protocol):
    """A number for each picture: how much of one property it has."""

    @property
    def name(self) -> str:
        """For programs: "brightness"."""
        ...

    @property
    def title(self) -> str:
        """For readers."""
        ...

    @property
    def unit(self) -> str:
        """What its numbers count, in words."""
        ...

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest number it can give; infinity where there is none."""
        ...

    @property
    def differentiable(self) -> bool:
        """Whether gradients of ``score`` reach the pictures."""
        ...

    @property
    def help(self) -> str:
        """What it measures, and with what licence or doubt, in one or two sentences."""
        ...

    def missing(self) -> str:
        """The command that brings the network it needs; "" where nothing is missing."""
        ...

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,) float32 of ``images`` (n, 3 or 1, h, w) in [0, 1], of any size, on their device;
        differentiable where ``differentiable`` says so."""
        ...


@runtime_checkable
class NetworkAssessor(Assessor, Protocol):
    """An assessor that is a network: its card names the weights, its module has layers to hook."""

    card: ModelCard

    @property
    def module(self) -> nn.Module:
        """The network."""
        ...
