"""Object masks: boxes, clean-up of crumbs and holes, and removal of duplicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genlens.models.contracts import ObjectMask


def object_mask(mask: np.ndarray, score: float) -> ObjectMask:
    """An ``ObjectMask`` with its box and area; ``score`` is clipped to [0, 1].

    An empty mask has area 0 and the box (0, 0, 0, 0).
    """
    mask = np.asarray(mask, dtype=bool)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (0, 0, 0, 0)
    if rows.size:
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return ObjectMask(
        mask=mask, box=box, score=float(np.clip(score, 0.0, 1.0)), area=int(mask.sum())
    )


def clean(mask: np.ndarray, min_area: int) -> np.ndarray:
    """Fill holes and drop islands smaller than ``min_area`` pixels (8-connected).

    The largest island stays even when it is smaller: an object is never cleaned away.
    """
    mask = np.asarray(mask, dtype=bool)
    if min_area <= 0 or not mask.any():
        return mask
    from scipy import ndimage

    eight = np.ones((3, 3), dtype=bool)
    holes, count = ndimage.label(~mask, structure=eight)
    sizes = np.bincount(holes.ravel(), minlength=count + 1)
    filled = mask | ((sizes < min_area)[holes] & (holes > 0))
    islands, count = ndimage.label(filled, structure=eight)
    sizes = np.bincount(islands.ravel(), minlength=count + 1)
    sizes[0] = 0
    keep = sizes >= min_area
    keep[int(sizes.argmax())] = True
    keep[0] = False
    kept: np.ndarray = keep[islands]
    return kept


def resized(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``mask`` (h', w') bool at another ``size`` (h, w): each pixel takes its nearest one's."""
    if mask.shape == size:
        return mask
    rows = (np.arange(size[0]) + 0.5) * mask.shape[0] // size[0]
    columns = (np.arange(size[1]) + 0.5) * mask.shape[1] // size[1]
    large: np.ndarray = mask[rows.astype(int)[:, None], columns.astype(int)]
    return large


def without_duplicates(masks: Sequence[ObjectMask], threshold: float) -> list[ObjectMask]:
    """The masks in order, less those that overlap an earlier one by more than ``threshold`` (IoU
    of the masks)."""
    kept: list[ObjectMask] = []
    for candidate in masks:
        if all(iou(candidate.mask, other.mask) <= threshold for other in kept):
            kept.append(candidate)
    return kept


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boolean masks (h, w); 0 for two empty ones."""
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 0.0
