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


def neighbour_map(
    method: str,
    rows: np.ndarray,
    settings: dict[str, Any],
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> np.ndarray:
    """Points (n, 2) of ``rows`` (n, d) by "tsne" or "umap".

    ``settings`` hold seed and, for t-SNE (Barnes-Hut, started from PCA), perplexity; for UMAP
    neighbours, min_dist and epochs. The fit runs in a process of its own (``fit_process``).

    Raises:
        Cancelled: ``cancel()`` said so; the process is gone.
        ModelError: the process ended without an answer.
    """
    from genlens.latents.maps.fit_process import fit

    return fit(method, rows, settings, progress, cancel)
