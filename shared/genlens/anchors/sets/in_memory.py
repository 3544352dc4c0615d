"""Anchors that are held in memory: a study's pictures, what a model drew, an array of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.study.study import Study


@dataclass(frozen=True)
class InMemory:
    """An ``AnchorSet`` of ``images`` (n, c, h, w) float32 in [0, 1], in this order; its ids are
    their places from 0. ``labels`` (n,) int64 index ``names``, -1 for none."""

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...] = ()
    title: str = "pictures"

    @classmethod
    def of(cls, images: np.ndarray, title: str = "pictures") -> InMemory:
        """Pictures without classes."""
        return cls(images, np.full(len(images), -1, np.int64), (), title)

    @classmethod
    def of_study(cls, study: Study) -> InMemory:
        """The pictures that a model is studied with."""
        return cls(study.images, study.labels, study.names, study.data)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        channels, height, width = self.images.shape[1:]
        return int(channels), int(height), int(width)

    @property
    def ids(self) -> np.ndarray:
        """(n,) int64: places in ``images``."""
        return np.arange(len(self.images))

    def __len__(self) -> int:
        return len(self.images)

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """All pictures in order, ``size`` or fewer at a time."""
        for start in range(0, len(self), size):
            yield self.images[start : start + size]

    def pictures(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k, c, h, w) of pictures ``rows``.

        Raises:
            InputError: there is no such picture.
        """
        chosen = np.asarray(rows, np.int64)
        if len(chosen) and not (chosen.min() >= 0 and chosen.max() < len(self)):
            raise InputError(f"there are {len(self)} pictures: rows run from 0 to {len(self) - 1}")
        return self.images[chosen]
