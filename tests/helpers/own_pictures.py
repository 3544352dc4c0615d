"""Pictures as people have them, made small: ZIP files, odd formats, sets to train on."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from genlens.models.pictures.sets import PictureSet


def blob(i: int, side: int = 12, *, grey: bool = False) -> np.ndarray:
    """(side, side, 3) uint8: a bright square somewhere, in one of two colours."""
    rng = np.random.default_rng(i)
    pixels = np.full((side, side, 3), 30, np.uint8)
    y, x = rng.integers(0, side // 2, 2)
    colour = (220, 220, 220) if grey else ((230, 60, 40) if i % 2 else (50, 80, 240))
    pixels[y : y + side // 2, x : x + side // 2] = colour
    return pixels


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    """``pixels`` as a file of a format."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def picture_zip(path: Path, n: int = 200, *, folders: bool = False, **more: bytes | str) -> Path:
    """A ZIP of ``n`` pictures; ``more`` maps further member names to their content."""
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(n):
            where = ("red/" if i % 2 else "blue/") if folders else ""
            archive.writestr(f"{where}{i:04d}.png", encoded(blob(i)))
        for name, data in more.items():
            archive.writestr(name, data)
    return path


def picture_set(n: int = 60, side: int = 32, *, grey: bool = False) -> PictureSet:
    """``n`` pictures in memory, in two folders."""
    images = np.stack([blob(i, side, grey=grey) for i in range(n)])
    names = tuple(f"{'red' if i % 2 else 'blue'}/{i}.png" for i in range(n))
    return PictureSet(images[..., :1].copy() if grey else images, names)
