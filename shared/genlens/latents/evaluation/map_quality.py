"""How well each point of a map keeps its neighbours: a mean over points has an interval.

Trustworthiness (Venna & Kaski 2001, equation 1) is a sum over points; here are its terms.
"""

from __future__ import annotations

import numpy as np


def kept_neighbours(space: np.ndarray, shown: np.ndarray, k: int) -> np.ndarray:
    """(n,) what each point adds to the trustworthiness of ``shown`` (n, e) as a picture of
    ``space`` (n, d): 1 where its ``k`` nearest there are among its k nearest here, less the farther
    away from these they really are. The mean is the trustworthiness; with both exchanged, the
    continuity. Needs 2 k < n.
    """
    from scipy.spatial.distance import cdist

    n = len(space)
    rank = np.empty((n, n), dtype=np.int32)  # 1: nearest; a point itself comes last
    np.put_along_axis(rank, _by_distance(cdist(space, space)), np.arange(1, n + 1)[None], axis=1)
    near = _by_distance(cdist(shown, shown))[:, :k]
    strangers = np.maximum(np.take_along_axis(rank, near, axis=1) - k, 0).sum(axis=1)
    terms: np.ndarray = 1.0 - strangers * 2.0 / (k * (2.0 * n - 3.0 * k - 1.0))
    return terms


def _by_distance(apart: np.ndarray) -> np.ndarray:
    """Columns (n, n) of every row, nearest first, the point itself last."""
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")
