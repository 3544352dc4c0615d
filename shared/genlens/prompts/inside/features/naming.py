"""Which noun a unit of the activations stands for, and how purely, against the worlds' masks.

A unit (a sparse feature, a coordinate, a direction by chance) gets its noun on one half of the
scenes: the noun under which most of its activation lies, for its share of the picture. Its
precision and recall are measured on the other half, over places and steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.measures import Measure, share
from genlens.prompts.inside.features.activations import GROUND, Activations

FIRES = 0.25
"""A unit fires where it reaches this part of its highest value on the naming half."""
LEAST = 12
"""Places that it must fire on, of the measuring half, to be judged."""


@dataclass(frozen=True)
class Named:
    """Of each unit (units,): ``noun`` the number of its noun (``GROUND``: none), ``precision`` the
    part of places where it fires that its noun covers, ``recall`` the part of its noun's places
    where it fires, ``fires`` the part of all places, ``strength`` its mean value where it fires;
    NaN where it fires on fewer than ``LEAST`` places."""

    noun: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    fires: np.ndarray
    strength: np.ndarray


def name_units(
    naming: np.ndarray, at: np.ndarray, measuring: np.ndarray, there: np.ndarray, nouns: int
) -> Named:
    """Names from ``naming`` (n, units), at least 0, with the nouns ``at`` (n,) of its places;
    precision and recall on ``measuring`` (m, units) with ``there`` (m,)."""
    tops = naming.max(0)
    mass = np.stack([naming[at == noun].sum(0) for noun in range(nouns)])  # (nouns, units)
    noun = np.where(mass.max(0) > 0, mass.argmax(0), GROUND)
    on = (measuring >= FIRES * tops) & (measuring > 0)  # (m, units)
    count = on.sum(0)
    own = there[:, None] == noun[None]  # (m, units)
    hits = (on & own).sum(0)
    judged = count >= LEAST
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(judged, hits / count, np.nan)
        recall = np.where(judged & (own.sum(0) > 0), hits / own.sum(0), np.nan)
        strength = np.where(count > 0, (measuring * on).sum(0) / count, np.nan)
    return Named(noun, precision, recall, count / len(measuring), strength)


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


def alone(acts: Activations, units: np.ndarray, part: slice, top: float, noun: int) -> Measure:
    """The precision of one unit whose values on ``part`` are ``units`` (scenes, steps, h, w), with
    its interval over scenes."""
    on = (units >= FIRES * top) & (units > 0)
    there = np.repeat(acts.nouns[part][:, None], units.shape[1], 1)
    scenes = np.nonzero(on)[0]
    return share((there[on] == noun).tolist(), groups=scenes.tolist())


def pure(named: Named, least: float = 0.5) -> Sequence[int]:
    """Units whose precision is ``least`` or more, the purest first."""
    known = np.nan_to_num(named.precision, nan=-1.0)
    order = np.argsort(-known)
    return [int(i) for i in order if known[i] >= least]
