"""Two-dimensional maps of latent codes, their quality, and the way back from a place to a code.

PCA is the default: it is linear, its axes mean something, its inverse is exact within the plane,
and its loss is a number (explained variance). t-SNE (van der Maaten & Hinton 2008) and UMAP
(McInnes et al. 2018) keep neighbourhoods instead: distances between far groups and sizes of groups
say nothing there. How much of the neighbourhoods survives is measured for each map:
trustworthiness (neighbours on the map are neighbours in truth) and continuity (neighbours in truth
stay neighbours on the map), Venna & Kaski 2001, equations 1 and 2; both 1 at best, about 0.5 for a
random map.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.errors import Cancelled, InputError
from genlens.latents.maps import projections
from genlens.study.coder import Coder, Codes, as_vectors, made_by

METHODS = ("pca", "tsne", "umap")
QUALITY_SAMPLE = 2000
"""Quality needs all pairs of distances: above this many points a seeded sample is measured."""
QUALITY_NEIGHBOURS = 15
MOST_NEIGHBOURS = 500
"""The largest perplexity and number of UMAP's neighbours."""
INVERSE_NEIGHBOURS = (3, 5, 10, 20)
"""Neighbour counts tried for the way back of t-SNE and UMAP; the best in leave-out is kept."""


@dataclass(frozen=True)
class LatentMap(Record):
    """Codes on a plane.

    ``points`` (n, 2) in the order of ``codes`` (n, d). ``trustworthiness`` and ``continuity`` in
    [0, 1]. ``explained_variance`` (k,) are PCA's shares of the variance, largest first (empty for
    the others); ``axes`` (2, d) its directions. ``neighbours`` is how many points ``invert`` mixes
    for t-SNE and UMAP (0 for PCA).

    ``inverse_error`` is the root mean square distance, in latent units, between a code and what
    ``invert`` gives for its own place without having it among the points; ``inverse_share`` is the
    share of the codes' variance that the way back keeps, 1 at best (for PCA: the explained variance
    of two axes), below 0 where always answering with the mean would be nearer.
    """

    method: str
    points: np.ndarray
    codes: np.ndarray = field(metadata=UNWRITTEN)
    trustworthiness: float
    continuity: float
    inverse_error: float
    inverse_share: float
    explained_variance: np.ndarray
    axes: np.ndarray = field(metadata=UNWRITTEN)
    neighbours: int = 0
    made_by: MadeBy = field(default_factory=MadeBy)

    def invert(self, places: np.ndarray) -> np.ndarray:
        """Codes (m, d) for ``places`` (m, 2) on the map.

        PCA: centre + place · axes, exact in the plane of the two axes. t-SNE and UMAP have no
        inverse: the codes of the ``neighbours`` nearest points, weighted by 1 / distance², so that
        a place on a point gives that point's code. An approximation: quote ``inverse_error``.
        """
        targets = _as_places(places)
        if self.method == "pca":
            return self.codes.mean(axis=0) + targets @ self.axes
        distances, rows = _tree(self.points).query(targets, k=self.neighbours)
        return _mix(self.codes, rows.reshape(len(targets), -1), distances)

    def left_out(self, rows: np.ndarray) -> np.ndarray:
        """What ``invert`` would give for the places of points ``rows`` (m,) if these were not on
        the map: (m, d). PCA is not fitted again: one point of many does not turn its axes."""
        if self.method == "pca":
            return self.invert(self.points[rows])
        nearest, distances = _others(self.points, rows, self.neighbours)
        return _mix(self.codes, nearest, distances)

    def distance_to_data(self, places: np.ndarray) -> np.ndarray:
        """How empty the ground is at ``places`` (m, 2): distance to the nearest point, in units of
        the median distance between a point and its nearest neighbour. Far above 1: no data there,
        so a decoded picture is a guess."""
        everyone = np.arange(len(self.points))
        step = float(np.median(_others(self.points, everyone, 1)[1]))
        span = float(np.ptp(self.points, axis=0).max())
        distances = _tree(self.points).query(_as_places(places), k=1)[0]
        return distances / max(step, 1e-9 * span, 1e-30)


def latent_map(
    codes: Codes | np.ndarray,
    method: str = "pca",
    *,
    seed: int = 0,
    perplexity: float = 30.0,
    neighbours: int = 15,
    min_dist: float = 0.1,
    epochs: int = 200,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LatentMap:
    """The map of ``codes`` (n, d) by "pca", "tsne" or "umap".

    Args:
        codes: n >= 10 rows, d >= 2, not all the same.
        seed: of t-SNE's and UMAP's optimisation and of the sample that measures quality.
        perplexity: t-SNE's, 2 to 500: about how many neighbours each point listens to; lowered to
            (n - 1) / 3 where there are few points.
        neighbours: UMAP's, 2 to 500: how many neighbours each point listens to.
        min_dist: UMAP's, 0 to 1: how close points may lie.
        epochs: UMAP's, rounds of its optimisation.
        progress, cancel: reported and asked several times a second while t-SNE and UMAP run (in a
            process of their own), and between the steps that follow.

    Raises:
        InputError: an unknown method, a setting out of range, or codes that cannot be mapped.
        ModelError: t-SNE's or UMAP's process ended without a map.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    rows = as_vectors(codes)
    if method not in METHODS:
        raise InputError(f'method is {method!r}: pass one of "pca", "tsne", "umap"')
    if len(rows) < 10 or rows.shape[1] < 2:
        raise InputError(f"codes have shape {rows.shape}: a map needs 10 rows and 2 columns")
    if not np.ptp(rows, axis=0).any():
        raise InputError("all codes are the same: there is nothing to map")
    seed = whole("seed", seed, 0, 2**32 - 1)
    given = {
        "perplexity": number("perplexity", perplexity, 2, MOST_NEIGHBOURS),
        "neighbours": whole("neighbours", neighbours, 2, MOST_NEIGHBOURS),
        "min_dist": number("min_dist", min_dist, 0, 1),
        "epochs": whole("epochs", epochs, 1, 10_000),
    }
    settings = _settings_of(method, given, len(rows))
    ratios, axes = np.zeros(0), np.zeros((0, rows.shape[1]))
    _ask(cancel, f"before {method}")
    if method == "pca":
        points, ratios, axes = projections.pca(rows, seed)
    else:
        points = projections.neighbour_map(
            method, rows, settings | {"seed": seed}, progress, cancel
        )
    if progress is not None:
        progress(1, 1, f"{method} of {len(rows)} codes")
    _ask(cancel, "before the map's quality was measured")
    sample = _sample(len(rows), seed)
    trust, continuity = quality(points[sample], rows[sample])
    _ask(cancel, "before the way back was measured")
    k = 0 if method == "pca" else _best_neighbours(points, rows, sample)
    settings |= {"quality_points": len(sample), "quality_neighbours": _quality_k(len(sample))}
    draft = LatentMap(
        method=method,
        points=points,
        codes=rows,
        trustworthiness=trust,
        continuity=continuity,
        inverse_error=float("nan"),
        inverse_share=float("nan"),
        explained_variance=ratios,
        axes=axes,
        neighbours=k,
        made_by=made_by(codes=codes, started=started, seed=seed, settings=settings),
    )
    error, share = _inverse_error(draft, sample)
    return replace(draft, inverse_error=error, inverse_share=share)


def _settings_of(method: str, given: dict[str, Any], n: int) -> dict[str, Any]:
    """Those of ``given`` that ``method`` takes, as ``n`` points allow them."""
    if method == "tsne":
        return {"perplexity": min(given["perplexity"], (n - 1) / 3)}
    if method == "umap":
        used = {name: given[name] for name in ("neighbours", "min_dist", "epochs")}
        return used | {"neighbours": min(given["neighbours"], n - 1)}
    return {}


def _ask(cancel: Cancel | None, when: str) -> None:
    if cancel is not None and cancel():
        raise Cancelled(f"stopped {when}")


def quality(points: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    """(trustworthiness, continuity) of ``points`` (n, 2) as a map of ``codes`` (n, d), n >= 5, with
    15 neighbours (fewer for few points). Continuity is trustworthiness with the spaces exchanged.
    """
    from sklearn.manifold import trustworthiness

    k = _quality_k(len(points))
    return (
        float(trustworthiness(codes, points, n_neighbors=k)),
        float(trustworthiness(points, codes, n_neighbors=k)),
    )


def inverse_picture_error(coder: Coder, latent_map: LatentMap, *, n: int = 200) -> float:
    """The way back's error as a person sees it: root mean square pixel difference (0 to 1) between
    the decoded code and the decoded ``left_out`` code, over ``n`` points evenly spread through the
    rows. Costs 2 n decodings."""
    rows = np.unique(np.linspace(0, len(latent_map.points) - 1, n).round().astype(int))
    away = coder.decode(latent_map.codes[rows]) - coder.decode(latent_map.left_out(rows))
    return float(np.sqrt(np.mean(away.astype(np.float64) ** 2)))


def _quality_k(n: int) -> int:
    return min(QUALITY_NEIGHBOURS, (n - 1) // 2)


def _sample(n: int, seed: int) -> np.ndarray:
    if n <= QUALITY_SAMPLE:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, QUALITY_SAMPLE, replace=False))


def _tree(points: np.ndarray) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(points)


def _as_places(places: np.ndarray) -> np.ndarray:
    targets = np.asarray(places, dtype=np.float64)
    if targets.ndim != 2 or targets.shape[1] != 2 or not np.isfinite(targets).all():
        raise InputError(f"places have shape {targets.shape}: pass finite (m, 2) map positions")
    return targets


def _mix(codes: np.ndarray, rows: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Codes of ``rows`` (m, k), weighted by 1 / ``distances``² (m, k): (m, d)."""
    away = distances.reshape(rows.shape)
    # The floor makes a place on a point give (nearly all of) that point, not a division by zero.
    floor = 1e-12 * np.maximum((away**2).max(axis=1, keepdims=True), 1e-30)
    weights = 1.0 / np.maximum(away**2, floor)
    weights /= weights.sum(axis=1, keepdims=True)
    mixed = np.zeros((len(rows), codes.shape[1]))
    for i in range(
        rows.shape[1]
    ):  # one neighbour at a time: (m, k, d) would not fit for wide codes
        mixed += weights[:, i : i + 1] * codes[rows[:, i]]
    return mixed


def _others(points: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` nearest other points of points ``rows``: indices and distances (m, k)."""
    distances, nearest = _tree(points).query(points[rows], k=k + 1)
    keep = nearest != np.asarray(rows)[:, None]
    keep[keep.all(axis=1), -1] = False  # among duplicates the point itself may not be listed
    return nearest[keep].reshape(-1, k), distances[keep].reshape(-1, k)


def _best_neighbours(points: np.ndarray, codes: np.ndarray, sample: np.ndarray) -> int:
    choices = [k for k in INVERSE_NEIGHBOURS if k < len(points)]
    nearest, distances = _others(points, sample, choices[-1])
    errors = [
        np.sum((_mix(codes, nearest[:, :k], distances[:, :k]) - codes[sample]) ** 2)
        for k in choices
    ]
    return choices[int(np.argmin(errors))]


def _inverse_error(draft: LatentMap, sample: np.ndarray) -> tuple[float, float]:
    truth = draft.codes[sample]
    squared = np.sum((draft.left_out(sample) - truth) ** 2, axis=1)
    spread = np.sum((truth - truth.mean(axis=0)) ** 2, axis=1)
    return float(np.sqrt(squared.mean())), float(1.0 - squared.sum() / max(spread.sum(), 1e-30))
