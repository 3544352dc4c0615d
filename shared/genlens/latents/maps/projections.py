"""Plane coordinates of latent codes by PCA, t-SNE and UMAP, as their libraries compute them.

What a map is good for, and the way back from it, is in ``latent_map``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from genlens.common.progress import Cancel, Progress


def pca(rows: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(points (n, 2), shares of variance (k,), axes (2, d)) of ``rows`` (n, d)."""
    from sklearn.decomposition import PCA

    # All axes where there are few latents, so that the shares add up to 1; the first 50 of many.
    keep = min(*rows.shape, 50 if rows.shape[1] > 500 else 500)
    fitted = PCA(n_components=keep, random_state=seed).fit(rows)
    axes = np.asarray(fitted.components_[:2])
    points = (rows - rows.mean(axis=0)) @ axes.T
    return points, np.asarray(fitted.explained_variance_ratio_), axes


def tsne(rows: np.ndarray, seed: int, perplexity: float) -> np.ndarray:
    """Points (n, 2) of ``rows`` (n, d): Barnes-Hut t-SNE, started from PCA."""
    from sklearn.manifold import TSNE

    fitted = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return np.asarray(fitted.fit_transform(rows), dtype=np.float64)


def umap(
    rows: np.ndarray,
    seed: int,
    settings: dict[str, Any],
    progress: Progress | None,
    cancel: Cancel | None,
) -> np.ndarray:
    """Points (n, 2) of ``rows`` (n, d); ``settings`` holds neighbours, min_dist and epochs.

    The fit runs in a process of its own (``umap_process``): after one in this process, torch in
    several Python threads would hang for good.

    Raises:
        Cancelled: ``cancel()`` said so; the process is gone.
        ModelError: the process ended without an answer.
    """
    from genlens.latents.maps.umap_process import fit

    return fit(rows, seed, settings, progress, cancel)
