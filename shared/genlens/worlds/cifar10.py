"""Small photographs of ten things: a small part of CIFAR-10 that ships with the package.

Krizhevsky, *Learning Multiple Layers of Features from Tiny Images* (2009). The first 300 pictures
of each class of its test set, which are PXGen's anchors of model B; ``genlens fetch cifar10``
brings all 60,000, ``zoo/recipes/anchors/cifar10_data.py`` wrote what ships.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .shipped import verified

SHEET = Path(__file__).with_name("data") / "cifar10.npz"
SHEET_SHA256 = "26a55e6cb62021fb736a193c87ac820b52b31ac8a24051d04ffbe9e5b23a57cb"
NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
AUTOMOBILE = NAMES.index("automobile")
EACH, SIDE = 300, 32
_COLUMNS = 50  # of the sheet


@dataclass(frozen=True)
class Photographs:
    """``images`` (n, 32, 32, 3) uint8, compressed with loss (29 dB); ``labels`` (n,) int64 index
    ``NAMES``; ``index`` (n,) int64, where each stands in CIFAR-10, its test set from 50,000 on."""

    images: np.ndarray
    labels: np.ndarray
    index: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    def pixels(self) -> np.ndarray:
        """The images as models take them: (n, 3, 32, 32) float32 in [0, 1]."""
        return np.ascontiguousarray(self.images.transpose(0, 3, 1, 2), np.float32) / 255


@lru_cache(maxsize=1)
def load_photographs() -> Photographs:
    """All 3,000, in the order of the test set.

    Raises:
        ModelError: the data file is missing or damaged.
    """
    from PIL import Image

    with np.load(verified(SHEET, SHEET_SHA256), allow_pickle=False) as data:
        sheet, labels, ids = data["sheet"].tobytes(), data["labels"], data["ids"]
    with Image.open(io.BytesIO(sheet), formats=("WEBP",)) as opened:
        images = cut(np.asarray(opened.convert("RGB")))
    return Photographs(images, labels.astype(np.int64), ids.astype(np.int64))


def cut(sheet: np.ndarray) -> np.ndarray:
    """Pictures (n, 32, 32, 3) of a sheet with 50 in a row."""
    rows = sheet.shape[0] // SIDE
    tiles = sheet.reshape(rows, SIDE, _COLUMNS, SIDE, 3).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(rows * _COLUMNS, SIDE, SIDE, 3)
