"""k-means: the anchors nearest to the centres of k clusters."""

from __future__ import annotations

import numpy as np

from genlens.anchors.selection.distances import drawn, to_nearest
from genlens.anchors.selection.method import SAMPLE, Picked, SelectionMethod
from genlens.attribution.method import Option


def k_means(
    points: np.ndarray, k: int, *, seed: int = 0, starts: int = 4, sample: int = 10_000
) -> Picked:
    """scikit-learn's k-means (k-means++, ``starts`` starts drawn by ``seed``) of at most ``sample``
    points; of each cluster the member nearest to its centre, large clusters first."""
    from sklearn.cluster import KMeans

    everything = points
    looked_at, note = drawn(points, sample, k, seed)
    points = points[looked_at]

    different, first = np.unique(points, axis=0, return_index=True)
    if k >= len(different):  # every point that differs is a centre; duplicates make up the rest
        others = np.setdiff1d(np.arange(len(points)), first)
        rows = np.concatenate([first, others[: k - len(first)]])
        return Picked(looked_at[rows], mean_square(everything, looked_at[rows]), note=note)
    fitted = KMeans(k, n_init=starts, random_state=seed).fit(points)
    rows = looked_at[nearest_members(points, fitted.labels_, fitted.cluster_centers_)]
    return Picked(rows, mean_square(everything, rows), note=note)


def nearest_members(points: np.ndarray, labels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The row of ``points`` nearest to each of ``centres``, among those that ``labels`` (n,) gives
    to it; large clusters first."""
    square = np.square(points - centres[labels]).sum(axis=1)
    sizes = np.bincount(labels, minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")
    members = (np.flatnonzero(labels == c) for c in order if sizes[c])
    return np.array([own[square[own].argmin()] for own in members])


def mean_square(points: np.ndarray, rows: np.ndarray) -> float:
    """The mean squared distance of ``points`` to the nearest of ``rows``."""
    return float(np.square(to_nearest(points, rows)[0]).mean())


K_MEANS = SelectionMethod(
    name="k-means",
    title="k-means, nearest members",
    function=k_means,
    optimises="The mean squared distance to the centre of a cluster is small: typical anchors.",
    equation="min over centres c_1 ... c_k of the mean over x of min over j of |x - c_j|²; then "
    "the member nearest to each centre",
    paper="Lloyd 1982; k-means++: Arthur and Vassilvitskii 2007; scikit-learn's KMeans",
    promise="A local optimum; on average over starts, k-means++ is within 8 (ln k + 2) of the "
    "best, which says little for one run.",
    misleads="Clusters come out round and of like size whether the group has clusters or not, and "
    "rare kinds of anchors get no representative.",
    measures="mean squared distance",
    better=-1,
    value=mean_square,
    unit="squared {}",
    random=True,
    options=(
        Option(
            "starts", "Starts", "Starts of k-means++; the best answer is kept.",
            low=1, high=50, whole=True, step=1,
        ),
        SAMPLE,
    ),
)  # fmt: skip
