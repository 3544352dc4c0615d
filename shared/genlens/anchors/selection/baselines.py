"""ProtoDash and nearest neighbours: what users know, to compare with."""

from __future__ import annotations

import numpy as np

from genlens.anchors.selection.distances import drawn, to_one
from genlens.anchors.selection.method import SAMPLE, Picked, SelectionMethod
from genlens.errors import InputError
from genlens.study.prototypes import MAX_PROTOTYPES, protodash


def proto_dash(points: np.ndarray, k: int, *, seed: int = 0, sample: int = 2000) -> Picked:
    """``study.protodash`` of at most ``sample`` points, drawn by ``seed``, for themselves.

    Raises:
        InputError: k is over 100.
    """
    if k > MAX_PROTOTYPES:
        raise InputError(f"k is {k}: ProtoDash chooses at most {MAX_PROTOTYPES}")
    looked_at, note = drawn(points, sample, k, seed)
    few = points[looked_at]
    flat = bool((few == few[0]).all())
    found = protodash(few, k, sigma=1.0 if flat else None, seed=seed)
    if len(found.indices) < k:
        note += f" A further one would add nothing: {len(found.indices)} were chosen."
    return Picked(looked_at[found.indices], float(found.mmd2[-1]), note=note.strip())


def nearest(points: np.ndarray, k: int, *, seed: int = 0, of: int | None = None) -> Picked:
    """The k points nearest to the mean of all, or to point ``of`` (without itself), nearest first.
    ``seed`` changes nothing.

    Raises:
        InputError: there is no point ``of``, or it has fewer than k others.
    """
    if of is None:
        away = np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1))
    else:
        if isinstance(of, bool) or not 0 <= of < len(points):
            raise InputError(f"of is {of}: the group has anchors 0 to {len(points) - 1:,}")
        if k >= len(points):
            raise InputError(f"k is {k}: anchor {of} has {len(points) - 1:,} neighbours")
        away = to_one(points, int(of))
        away[of] = np.inf
    rows = np.argsort(away, kind="stable")[:k]
    return Picked(rows, float(away[rows[-1]]), float(away[rows[-1]]))


PROTODASH = SelectionMethod(
    name="protodash",
    title="ProtoDash",
    function=proto_dash,
    optimises="A few anchors with weights have nearly the same distribution as the group.",
    equation="max over S, |S| <= k, and w >= 0 of mu · w - w' K w / 2, K a Gaussian kernel of the "
    "median distance; the number shown is MMD² with these weights",
    paper="Gurumoorthy, Dhurandhar, Cecchi and Aggarwal 2019, arXiv:1707.01212",
    promise="Within 1 - exp(-γ) of the best set, γ being the submodularity ratio, which is not "
    "known here.",
    misleads="The first is the middle of the crowd, and rare anchors come late or never. The "
    "kernel's width decides what counts as near.",
    measures="MMD²",
    better=-1,
    unit="(no unit)",
    random=True,
    options=(SAMPLE,),
)
NEAREST = SelectionMethod(
    name="nearest",
    title="Nearest neighbours",
    function=nearest,
    optimises="The anchors nearest to the middle of the group, or to one anchor.",
    equation="the k smallest d(x, m), m the mean of the group or one anchor",
    paper="k nearest neighbours",
    promise="Exact.",
    misleads="They are all alike: they say what is usual and nothing about how the group varies. "
    "In a ring or in two clusters the middle is where no anchor is.",
    measures="distance of the last",
    better=-1,
)
