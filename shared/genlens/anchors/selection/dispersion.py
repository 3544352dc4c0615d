"""k-dispersion: representatives as different from each other as can be."""

from __future__ import annotations

import numpy as np

from genlens.anchors.selection.center import STARTS, farthest_first
from genlens.anchors.selection.distances import to_one
from genlens.anchors.selection.method import Picked, SelectionMethod

_MOST_SWAPS = 1000


def extreme(points: np.ndarray) -> int:
    """The row farthest from the mean of ``points`` (n, d)."""
    return int(np.square(points - points.mean(axis=0)).sum(axis=1).argmax())


def max_min(points: np.ndarray, k: int, *, seed: int = 0, starts: int = 4) -> Picked:
    """Farthest-first from the point farthest from the mean and from ``starts`` - 1 drawn by
    ``seed``; the largest least distance wins.

    Were the best choice D apart, the k balls of radius D / 2 around it would not overlap, so while
    fewer than k points are chosen one ball is empty, and its centre is D / 2 or more from all of
    them: whatever the start, each further point is that far too. Hence D is at most twice what any
    start reached, of which the smallest is the bound. One point alone has no distance: 0.
    """
    if k == 1:
        return Picked(np.array([extreme(points)]), 0.0, 0.0)
    rng = np.random.default_rng(seed)
    first = [extreme(points), *rng.integers(len(points), size=starts - 1).tolist()]
    found = [farthest_first(points, k, start) for start in first]
    rows, gaps = max(found, key=lambda one: one[1][k - 1])
    bound = 2 * min(float(g[k - 1]) for _, g in found)
    return Picked(rows, max(float(gaps[k - 1]), 0.0), max(bound, 0.0))


def max_sum(points: np.ndarray, k: int, *, seed: int = 0) -> Picked:
    """Greedy, then swaps while one of them raises the sum of distances between the chosen.

    An answer that no swap improves has at least half of the best sum (Abbassi, Mirrokni and Thakur
    2013, theorem 1). ``seed`` changes nothing.
    """
    rows = [extreme(points)]
    apart = [to_one(points, rows[0])]  # k columns: distances of all points to each chosen one
    while len(rows) < k:
        gain = np.sum(apart, axis=0)
        gain[rows] = -np.inf
        rows.append(int(gain.argmax()))
        apart.append(to_one(points, rows[-1]))
    columns = np.stack(apart, axis=1)  # (n, k)
    sums, swaps = columns.sum(axis=1), 0  # (n,) of distances to all chosen
    while swaps < _MOST_SWAPS and k < len(points):
        # Point p for the chosen c: the distances of p to the others, less those of c.
        gains = (sums[:, None] - columns) - sums[rows]
        gains[rows] = -np.inf
        p, c = np.unravel_index(int(gains.argmax()), gains.shape)
        if gains[p, c] <= 1e-12 * max(sums.max(), 1e-300):
            break
        rows[c] = int(p)
        columns[:, c] = to_one(points, rows[c])
        sums, swaps = columns.sum(axis=1), swaps + 1
    value = float(columns[rows].sum() / 2)
    bound = _most(points, k)
    if swaps < _MOST_SWAPS:
        bound = min(bound, 2 * value)
    return Picked(np.array(rows), value, bound)


def _most(points: np.ndarray, k: int) -> float:
    """What no sum of distances between k of ``points`` exceeds.

    The squared distances between k points sum to k times those to their mean, so to k T or less,
    T being the k largest squared distances of all points to any one place; and k (k - 1) / 2
    numbers sum to no more than the root of their count times the sum of their squares.
    """
    most = np.inf
    for place in (points.mean(axis=0), (points.min(axis=0) + points.max(axis=0)) / 2):
        squares = np.square(points - place).sum(axis=1)
        largest = np.partition(squares, len(points) - k)[len(points) - k :].sum()
        most = min(most, float(np.sqrt(k * (k - 1) / 2 * k * largest)))
    return most


def least_distance(points: np.ndarray, rows: np.ndarray) -> float:
    """The smallest distance between two of points ``rows``; 0 of a single one."""
    from scipy.spatial.distance import pdist

    return float(pdist(points[rows]).min()) if len(rows) > 1 else 0.0


def sum_of_distances(points: np.ndarray, rows: np.ndarray) -> float:
    """Of all pairs of points ``rows``."""
    from scipy.spatial.distance import pdist

    return float(pdist(points[rows]).sum())


MAX_MIN = SelectionMethod(
    name="k-dispersion-min",
    title="k-dispersion, max-min",
    function=max_min,
    optimises="The two most similar representatives are as different as can be.",
    equation="max over S, |S| = k, of min over s ≠ t in S of d(s, t)",
    paper="Ravi, Rosenkrantz and Tayi 1994, Heuristic and special case algorithms for dispersion "
    "problems, Operations Research 42, 299-310",
    promise="The least distance is at least half of the largest possible one; no fast method can "
    "promise more.",
    misleads="It shows the rim of the group, not what is usual in it. What the released code of "
    "PXGen ran as k-dispersion is one such search, from the anchor with least KLD + MSE.",
    measures="least distance",
    better=1,
    value=least_distance,
    random=True,
    options=(STARTS,),
)
MAX_SUM = SelectionMethod(
    name="k-dispersion-sum",
    title="k-dispersion, max-sum",
    function=max_sum,
    optimises="The representatives are far from each other on average.",
    equation="max over S, |S| = k, of the sum over pairs s, t in S of d(s, t)",
    paper="Hassin, Rubinstein and Tamir 1997, Approximation algorithms for maximum dispersion, "
    "Operations Research Letters 21, 133-137; swaps: Cevallos, Eisenbrand and Zenklusen 2017, "
    "Local search for max-sum diversification, SODA",
    promise="The sum is at least half of the largest possible one.",
    misleads="Two representatives may be nearly the same, as long as both are far from the rest: "
    "it collects the corners of the group.",
    measures="sum of distances",
    better=1,
    value=sum_of_distances,
    unit="{}, summed over pairs",
)
