"""The training pictures that a model's drawings agree with most, by PXGen and by VAE-TracIn (PXGen,
figure 1, which shows the top six of each)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from genlens.anchors.retraining.removal import kept_first
from genlens.common.records import Record

SIX = 6
RANKED = ("HIHE", "TracIn")


@dataclass(frozen=True)
class Agreeable(Record):
    """The first of ``way``, of ``removal.WAYS``: ``rows`` in the training set, and their
    ``pictures``, grey and ``side`` pixels square, as base64 of bytes."""

    way: str
    rows: tuple[int, ...]
    side: int
    pictures: str

    def images(self) -> np.ndarray:
        """(k, 1, side, side) float32 in [0, 1]."""
        pixels = np.frombuffer(base64.b64decode(self.pictures), np.uint8)
        return pixels.reshape(-1, 1, self.side, self.side).astype(np.float32) / 255


def most_agreeable(
    images: np.ndarray, value: np.ndarray, hihe: np.ndarray, influence: np.ndarray, k: int = SIX
) -> tuple[Agreeable, ...]:
    """The ``k`` first by PXGen (the lowest anchor values in HIHE) and by VAE-TracIn (the greatest
    mean influence on what the model draws).

    Args:
        images: (n, 1, side, side) uint8, the training pictures.
        value, hihe, influence: as for ``kept_first``.
    """
    order = kept_first(value, hihe, influence, seed=0)
    found = []
    for way in RANKED:
        rows = order[way][:k]
        pixels = base64.b64encode(np.ascontiguousarray(images[rows]).tobytes()).decode()
        found.append(Agreeable(way, tuple(rows.tolist()), int(images.shape[-1]), pixels))
    return tuple(found)
