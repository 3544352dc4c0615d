"""How near the fast selections come to the best of all choices, on sets small enough to try all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.anchors.selection.exact import exact
from genlens.anchors.selection.methods import METHODS, select
from genlens.anchors.selection.scaling import scaled
from genlens.common.estimates import exact as counted
from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.errors import Cancelled

MEASURED = ("k-center", "k-dispersion-min", "k-dispersion-sum", "k-medoids")
PROMISED = {"k-center": 2.0, "k-dispersion-min": 2.0, "k-dispersion-sum": 2.0}
"""What the ratio may not exceed: the method's guarantee."""


@dataclass(frozen=True)
class Coverage(Record):
    """One method on many small sets: how many times worse than the best possible its number is
    (1: as good), on average and at worst, and how often it is the best. ``random`` is the mean
    ratio of anchors drawn by chance, the control. ``promised``: what no set may exceed, None where
    nothing is guaranteed."""

    method: str
    title: str
    mean_ratio: Measure
    worst_ratio: Measure
    best_found: Measure
    random: Measure
    promised: float | None


def measure_coverage(
    points: np.ndarray, sets: int = 150, seed: int = 0, cancel: Cancel | None = None
) -> tuple[Coverage, ...]:
    """Of ``MEASURED``, on ``sets`` random parts of ``points`` (n, d): 8 to 14 of them, of which 2
    to 4 are chosen.

    Raises:
        Cancelled: ``cancel()`` said so.
    """
    ratios: dict[str, list[float]] = {name: [] for name in MEASURED}
    chance: dict[str, list[float]] = {name: [] for name in MEASURED}
    out: dict[str, int] = dict.fromkeys(MEASURED, 0)
    for i in range(sets):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {i} of {sets} small sets")
        rng = np.random.default_rng([seed, i])
        few = points[rng.choice(len(points), int(rng.integers(8, 15)), replace=False)]
        k = int(rng.integers(2, 5))
        for name in MEASURED:
            best = exact(few, k, name).objective
            found = select(few, k, name, seed=i).objective
            if best <= 0 or found <= 0:
                out[name] += 1
                continue
            ratios[name].append(_ratio(name, found, best))
            by_chance = _value(few, rng.choice(len(few), k, replace=False), name)
            if by_chance > 0:
                chance[name].append(_ratio(name, by_chance, best))
    return tuple(
        Coverage(
            method=name,
            title=METHODS[name].title,
            mean_ratio=mean(ratios[name], _reasons(out[name])),
            worst_ratio=counted(max(ratios[name], default=float("nan")), len(ratios[name])),
            best_found=share([ratio < 1 + 1e-9 for ratio in ratios[name]], _reasons(out[name])),
            random=mean(chance[name]),
            promised=PROMISED.get(name),
        )
        for name in MEASURED
    )


def _ratio(name: str, found: float, best: float) -> float:
    """How many times worse ``found`` is than ``best``."""
    return best / found if METHODS[name].better > 0 else found / best


def _value(points: np.ndarray, rows: np.ndarray, name: str) -> float:
    """The number of any choice, in the units in which ``select`` gives its own."""
    value = METHODS[name].value
    assert value is not None
    return value(scaled(points, "standardise"), rows)


def _reasons(count: int) -> dict[str, int]:
    return {"the best number is 0": count} if count else {}
