"""Boats and lighthouses as ``emoji-diffusion`` paints them; ``maritime-vae`` was trained on more of
the same, but not on these."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from genlens.errors import InputError, ModelError

FOLDER = Path(__file__).with_name("data") / "maritime"
NAMES = ("boat", "lighthouse")
COLUMNS = 20


@dataclass(frozen=True)
class Pictures:
    """``images`` (n, h, w, 3) uint8; ``labels`` (n,) int64, an index into ``NAMES``: what the
    prompt asked for, which is not always what was painted."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    def tensor(self) -> torch.Tensor:
        """The images as models take them: (n, 3, h, w) float32 in [0, 1]."""
        pixels = torch.from_numpy(self.images.astype(np.float32) / 255)
        return pixels.permute(0, 3, 1, 2).contiguous()


def load_maritime(n: int | None = None, seed: int = 0, *, folder: Path = FOLDER) -> Pictures:
    """``n`` of the shipped pictures (None: all) in an order drawn from ``seed``; the model has not
    seen them.

    Raises:
        InputError: there are not that many.
        ModelError: the folder lacks them.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        about = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
        with Image.open(folder / "examples.webp") as image:
            sheet = np.asarray(image.convert("RGB"))
        labels, side = np.array(about["labels"], np.int64), int(about["side"])
        pictures = cut(sheet, side, len(labels))
    except (OSError, UnidentifiedImageError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the examples of maritime-vae in {folder} cannot be read ({error}): install genlens "
            "again, or run the recipe in genlens/zoo/recipes/vaes/maritime.py"
        ) from error
    n = len(labels) if n is None else n
    if not 1 <= n <= len(labels):
        raise InputError(f"n is {n}: {len(labels)} pictures are shipped, take 1 or more")
    order = np.random.default_rng(seed).permutation(len(labels))[:n]
    return Pictures(pictures[order], labels[order])


def save_maritime(pictures: Pictures, folder: Path) -> None:
    """Write ``examples.webp`` (a sheet of 20 columns) and ``examples.json`` to ``folder``."""
    from PIL import Image

    n, side = pictures.images.shape[:2]
    rows = -(-n // COLUMNS)
    padded = np.zeros((rows * COLUMNS, side, side, 3), np.uint8)
    padded[:n] = pictures.images
    grid = padded.reshape(rows, COLUMNS, side, side, 3).swapaxes(1, 2)
    folder.mkdir(parents=True, exist_ok=True)
    sheet = Image.fromarray(np.ascontiguousarray(grid.reshape(rows * side, COLUMNS * side, 3)))
    sheet.save(folder / "examples.webp", quality=90, method=6)
    about = {"names": list(NAMES), "side": side, "labels": pictures.labels.tolist()}
    (folder / "examples.json").write_text(json.dumps(about) + "\n", encoding="utf-8")


def cut(sheet: np.ndarray, side: int, n: int) -> np.ndarray:
    """The first ``n`` pictures (n, side, side, 3) of a sheet (rows * side, 20 * side, 3)."""
    rows = sheet.shape[0] // side
    if sheet.shape != (rows * side, COLUMNS * side, 3) or not 1 <= n <= rows * COLUMNS:
        raise ValueError(f"a sheet of {sheet.shape} does not hold {n} pictures of {side} pixels")
    tiles = sheet.reshape(rows, side, COLUMNS, side, 3).swapaxes(1, 2)
    return tiles.reshape(-1, side, side, 3)[:n]
