"""The one kind of ``AnchorSet`` there is: pictures that are read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.models.pictures.picture import fit_pixels

Read = Callable[[np.ndarray], np.ndarray]
"""Rows (k,) int64 -> pictures (k, h, w, c), uint8, or float32 in [0, 1]."""
MOST = 1_000_000
"""Anchors that one set may have."""


@dataclass(frozen=True, eq=False)  # two sets are equal if they are one
class Pictures:
    """n pictures of one size: an ``AnchorSet``.

    ``read`` gives them row by row, of any size: they are cut to their centre, resized and turned to
    grey or colour as ``image_shape`` needs, and the ``title`` says so. ``held`` (n,) bool says
    which of them are on this machine, None: all; ``command`` brings the others.
    """

    title: str
    image_shape: tuple[int, int, int]
    labels: np.ndarray
    names: tuple[str, ...]
    ids: np.ndarray
    read: Read
    held: np.ndarray | None = None
    command: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """All pictures in order, (size or fewer, c, h, w) float32 in [0, 1], one batch in memory at
        a time.

        Raises:
            InputError: some of them are not on this machine.
        """
        size = whole("size", size, 1, 100_000)
        self._require(np.arange(len(self)))
        for start in range(0, len(self), size):
            yield self._floats(np.arange(start, min(start + size, len(self))))

    def pictures(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k, c, h, w) float32 in [0, 1] of pictures ``rows``.

        Raises:
            InputError: there is no such picture, or it is not on this machine.
        """
        chosen = np.asarray(rows)
        if chosen.ndim != 1 or (len(chosen) and not np.issubdtype(chosen.dtype, np.integer)):
            raise InputError(f"rows are {rows!r}: give a list of whole numbers")
        chosen = chosen.astype(np.int64)
        wrong = chosen[(chosen < 0) | (chosen >= len(self))]
        if len(wrong):
            raise InputError(f"there is no picture {wrong[0]}: take 0 to {len(self) - 1:,}")
        self._require(chosen)
        return self._floats(chosen)

    def here(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k,) bool: which of ``rows`` can be shown."""
        rows = np.asarray(rows, np.int64)
        return np.ones(len(rows), bool) if self.held is None else self.held[rows]

    def some(self, n: int | None, seed: int = 0) -> Pictures:
        """``n`` of the pictures, drawn by ``seed`` and kept in order; all where ``n`` is None or
        there are no more.

        Raises:
            InputError: ``n`` is less than 1.
        """
        if n is None or whole("the number of pictures", n, 1, MOST) >= len(self):
            return self
        order = np.random.default_rng(whole("seed", seed, 0, MAX_SEED)).permutation(len(self))
        return self.rows(np.sort(order[:n]), self.title)

    def rows(self, rows: np.ndarray, title: str) -> Pictures:
        """The set of pictures ``rows`` only; their ids stay."""
        return replace(
            self,
            title=title,
            labels=self.labels[rows],
            ids=self.ids[rows],
            read=lambda inner: self.read(rows[inner]),
            held=None if self.held is None else self.held[rows],
        )

    def _require(self, rows: np.ndarray) -> None:
        absent = int((~self.here(rows)).sum())
        if absent:
            raise InputError(
                f"{absent:,} of {len(rows):,} pictures do not ship with genlens: {self.command}"
            )

    def _floats(self, rows: np.ndarray) -> np.ndarray:
        """(k, c, h, w) float32 in [0, 1], fitted to ``image_shape``."""
        if not len(rows):
            return np.empty((0, *self.image_shape), np.float32)
        found = self.read(rows)
        shape = (found.shape[3], found.shape[1], found.shape[2])
        if shape != self.image_shape:
            if found.dtype != np.uint8:
                found = (found * 255).round().astype(np.uint8)
            found = np.stack([fit_pixels(picture, self.image_shape) for picture in found])
        floats = np.ascontiguousarray(found.transpose(0, 3, 1, 2), np.float32)
        return floats / 255 if found.dtype == np.uint8 else floats


def fitted(
    title: str, n: int, own: tuple[int, int, int], wanted: tuple[int, int, int] | None
) -> tuple[str, tuple[int, int, int]]:
    """The title with the number of pictures and what is done to them, and the shape they get:
    ``wanted``, or their ``own`` (c, h, w)."""
    shape = own if wanted is None else wanted
    notes = [f"{n:,} pictures"]
    if shape[1] * own[2] != shape[2] * own[1]:
        notes.append("cut to their centre")
    if shape[1:] != own[1:]:
        notes.append(f"resized to {shape[2]} x {shape[1]} pixels")
    if shape[0] != own[0]:
        notes.append("turned to grey" if shape[0] == 1 else "grey in three channels")
    return f"{title}, {', '.join(notes)}", shape


def no_classes(n: int) -> np.ndarray:
    """(n,) labels of pictures without classes."""
    return np.full(n, -1, np.int64)
