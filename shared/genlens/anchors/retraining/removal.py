"""Which training pictures go first, as the training set shrinks (PXGen, section 4.4)."""

from __future__ import annotations

import numpy as np

WAYS = ("HIHE", "Others", "Random", "TracIn")
"""HIHE keeps what PXGen calls representative, Others takes it away, Random takes any, TracIn what
VAE-TracIn calls least helpful."""


def kept_first(
    value: np.ndarray, hihe: np.ndarray, influence: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """Way -> rows (n,) of the training pictures, those that are kept longest first.

    Args:
        value: (n,) anchor values, KLD + MSE; lower is more representative.
        hihe: (n,) bool, in the group HIHE.
        influence: (n,) VAE-TracIn's mean influence on what the model draws.
        seed: of the random order.

    "HIHE" loses the other groups first, and then the highest anchor values. "Others" loses the
    lowest anchor values of HIHE first, as many as have to go, and the other groups last.
    """
    by_value = np.lexsort((value, ~hihe))  # HIHE first, each group by rising value
    worst = np.lexsort((-value, hihe))  # the other groups first, each by falling value
    return {
        "HIHE": by_value,
        "Others": worst,
        "Random": np.random.default_rng(seed).permutation(len(value)),
        "TracIn": np.argsort(-influence, kind="stable"),
    }


def clusters(images: np.ndarray, k: int) -> list[np.ndarray]:
    """``k`` groups of pictures (n, c, h, w) by k-means on their pixels, cut down to the size of the
    smallest, so that each takes equally much away: of each the rows nearest to its centre."""
    from sklearn.cluster import KMeans

    rows = images.reshape(len(images), -1).astype(np.float64)
    fitted = KMeans(k, n_init=4, random_state=0).fit(rows)
    away = np.square(rows - fitted.cluster_centers_[fitted.labels_]).sum(axis=1)
    members = [np.flatnonzero(fitted.labels_ == c) for c in range(k)]
    size = min(len(m) for m in members)
    return [np.sort(m[np.argsort(away[m], kind="stable")[:size]]) for m in members]
