"""MNIST for the recipes, and the small part of it that ships (``genlens.worlds.digits``).

``python -m genlens.zoo.recipes.vaes.digits_data`` writes ``worlds/data/digits.npz`` and prints the
sha256 that belongs into ``worlds/digits.py``. The 70,000 pictures are those of ``genlens fetch
digits``.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from genlens.models.pictures.datasets import SPLITS, read_dataset
from genlens.worlds import digits


def mnist() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """All of MNIST: "train" and "test" -> images (n, 28, 28) uint8 and labels (n,) int64.

    Raises:
        DownloadError: it is not here and cannot be had.
    """
    halves = {split: read_dataset("digits", split) for split in SPLITS}
    return {split: (half.images[..., 0], half.labels) for split, half in halves.items()}


def subset(
    images: np.ndarray, labels: np.ndarray, n: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``n`` pictures, as many of each digit, in the order of the set: images, labels, indices."""
    rng = np.random.default_rng(seed)
    picks = [
        rng.choice(np.flatnonzero(labels == digit), n // 10, replace=False) for digit in range(10)
    ]
    index = np.sort(np.concatenate(picks))
    return images[index], labels[index], index.astype(np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=digits.SHEET)
    args = parser.parse_args()
    arrays: dict[str, Any] = {}
    for i, (split, (images, labels)) in enumerate(sorted(mnist().items())):
        chosen = subset(images, labels.astype(np.uint8), digits.COUNTS[split], seed=i)
        arrays |= {
            f"{split}_{k}": v for k, v in zip(("images", "labels", "index"), chosen, strict=True)
        }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out, **arrays)
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
