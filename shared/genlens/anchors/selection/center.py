"""k-center: no anchor is far from its representative."""

from __future__ import annotations

import numpy as np

from genlens.anchors.selection.distances import middle, to_nearest, to_one
from genlens.anchors.selection.method import Picked, SelectionMethod
from genlens.attribution.method import Option


def farthest_first(points: np.ndarray, k: int, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Gonzalez's traversal: from ``start``, again and again the point farthest from all chosen.

    O(n k d) time, O(n) memory.

    Returns:
        Rows (k,), and how far each was from those before it (k + 1,): infinite for the first; the
        last number is how far the farthest point is from all k. They never rise.
    """
    rows, gaps = np.empty(k, np.int64), np.empty(k + 1)
    least = np.full(len(points), np.inf)
    following = start
    for i in range(k):
        rows[i], gaps[i] = following, least[following]
        np.minimum(least, to_one(points, following), out=least)
        least[following] = -1.0  # never again, although its duplicates are as near
        following = int(least.argmax())
    gaps[k] = max(least[following], 0.0)
    return rows, gaps


def k_center(points: np.ndarray, k: int, *, seed: int = 0, starts: int = 4) -> Picked:
    """Farthest-first from the point nearest to the mean and from ``starts`` - 1 drawn by ``seed``;
    the smallest radius wins.

    From any start, the k chosen points and the one farthest from them lie a radius apart, and in
    the best choice two of these k + 1 share a representative: its radius is at least half of this
    one. So the answer is within twice the best, and the largest of the halves is a lower bound.
    """
    rng = np.random.default_rng(seed)
    first = [middle(points), *rng.integers(len(points), size=starts - 1).tolist()]
    found = [farthest_first(points, k, start) for start in first]
    rows, gaps = min(found, key=lambda one: one[1][k])
    return Picked(rows, float(gaps[k]), max(float(g[k]) for _, g in found) / 2)


def radius(points: np.ndarray, rows: np.ndarray) -> float:
    """The largest distance of one of ``points`` (n, d) to the nearest of ``rows``."""
    return float(to_nearest(points, rows)[0].max())


STARTS = Option(
    "starts", "Starts", "How often it begins at another anchor; the best answer is kept.",
    low=1, high=50, whole=True, step=1,
)  # fmt: skip
K_CENTER = SelectionMethod(
    name="k-center",
    title="k-center (farthest first)",
    function=k_center,
    optimises="The largest distance between an anchor and its representative is small, so that "
    "every anchor of the group has one near it.",
    equation="min over S, |S| = k, of max over x of min over s in S of d(x, s)",
    paper="Gonzalez 1985, Clustering to minimize the maximum intercluster distance, Theoretical "
    "Computer Science 38, 293-306",
    promise="The radius is at most twice the smallest possible one; no fast method can promise "
    "less (Hochbaum and Shmoys 1985).",
    misleads="It serves the farthest anchors: outliers are among the chosen, and the crowd in the "
    "middle may have one representative. The order is that of the search, not of importance.",
    measures="radius",
    better=-1,
    value=radius,
    random=True,
    options=(STARTS,),
)
