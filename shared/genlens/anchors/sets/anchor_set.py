"""Pictures that a model is asked about, read in batches so that a million of them fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class AnchorSet(Protocol):
    """n pictures of one size, each with a number, and a class where one is known."""

    @property
    def title(self) -> str:
        """The pictures in words, for a caption: "MNIST digits, 55,923 pictures"."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        ...

    @property
    def labels(self) -> np.ndarray:
        """(n,) int64 into ``names``; -1 where a picture has no class."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The classes; () where there are none."""
        ...

    @property
    def ids(self) -> np.ndarray:
        """(n,) int64: where each picture stands in the set's source."""
        ...

    def __len__(self) -> int: ...

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """All pictures in order, (size or fewer, c, h, w) float32 in [0, 1], one batch in memory at
        a time."""
        ...

    def pictures(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k, c, h, w) float32 in [0, 1] of pictures ``rows``.

        Raises:
            InputError: there is no such picture, or it does not ship and has to be fetched first.
        """
        ...
