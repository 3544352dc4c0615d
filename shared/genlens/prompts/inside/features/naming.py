"""Which noun a unit of the activations stands for, and how purely, against the worlds' masks.

A unit (a sparse feature, a coordinate, a direction by chance) gets its noun on one half of the
scenes: the noun whose places it tells best by where it fires (the highest F1, the harmonic mean of
precision and recall). Its precision and recall are measured on the other half, over places and
steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.measures import Measure, share
from genlens.prompts.inside.features.activations import GROUND, Activations

FIRES = 1.0
"""A unit fires where it reaches this multiple of its mean positive value on the naming half: of its
highest value, one strange place would decide."""
LEAST, LEAST_SCENES = 12, 2
"""Places, and scenes, that it must fire on, of the measuring half, to be judged."""


@dataclass(frozen=True)
class Named:
    """Of each unit (units,): ``noun`` the number of its noun (``GROUND``: none), ``precision`` the
    part of places where it fires that its noun covers, ``recall`` the part of its noun's places
    where it fires (without a noun, 0), ``fires`` the part of all places, ``strength`` its mean
    value where it fires; NaN where it fires on fewer than ``LEAST`` places or ``LEAST_SCENES``
    scenes."""

    noun: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    fires: np.ndarray
    strength: np.ndarray


def name_units(
    naming: np.ndarray,
    at: np.ndarray,
    measuring: np.ndarray,
    there: np.ndarray,
    nouns: int,
    scenes: int,
) -> Named:
    """Names from ``naming`` (n, units), at least 0, with the nouns ``at`` (n,) of its places;
    precision and recall on ``measuring`` (m, units) with ``there`` (m,), the places of ``scenes``
    scenes one after the other."""
    least = threshold(naming)
    told = fires(naming, least)
    found = np.stack([told[at == noun].sum(0) for noun in range(nouns)])  # (nouns, units)
    size = np.array([(at == noun).sum() for noun in range(nouns)])[:, None]
    f1 = 2 * found / np.maximum(told.sum(0) + size, 1)
    noun = np.where(f1.max(0) > 0, f1.argmax(0), GROUND)
    on = fires(measuring, least)  # (m, units)
    count = on.sum(0)
    own = (there[:, None] == noun[None]) & (noun != GROUND)  # (m, units): ground is no noun
    hits = (on & own).sum(0)
    spread = on.reshape(scenes, -1, on.shape[1]).any(1).sum(0)
    judged = (count >= LEAST) & (spread >= LEAST_SCENES)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(judged, hits / count, np.nan)
        recall = np.where(judged & (own.sum(0) > 0), hits / own.sum(0), np.nan)
        strength = np.where(count > 0, (measuring * on).sum(0) / count, np.nan)
    return Named(noun, precision, recall, count / len(measuring), strength)


def threshold(naming: np.ndarray) -> np.ndarray:
    """(units,) from which value on a unit fires, from its values ``naming`` (n, units)."""
    count = (naming > 0).sum(0)
    found: np.ndarray = FIRES * naming.sum(0) / np.maximum(count, 1)
    return found


def fires(values: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """Where ``values`` reach ``at`` and lie above 0; a little slack for what is the same number."""
    found: np.ndarray = (values >= 0.999 * np.asarray(at)) & (values > 0)
    return found


def halves(acts: Activations) -> tuple[slice, slice]:
    """The scenes that units are named on, and those that they are measured on."""
    middle = len(acts.rows) // 2
    return slice(0, middle), slice(middle, None)


def flat(rows: np.ndarray) -> np.ndarray:
    """(scenes, steps, h, w, d) -> (all, d)."""
    found: np.ndarray = rows.reshape(-1, rows.shape[-1])
    return found


def places(nouns: np.ndarray, steps: int) -> np.ndarray:
    """(scenes, h, w) -> (all,) in the order of ``flat``."""
    found: np.ndarray = np.repeat(nouns[:, None], steps, 1).reshape(-1)
    return found


def alone(acts: Activations, units: np.ndarray, part: slice, least: float, noun: int) -> Measure:
    """The precision of one unit whose values on ``part`` are ``units`` (scenes, steps, h, w), with
    its interval over scenes."""
    on = fires(units, least)
    there = np.repeat(acts.nouns[part][:, None], units.shape[1], 1)
    scenes = np.nonzero(on)[0]
    return share((there[on] == noun).tolist(), groups=scenes.tolist())


def pure(named: Named, least: float = 0.5) -> Sequence[int]:
    """Units whose precision is ``least`` or more, the purest first."""
    known = np.nan_to_num(named.precision, nan=-1.0)
    order = np.argsort(-known)
    return [int(i) for i in order if known[i] >= least]
