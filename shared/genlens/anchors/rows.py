"""Rows that come batch by batch and may be too many for memory."""

from __future__ import annotations

import tempfile
from typing import IO

import numpy as np

IN_MEMORY = 256 * 2**20
"""Bytes from which rows are written to a temporary file."""


class Rows:
    """Collects ``n`` rows of one width, float32.

    Up to ``limit`` bytes they are an array. More go to a temporary file, which has no name and is
    gone when the array that reads it is.
    """

    def __init__(self, n: int, limit: int = IN_MEMORY) -> None:
        self._n, self._limit, self._done = n, limit, 0
        self._kept: np.ndarray | None = None
        self._file: IO[bytes] | None = None

    def add(self, rows: np.ndarray) -> None:
        """Append ``rows`` (m, d)."""
        rows = np.ascontiguousarray(rows, np.float32)
        if self._done == 0:
            self._width = rows.shape[1]
            if self._n * rows[0].nbytes > self._limit:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 (the array keeps it open)
            else:
                self._kept = np.empty((self._n, self._width), np.float32)
        if self._file is not None:
            self._file.write(rows.data)
        elif self._kept is not None:
            self._kept[self._done : self._done + len(rows)] = rows
        self._done += len(rows)

    def array(self) -> np.ndarray:
        """(n, d) float32; of a file, read as it is used."""
        if self._file is not None:
            self._file.flush()
            return np.memmap(self._file, np.float32, "r", shape=(self._done, self._width))
        return np.empty((0, 0), np.float32) if self._kept is None else self._kept
