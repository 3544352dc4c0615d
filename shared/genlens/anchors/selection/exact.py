"""The best of all choices, by trying every one: what the fast methods are measured against."""

from __future__ import annotations

from itertools import combinations, islice
from math import comb

import numpy as np

from genlens.anchors.results import Selection
from genlens.anchors.selection.method import Picked
from genlens.anchors.selection.methods import as_selection, method_named, prepared
from genlens.anchors.selection.scaling import Scale, Space
from genlens.errors import InputError

MOST_CHOICES = 1_000_000
_BLOCK = 20_000


def exact(
    points: np.ndarray,
    k: int,
    method: str = "k-center",
    *,
    space: Space = "criteria",
    scale: Scale | None = None,
) -> Selection:
    """The best ``k`` of ``points`` (n, d) for what ``method`` optimises, by trying all C(n, k).

    Raises:
        InputError: as ``select``; over 1,000,000 choices; or a method without a number of its own.
    """
    chosen = method_named(method)
    if chosen.value is None:
        raise InputError(f"{chosen.title} has no number to compare choices by")
    rows, k, scale = prepared(points, k, space, scale)
    choices = comb(len(rows), k)
    if choices > MOST_CHOICES:
        raise InputError(
            f"{k} of {len(rows)} can be chosen in {choices:,} ways: exact tries {MOST_CHOICES:,}"
        )
    from scipy.spatial.distance import cdist

    apart = cdist(rows, rows, chosen.metric)
    score = _SCORES[chosen.name]
    best, value = np.arange(k), np.inf
    every = combinations(range(len(rows)), k)
    while block := list(islice(every, _BLOCK)):
        sets = np.array(block)  # (b, k)
        scores = -chosen.better * score(apart, sets)
        i = int(scores.argmin())
        if scores[i] < value:
            best, value = sets[i], float(scores[i])
    found = -chosen.better * value
    note = f"The best of all {choices:,} choices."
    return as_selection(chosen, rows, Picked(best, found, found, note), space, scale)


def _nearest(apart: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """(b, n): distance of each point to the nearest of each of ``sets`` (b, k)."""
    least: np.ndarray = apart[sets[:, 0]]
    for j in range(1, sets.shape[1]):
        least = np.minimum(least, apart[sets[:, j]])
    return least


def _pairs(apart: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """(b, k (k - 1) / 2): distances within each of ``sets`` (b, k)."""
    i, j = np.triu_indices(sets.shape[1], 1)
    pairs: np.ndarray = apart[sets[:, i], sets[:, j]]
    return pairs


_SCORES = {
    "k-center": lambda apart, sets: _nearest(apart, sets).max(axis=1),
    "k-dispersion-min": lambda apart, sets: (
        _pairs(apart, sets).min(axis=1, initial=np.inf)
        if sets.shape[1] > 1
        else np.zeros(len(sets))
    ),
    "k-dispersion-sum": lambda apart, sets: _pairs(apart, sets).sum(axis=1),
    "k-means": lambda apart, sets: np.square(_nearest(apart, sets)).mean(axis=1),
    "k-medoids": lambda apart, sets: _nearest(apart, sets).mean(axis=1),
}
