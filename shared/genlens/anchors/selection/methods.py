"""Every way to choose representatives, by name.

    select(scores.values[group == 0], 10, "k-center")

A new way is a function and a ``SelectionMethod`` in a module of its own, and one line of
``METHODS``: pages, notes, tables and tests read the rest from the object.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from genlens.anchors.results import Selection
from genlens.anchors.selection.baselines import NEAREST, PROTODASH
from genlens.anchors.selection.center import K_CENTER
from genlens.anchors.selection.dispersion import MAX_MIN, MAX_SUM
from genlens.anchors.selection.distances import to_nearest
from genlens.anchors.selection.means import K_MEANS
from genlens.anchors.selection.medoids import K_MEDOIDS
from genlens.anchors.selection.method import Picked, SelectionMethod
from genlens.anchors.selection.scaling import SCALES, SPACES, Scale, Space, as_points, scaled
from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.records import MadeBy, seconds_since
from genlens.errors import InputError

METHODS: dict[str, SelectionMethod] = {
    method.name: method
    for method in (K_CENTER, MAX_MIN, MAX_SUM, K_MEANS, K_MEDOIDS, PROTODASH, NEAREST)
}
"""All methods, in the order in which a page lists them."""


def method_named(name: str) -> SelectionMethod:
    """The method called ``name``.

    Raises:
        InputError: no method has that name.
    """
    if name not in METHODS:
        raise InputError(f"there is no method {name!r}: take one of {', '.join(METHODS)}")
    return METHODS[name]


def select(
    points: np.ndarray,
    k: int,
    method: str = "k-center",
    *,
    space: Space = "criteria",
    scale: Scale | None = None,
    seed: int = 0,
    **settings: Any,
) -> Selection:
    """``k`` representatives of a group of anchors.

    Args:
        points: (n, d) of the group's anchors: their criteria, latents or CLIP vectors.
        k: 1 to n. Duplicates are different anchors: both may be chosen, where nothing else is left.
        method: a key of ``METHODS``.
        space: what ``points`` are; it names the selection and decides the scale.
        scale: "standardise", "ranks" or "none" (``scaling``); None for the space's own:
            "standardise" for criteria, "none" for latents and CLIP vectors.
        seed: of whatever the method draws.
        settings: of the method (``METHODS[method].settings``).

    Raises:
        InputError: an empty group, k out of range, NaN or infinity, no such method, space, scale
            or setting, or a setting out of range.
    """
    started = time.perf_counter()
    chosen = method_named(method)
    rows, k, scale = prepared(points, k, space, scale)
    seed, own = whole("seed", seed, 0, MAX_SEED), chosen.checked(settings)
    picked = chosen.function(rows, k, seed=seed, **own)
    made = {"k": k, "scale": scale, **own}
    return as_selection(
        chosen, rows, picked, space, scale,
        MadeBy(seed=seed, settings=made, seconds=seconds_since(started)),
    )  # fmt: skip


def prepared(
    points: np.ndarray, k: int, space: Space, scale: Scale | None
) -> tuple[np.ndarray, int, Scale]:
    """``points`` checked and scaled, ``k`` checked, and the scale.

    Raises:
        InputError: see ``select``.
    """
    if space not in SPACES:
        raise InputError(f"there is no space {space!r}: take one of {', '.join(SPACES)}")
    rows = as_points(points)
    if isinstance(k, (int, np.integer)) and not isinstance(k, bool) and k > len(rows):
        raise InputError(f"k is {k:,}: the group has {len(rows):,} anchors, take 1 to {len(rows)}")
    k = whole("k, the number of representatives,", k, 1, len(rows))
    scale = SPACES[space] if scale is None else scale
    return scaled(rows, scale), k, scale


def as_selection(
    method: SelectionMethod,
    points: np.ndarray,
    picked: Picked,
    space: Space,
    scale: Scale,
    made_by: MadeBy | None = None,
) -> Selection:
    """``picked`` from the scaled ``points`` (n, d), in words."""
    unit = method.unit.format(SCALES[scale])
    words = f"{method.measures[0].upper()}{method.measures[1:]} {picked.objective:.3g} {unit}"
    if picked.bound is not None and picked.bound != picked.objective:
        best = "below" if method.better < 0 else "above"
        words += f"; no choice of {len(picked.rows)} gets {best} {picked.bound:.3g}"
    return Selection(
        rows=np.asarray(picked.rows, np.int64),
        method=method.name,
        space=space,
        objective=picked.objective,
        unit=unit,
        bound=picked.bound,
        guarantee=" ".join(part for part in (f"{words}.", method.promise, picked.note) if part),
        nearest=to_nearest(points, np.asarray(picked.rows), method.metric)[1],
        made_by=made_by or MadeBy(),
    )
