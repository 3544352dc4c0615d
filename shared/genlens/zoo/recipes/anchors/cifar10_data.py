"""The CIFAR-10 anchors that ship: the first 300 pictures of each class of the test set.

``python -m genlens.zoo.recipes.anchors.cifar10_data`` writes ``worlds/data/cifar10.npz``
from what ``genlens fetch cifar10`` brought, and prints the sha256 that belongs into
``worlds/cifar10.py`` and how much the compression lost. The npz holds one WebP sheet of
3,000 pictures (bytes), 50 in a row in the order of the test set, their labels and their ids.
"""

from __future__ import annotations

import argparse
import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

from genlens.models.pictures.datasets import read_dataset
from genlens.worlds import cifar10

COLUMNS, QUALITY = 50, 50


def sheet_of(images: np.ndarray) -> np.ndarray:
    """Pictures (n, 32, 32, 3) as one, 50 in a row; n a multiple of 50."""
    tiles = images.reshape(-1, COLUMNS, 32, 32, 3).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(-1, COLUMNS * 32, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=cifar10.SHEET)
    args = parser.parse_args()
    test = read_dataset("cifar10", "test")
    picks = [np.flatnonzero(test.labels == k)[: cifar10.EACH] for k in range(len(test.names))]
    rows = np.sort(np.concatenate(picks))
    sheet, packed = sheet_of(test.images[rows]), io.BytesIO()
    Image.fromarray(sheet).save(packed, "WEBP", quality=QUALITY, method=6)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        args.out,
        sheet=np.frombuffer(packed.getvalue(), np.uint8),
        labels=test.labels[rows].astype(np.uint8),
        ids=(test.first + rows).astype(np.int32),
    )
    back = np.asarray(Image.open(packed).convert("RGB")).astype(np.float64)
    loss = -10 * np.log10(((back - sheet) ** 2).mean() / 255**2)
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, sha256 {digest}, PSNR {loss:.1f} dB")


if __name__ == "__main__":
    main()
