"""k-medoids by turns, on the L1 distance: what the released code of PXGen runs as "k-center".

Its loop gives every anchor to its nearest medoid, then makes the member with the least sum of
distances to its cluster the new medoid, until nothing changes, from medoids drawn at random. That
sum is, on the L1 distance, one of sums over single columns, which sorting gives in O(n log n)
instead of O(n²), without a matrix of distances: the sample is for the time in wide latent spaces.
"""

from __future__ import annotations

import numpy as np

from genlens.anchors.selection.distances import drawn, to_nearest
from genlens.anchors.selection.method import SAMPLE, Picked, SelectionMethod
from genlens.attribution.method import Option

_MOST_TURNS = 300


def k_medoids(
    points: np.ndarray, k: int, *, seed: int = 0, starts: int = 1, sample: int = 5_000
) -> Picked:
    """Alternating k-medoids on L1 of at most ``sample`` points, from medoids drawn by ``seed``; the
    best of ``starts``.

    Medoids are of different clusters, large clusters first.
    """
    rng = np.random.default_rng(seed)
    looked_at, note = drawn(points, sample, k, seed)
    few = points[looked_at]
    best: Picked | None = None
    for _ in range(starts):
        rows, settled = _by_turns(few, rng.choice(len(few), k, replace=False))
        value = mean_distance(points, looked_at[rows])
        if best is None or value < best.objective:
            stopped = "" if settled else f" It was stopped after {_MOST_TURNS} turns."
            best = Picked(looked_at[rows], value, note=note + stopped)
    assert best is not None
    return best


def _by_turns(points: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, bool]:
    """(medoids, whether the last turn changed nothing) from medoids ``rows`` (k,)."""
    for _ in range(_MOST_TURNS):
        _, place = to_nearest(points, rows, "cityblock")
        moved = np.array([_medoid(points, np.flatnonzero(place == j)) for j in range(len(rows))])
        if np.array_equal(moved, rows):
            break
        rows = moved
    else:
        return rows, False
    sizes = np.bincount(place, minlength=len(rows))
    return rows[np.argsort(-sizes, kind="stable")], True


def _medoid(points: np.ndarray, members: np.ndarray) -> int:
    """The one of ``members`` with the least sum of L1 distances to them."""
    return int(members[sums_of_distances(points[members]).argmin()])


def sums_of_distances(points: np.ndarray) -> np.ndarray:
    """(n,) of each of ``points`` (n, d): its L1 distances to all of them, summed."""
    n, total = len(points), np.zeros(len(points))
    for column in points.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        below = np.concatenate([[0.0], np.cumsum(ordered)[:-1]])  # sum of those before
        place = np.arange(n)
        away = ordered * place - below + (ordered.sum() - below) - ordered * (n - place)
        total[order] += away
    return total


def mean_distance(points: np.ndarray, rows: np.ndarray) -> float:
    """The mean L1 distance of ``points`` to the nearest of ``rows``."""
    return float(to_nearest(points, rows, "cityblock")[0].mean())


K_MEDOIDS = SelectionMethod(
    name="k-medoids",
    title="k-medoids (PXGen's released code)",
    function=k_medoids,
    optimises="The mean L1 distance to the nearest representative is small: typical anchors, less "
    "drawn to outliers than k-means.",
    equation="min over S, |S| = k, of the mean over x of min over s in S of |x - s|₁",
    paper="Alternating k-medoids from a random start, as ivan-0327/PXGen runs it; Park and Jun "
    "2009, A simple and fast algorithm for k-medoids clustering, Expert Systems with Applications "
    "36, 3336-3341",
    promise="A local optimum only: another seed may find a better one.",
    misleads="PXGen's figures call it k-center, but it minimises a mean, not a radius: an anchor "
    "may be far from every representative. From one random start it depends on the seed.",
    measures="mean L1 distance",
    better=-1,
    value=mean_distance,
    metric="cityblock",
    random=True,
    options=(
        Option(
            "starts", "Starts", "Random starts; the best answer is kept. The released code has 1.",
            low=1, high=50, whole=True, step=1,
        ),
        SAMPLE,
    ),
)  # fmt: skip
