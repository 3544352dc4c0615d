"""Arrays as text: what a script or a program reads back with a typed array."""

from __future__ import annotations

import base64

import numpy as np


def base64_of(values: np.ndarray, kind: str) -> str:
    """``values`` as base64 of their bytes; ``kind`` as numpy writes it, "<f4" or "<u4" (little-
    endian, which browsers' typed arrays are)."""
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode("ascii")
