"""Distances from many points to few, in bounded memory; and the few of many where that is too
much."""

from __future__ import annotations

import numpy as np

from genlens.anchors.selection.method import Metric

_BLOCK = 4_000_000  # distances held at once: 32 MB


def to_one(points: np.ndarray, row: int, metric: Metric = "euclidean") -> np.ndarray:
    """(n,) distances of all ``points`` (n, d) to point ``row``; exactly 0 to its duplicates."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, points[row : row + 1], metric)[:, 0])


def to_nearest(
    points: np.ndarray, rows: np.ndarray, metric: Metric = "euclidean"
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) distance of each of ``points`` (n, d) to the nearest of points ``rows``, and (n,) int64
    the place of that one in ``rows``; a chosen point's nearest is itself."""
    from scipy.spatial.distance import cdist

    least, place = np.empty(len(points)), np.empty(len(points), np.int64)
    step = max(1, _BLOCK // len(rows))
    for start in range(0, len(points), step):
        block = cdist(points[start : start + step], points[rows], metric)
        place[start : start + step] = block.argmin(axis=1)
        least[start : start + step] = block.min(axis=1)
    place[rows] = np.arange(len(rows))  # of duplicates that were both chosen, too
    return least, place


def drawn(points: np.ndarray, sample: int, k: int, seed: int) -> tuple[np.ndarray, str]:
    """Rows (m,) of at most ``sample`` of ``points`` (but ``k`` or more), drawn by ``seed``, in
    order; and a note for the reader, "" where they are all."""
    m = max(sample, k)
    if len(points) <= m:
        return np.arange(len(points)), ""
    rows = np.random.default_rng(seed).choice(len(points), m, replace=False)
    return np.sort(rows), f"Chosen from a random sample of {m:,} of the {len(points):,} anchors."


def middle(points: np.ndarray) -> int:
    """The row nearest to the mean of ``points`` (n, d)."""
    from scipy.spatial.distance import cdist

    return int(cdist(points, points.mean(axis=0, keepdims=True))[:, 0].argmin())
