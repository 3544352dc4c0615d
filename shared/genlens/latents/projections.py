"""Plane coordinates of latent codes by PCA, t-SNE and UMAP, as their libraries compute them.

What a map is good for, and the way back from it, is in ``maps``.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from genlens.errors import Cancelled
from genlens.latents.codes import Cancel, Progress


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
    """Points (n, 2) of ``rows`` (n, d); ``settings`` holds neighbours, min_dist and epochs."""
    from umap import UMAP

    fitted = UMAP(
        n_neighbors=settings["neighbours"],
        min_dist=settings["min_dist"],
        n_epochs=settings["epochs"],
        init="pca",  # keeps the large shape, as for t-SNE (Kobak & Linderman 2021)
        random_state=seed,
        n_jobs=1,  # what a fixed seed means to umap-learn; said here, it does not warn
        tqdm_kwds={
            "disable": False,
            "file": _EpochReader(progress, cancel),
            "bar_format": "{n}/{total}",
        },
    )
    return np.asarray(fitted.fit_transform(rows.astype(np.float32)), dtype=np.float64)


class _EpochReader:
    """A file for umap's progress bar, the only word that its optimisation loop says: passes the
    epochs on to ``progress``, and raises out of the loop where ``cancel`` says so."""

    def __init__(self, progress: Progress | None, cancel: Cancel | None) -> None:
        self._progress, self._cancel = progress, cancel

    def write(self, text: str) -> None:
        epochs = re.search(r"(\d+)/(\d+)", text)
        if epochs is None:
            return
        done, total = int(epochs[1]), int(epochs[2])
        if self._cancel is not None and done < total and self._cancel():
            raise Cancelled(f"stopped after {done} of {total} epochs")
        if self._progress is not None:
            self._progress(done, total, f"UMAP: epoch {done} of {total}")

    def flush(self) -> None:
        """Nothing is held back."""
