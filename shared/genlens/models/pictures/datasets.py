"""The picture sets that ``genlens fetch`` brings, as arrays: MNIST, Fashion-MNIST, CIFAR-10.

A picture's number is where it stands in the set: the training pictures first, in their published
order, then the test pictures.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import DownloadError, InputError
from genlens.models.download.published import PUBLISHED
from genlens.worlds import cifar10

SPLITS = ("train", "test")
_IMAGES, _LABELS = 2051, 2049  # magic numbers of the IDX format
_SHEETS = 5  # of CIFAR-10's training pictures
_CLOTHES = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
)  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """``images`` (n, h, w, c) uint8; ``labels`` (n,) int64 into ``names``; ``first`` the number of
    the first picture in the whole set."""

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    first: int = 0

    def __len__(self) -> int:
        return len(self.images)


def read_dataset(
    name: str,
    split: str = "train",
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Dataset:
    """One half of "digits", "fashion" or "cifar10", downloaded where it is not here.

    Raises:
        InputError: no such set or split.
        DownloadError: it cannot be had, or a file of it is damaged.
        Cancelled: ``cancel()`` said so.
    """
    if name not in DATASETS:
        raise InputError(f"{name!r} is no picture set: take {', '.join(DATASETS)}")
    if split not in SPLITS:
        raise InputError(f"split {split!r} is not one of {', '.join(SPLITS)}")
    files = PUBLISHED[name].fetch(progress=progress, cancel=cancel)
    try:
        return DATASETS[name](files, split)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DownloadError(
            f"a file of {name} is damaged ({error}): delete {files[0].parent} and fetch it again"
        ) from error


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


def _digits(files: Sequence[Path], split: str) -> Dataset:
    return _idx_set(files, split, tuple(str(d) for d in range(10)))


def _fashion(files: Sequence[Path], split: str) -> Dataset:
    return _idx_set(files, split, _CLOTHES)


def _idx_set(files: Sequence[Path], split: str, names: tuple[str, ...]) -> Dataset:
    """One half of a set in MNIST's format, whose files are pictures, labels, pictures, labels."""
    at = 2 * SPLITS.index(split)
    images, labels = (_idx_file(path) for path in files[at : at + 2])
    return Dataset(images[..., None], labels.astype(np.int64), names, (0, 60_000)[at // 2])


def _idx_file(path: Path) -> np.ndarray:
    data = path.read_bytes()
    return parse_idx(gzip.decompress(data) if path.suffix == ".gz" else data)


def _cifar10(files: Sequence[Path], split: str) -> Dataset:
    """Sheets of 10,000 rows, each row one picture of 32 x 32 pixels in colour."""
    from PIL import Image

    train = split == "train"
    sheets = files[:_SHEETS] if train else files[_SHEETS : _SHEETS + 1]
    pixels = []
    for sheet in sheets:
        with Image.open(sheet, formats=("PNG",)) as opened:
            pixels.append(np.asarray(opened.convert("RGB")).reshape(-1, 32, 32, 3))
    labels = np.array(json.loads(files[-2 if train else -1].read_text()), np.int64)
    return Dataset(np.concatenate(pixels), labels, cifar10.NAMES, 0 if train else 50_000)


DATASETS: dict[str, Callable[[Sequence[Path], str], Dataset]] = {
    "digits": _digits,
    "fashion": _fashion,
    "cifar10": _cifar10,
}
"""Name (of ``PUBLISHED``) -> how its files are read."""
