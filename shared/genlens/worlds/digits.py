"""Handwritten digits: a small part of MNIST that ships with the package.

LeCun, Cortes and Burges, *The MNIST database of handwritten digits* (1998). 3,000 of its test
pictures and 2,000 of its training pictures, as many of each digit; the recipes in ``zoo/recipes``
train on all 60,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from genlens.errors import InputError

from .shipped import verified

SHEET = Path(__file__).with_name("data") / "digits.npz"
SHEET_SHA256 = "79756cc3e5173e0af1185f6f3313eb5b615c90a0d8b4c85dfd7b69b2ecec5902"
SIDE = 28
COUNTS = {"test": 3000, "train": 2000}
TRAINING_ZEROS = 4000
"""``zeros-vae`` was trained on the first so many zeros of MNIST's training set ..."""
LAST_TRAINING_ZERO = 40_612
"""... the last of which stands there."""


@dataclass(frozen=True)
class Digits:
    """``images`` (n, 28, 28) uint8, white ink on black; ``labels`` (n,) int64, 0 to 9; ``index``
    (n,) int64, where each stands in MNIST's own ``split`` ("train" 60,000, "test" 10,000)."""

    images: np.ndarray
    labels: np.ndarray
    index: np.ndarray
    split: str

    def __len__(self) -> int:
        return len(self.images)

    def tensor(self) -> torch.Tensor:
        """The images as models take them: (n, 1, 28, 28) float32 in [0, 1]."""
        return torch.from_numpy(self.images.astype(np.float32) / 255)[:, None]


def load_digits(split: str = "test", n: int | None = None, seed: int = 0) -> Digits:
    """Shipped digits.

    Args:
        split: "test" (3,000, unseen by the shipped models) or "train" (2,000).
        n: how many; None for all of them. The first of a larger draw are those of a smaller one.
        seed: of the order they come in, at least 0.

    Raises:
        InputError: no such split, or not that many.
        ModelError: the data file is missing or damaged.
    """
    if split not in COUNTS:
        raise InputError(f"split {split!r} is not one of {', '.join(COUNTS)}")
    n = COUNTS[split] if n is None else n
    if not 1 <= n <= COUNTS[split]:
        raise InputError(f"n is {n}: {COUNTS[split]:,} {split} digits are shipped, take 1 or more")
    if seed < 0:
        raise InputError(f"seed is {seed}: take 0 or more")
    with np.load(verified(SHEET, SHEET_SHA256), allow_pickle=False) as data:
        images, labels, index = (data[f"{split}_{k}"] for k in ("images", "labels", "index"))
    order = np.random.default_rng(seed).permutation(len(images))[:n]
    return Digits(
        images[order], labels[order].astype(np.int64), index[order].astype(np.int64), split
    )
