"""How far two pictures are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch


@runtime_checkable
class Distance(Protocol):
    """A number for each pair of pictures; 0 for equal ones, larger for less alike ones."""

    @property
    def name(self) -> str:
        """For programs: "ssim"."""
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
        """Least and greatest number it can give; infinity where there is no greatest."""
        ...

    def missing(self) -> str:
        """The command that brings the network it needs; "" where nothing is missing."""
        ...

    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """(n,) float32 on the CPU: of each picture of ``a`` and the one of ``b`` in its place, both
        (n, c, h, w) in [0, 1]."""
        ...
