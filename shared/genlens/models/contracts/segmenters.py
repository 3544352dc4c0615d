"""Objects of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genlens.models.contracts.values import ModelCard, ObjectMask

if TYPE_CHECKING:
    import torch


@runtime_checkable
class Segmenter(Protocol):
    """An image in, object masks out."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    def segment(self, image: torch.Tensor) -> list[ObjectMask]:
        """All objects of one image (3, h, w) in [0, 1], largest score first."""
        ...

    def segment_at(
        self, image: torch.Tensor, points: Sequence[tuple[float, float]]
    ) -> list[ObjectMask]:
        """The best mask that holds all ``points`` (x, y in pixels), then its alternatives."""
        ...
