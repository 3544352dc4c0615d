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
    return _kept(by_distance(space), by_distance(shown), k)


def kept_both_ways(space: np.ndarray, shown: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """``kept_neighbours`` both ways, from the orders ``by_distance`` of both: one space, which many
    maps may show, is put in order once."""
    return _kept(space, shown, k), _kept(shown, space, k)


def by_distance(rows: np.ndarray) -> np.ndarray:
    """(n, n): for each of ``rows`` (n, d) all of them, nearest first, itself last."""
    from scipy.spatial.distance import cdist

    apart = cdist(rows, rows)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")


def _kept(space: np.ndarray, shown: np.ndarray, k: int) -> np.ndarray:
    n = len(space)
    rank = np.empty((n, n), dtype=np.int32)  # 1: nearest; a point itself comes last
    np.put_along_axis(rank, space, np.arange(1, n + 1, dtype=np.int32)[None], axis=1)
    near = np.take_along_axis(rank, shown[:, :k], axis=1)
    strangers = np.maximum(near - k, 0).sum(axis=1)
    terms: np.ndarray = 1.0 - strangers * 2.0 / (k * (2.0 * n - 3.0 * k - 1.0))
    return terms
