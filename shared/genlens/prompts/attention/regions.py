"""Importance by place, and the picture split into regions by it (source paper, section 3.2.1).

The paper weighs maps of where the model looks by the importance of the words ("boosted by
importance") at several steps of the diffusion, and splits the picture by k-means, since things of
equal importance can be different things. Its code is not published; this is our reading:

    B_t(p) = sum_j w_j H_jt(p) / max_p H_jt(p),   w_j = max(phi_j, 0) / sum_i max(phi_i, 0)

with H_jt the heat map of word j at step t and phi_j its value (a Shapley value, say). B lies in
[0, 1]. k-means sees each pixel's weighted maps, word by word, and its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.models.contracts import ObjectMask
from genlens.models.pictures.masks import object_mask
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.attention.ways import DAAM, FINE, GUIDED

MOST = 12
"""Clusters of k-means."""
SMALLEST = 0.003
"""Connected parts below this part of the picture are specks, and dropped."""
PLACE = 0.5
"""What it counts to be at the other end of the picture, where 1 is all the importance there is."""


def weights_of(values: np.ndarray) -> np.ndarray:
    """(d,) at least 0, summing to 1: the positive part of each word's value; all equal where no
    value is positive."""
    positive = np.clip(np.nan_to_num(np.asarray(values, dtype=np.float64)), 0.0, None)
    if not positive.sum() > 0:
        return np.full(len(positive), 1.0 / max(len(positive), 1))
    shared: np.ndarray = positive / positive.sum()
    return shared


def boosted(
    maps: AttentionMaps, values: np.ndarray, *, step: int | None = None, way: str | None = None
) -> np.ndarray:
    """Importance by place, (h, w) in [0, 1].

    Args:
        values: (d,) what each word is worth, such as ``explanation.attribution.values``.
        step: of the diffusion; None for all steps together.
        way: of joining maps; None fits the last fine layer to the picture's edges for models that
            ship, and is DAAM for others.

    Raises:
        InputError: another number of values than words.
    """
    found: np.ndarray = _weighted(maps, values, step, way).sum(axis=0)
    return found


def regions(
    maps: AttentionMaps,
    values: np.ndarray,
    *,
    clusters: int = 5,
    step: int | None = None,
    way: str | None = None,
    seed: int = 0,
) -> tuple[ObjectMask, ...]:
    """The picture's regions of equal importance: an alternative to a segmenter's objects.

    Args:
        clusters: of k-means (Lloyd 1982; k-means++), 2 to ``MOST``; the least important one is
            ground and dropped, the others fall into connected parts.
        values, step, way: as for ``boosted``.
        seed: of k-means.

    Returns:
        Regions, most important first; ``score`` is a region's mean importance in [0, 1].
    """
    from sklearn.cluster import KMeans

    count = whole("the number of clusters", clusters, 2, MOST)
    weighted = _weighted(maps, values, step, way)  # (d, h, w)
    importance = weighted.sum(axis=0)
    h, w = importance.shape
    y, x = np.mgrid[0:h, 0:w] / max(h, w) * PLACE
    points = np.concatenate([weighted, y[None], x[None]]).reshape(len(weighted) + 2, -1).T
    if len(np.unique(points[:, :-2], axis=0)) < count:
        return ()  # flat maps: nothing to split by
    labels = KMeans(count, n_init=4, random_state=seed).fit_predict(points).reshape(h, w)
    means = [float(importance[labels == c].mean()) for c in range(count)]
    ground = int(np.argmin(means))
    parts = [
        object_mask(part, float(importance[part].mean()))
        for c in range(count)
        if c != ground
        for part in _connected(labels == c)
        if part.sum() >= SMALLEST * part.size
    ]
    return tuple(sorted(parts, key=lambda part: -part.score))


def _weighted(
    maps: AttentionMaps, values: np.ndarray, step: int | None, way: str | None
) -> np.ndarray:
    """(d, h, w): each word's heat, 1 at its hottest place, times the word's weight."""
    if len(values) != len(maps.words):
        raise InputError(f"{len(values)} values for {len(maps.words)} words: give one for each")
    if way is None:
        way = GUIDED if maps.usual_way == FINE else DAAM
    heat = maps.heat(way, step=step)
    tops = heat.max(axis=(1, 2), keepdims=True)
    scaled = np.divide(heat, tops, out=np.zeros_like(heat), where=tops > 0)
    weighted: np.ndarray = scaled * weights_of(values)[:, None, None]
    return weighted


def _connected(mask: np.ndarray) -> Sequence[np.ndarray]:
    from scipy import ndimage

    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    return [labels == i + 1 for i in range(count)]
