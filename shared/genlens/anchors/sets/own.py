"""Pictures at hand as anchors: an array, a study's, a folder, a ZIP file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genlens.anchors.sets.ask import Ask
from genlens.anchors.sets.pictures import MOST, Pictures, fitted, no_classes
from genlens.errors import InputError
from genlens.models.pictures.sets import PictureSet, read_pictures

if TYPE_CHECKING:
    from genlens.study.study import Study

MOST_FILES, MOST_BYTES = 20_000, 600_000_000
"""Pictures of a folder or ZIP, and what they may take in memory: files are read once, and kept."""
_SIDE = 64  # where no model says how large they should be


def files(source: Path, ask: Ask) -> Pictures:
    """The pictures of a folder, at any depth, or a ZIP file; folders become classes.

    Raises:
        InputError: as ``read_pictures``: no picture, a damaged or dangerous archive, too many; or
            the model's pictures are not square.
        Cancelled: ``ask.cancel()`` said so.
    """
    shape, most = square(ask)
    found = read_pictures(
        source, shape[1], least=1, most=most, progress=ask.progress, cancel=ask.cancel
    )
    return of_set(found, f"pictures of {source.name}", shape).some(ask.n, ask.seed)


def square(ask: Ask) -> tuple[tuple[int, int, int], int]:
    """The shape that files are brought to, and how many pictures of it are kept at most.

    Raises:
        InputError: the model's pictures are not square.
    """
    shape = ask.image_shape or (3, _SIDE, _SIDE)
    if shape[1] != shape[2]:
        raise InputError(
            f"the model takes pictures of {shape[2]} x {shape[1]} pixels, and files are cut to "
            "squares: in Python, pass an array of your pictures instead"
        )
    return shape, min(MOST_FILES, MOST_BYTES // (3 * shape[1] ** 2))


def of_set(found: PictureSet, title: str, shape: tuple[int, int, int]) -> Pictures:
    """Pictures that were read already, such as an upload's; their ids are their numbers."""
    labels, names = found.folders()
    own = (found.images.shape[3], found.side, found.side)
    title, shape = fitted(title, len(found), own, shape)
    return Pictures(
        title, shape, labels, names, np.arange(len(found)), lambda rows: found.images[rows]
    )


def array(
    images: np.ndarray,
    labels: Sequence[int] | np.ndarray | None = None,
    names: Sequence[str] = (),
    ids: Sequence[int] | np.ndarray | None = None,
    title: str = "own pictures",
    ask: Ask | None = None,
) -> Pictures:
    """Pictures of an array (n, c, h, w), uint8 or float32 in [0, 1]; a ``np.memmap`` is read as it
    is used.

    Args:
        images: c is 1 or 3.
        labels: (n,) into ``names``, -1 for none; None where no classes are known.
        ids: (n,) numbers of the pictures; None for 0 to n - 1.

    Raises:
        InputError: another shape or kind of numbers, values outside 0 to 1, labels that do not fit.
    """
    ask = ask or Ask()
    n = _check_images(images)
    chosen = no_classes(n) if labels is None else np.asarray(labels)
    numbers = np.arange(n) if ids is None else np.asarray(ids)
    for what, rows in (("labels", chosen), ("ids", numbers)):
        if rows.shape != (n,) or not np.issubdtype(rows.dtype, np.integer):
            raise InputError(f"{what} have shape {rows.shape}: give {n:,} whole numbers")
    if n and not -1 <= chosen.min() <= chosen.max() < max(len(names), 1 if labels is None else 0):
        raise InputError(
            f"labels go from {chosen.min()} to {chosen.max()} and there are {len(names)} names: "
            "give a name for each class, and -1 where a picture has none"
        )
    own = (images.shape[1], images.shape[2], images.shape[3])
    some = Pictures(
        title,
        own,
        chosen.astype(np.int64),
        tuple(names),
        numbers.astype(np.int64),
        lambda rows: _read(images, rows),
    ).some(ask.n, ask.seed)
    title, shape = fitted(title, len(some), own, ask.image_shape)
    return replace(some, title=title, image_shape=shape)


def of_study(study: Study) -> Pictures:
    """The pictures that a model is studied with."""
    return array(study.images, study.labels, study.names, title=study.data)


def _check_images(images: np.ndarray) -> int:
    """How many pictures there are."""
    if not isinstance(images, np.ndarray) or images.ndim != 4 or images.shape[1] not in (1, 3):
        shape = images.shape if isinstance(images, np.ndarray) else type(images).__name__
        raise InputError(f"the pictures are {shape}: give an array (n, 1 or 3, h, w)")
    if images.dtype not in (np.uint8, np.float32, np.float64, np.float16):
        raise InputError(f"the pictures are {images.dtype}: give uint8, or float32 from 0 to 1")
    if not 1 <= len(images) <= MOST:
        raise InputError(f"there are {len(images):,} pictures: give 1 to {MOST:,}")
    return len(images)


def _read(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(k, h, w, c) of some rows, once their values can be trusted."""
    found = np.asarray(images[rows]).transpose(0, 2, 3, 1)
    if found.dtype == np.uint8:
        return found
    found = found.astype(np.float32)
    if not np.isfinite(found).all() or found.min() < 0 or found.max() > 1:
        at = rows[~(np.isfinite(found) & (found >= 0) & (found <= 1)).all((1, 2, 3))][0]
        raise InputError(f"picture {at} holds NaN or values outside 0 to 1: divide pixels by 255")
    return found
