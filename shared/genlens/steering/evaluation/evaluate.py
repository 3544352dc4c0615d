"""The room's truth table: ``genlens evaluate steering``.

The papers show pictures, GANalyze a score on average. Measured here, on a generator of cartoon
faces whose every attribute a classifier of drawn faces names: for each attribute and each method,
is the score of every face raised (``monotone``), and what else changes (``leakage``)? Two controls
must fail: a random direction, and one learned from labels that were dealt out anew. Then whether
units are what they are said to be (``units``), how near a search for a picture's styles comes
(``projections``), and whether a foreign picture is said to be one (``foreign``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.common.side_by_side import side_by_side, threads_each
from genlens.errors import InputError
from genlens.models.assessors.shipped import FACE_PROPERTIES
from genlens.models.contracts import Assessor, Generator
from genlens.steering.evaluation.followed import Followed
from genlens.steering.evaluation.foreign import ForeignRates
from genlens.steering.evaluation.parts import (
    FACES,
    MOST_FACES,
    PICTURES,
    QUICK_FACES,
    QUICK_PICTURES,
    SOUGHT,
    UNITS,
    Part,
    Prepared,
    measure_part,
    prepare,
)
from genlens.steering.evaluation.projections import ProjectionWay
from genlens.steering.evaluation.units import UnitsFound
from genlens.steering.evaluation.ways import QUICK_ATTRIBUTES
from genlens.steering.walks.drift import drift_distance
from genlens.worlds.avatars import PROPERTIES
from genlens.zoo.recipes.steering.staircase import true_axis

GENERATOR = "avatars-gan"
WANTED = 4
"""So many attributes should have a method that reaches it and leaks less than the baseline."""


@dataclass(frozen=True)
class SteeringEvaluation(Record):
    """Everything that was measured; ``left_out`` maps an attribute or a part to the reason.
    ``reached`` are the attributes for which some method is good, ``fooled`` the controls that were:
    there should be none.
    ``quick``: a look, and nothing to be quoted."""

    n: int
    quick: bool
    generator: str
    distance: str
    followed: tuple[Followed, ...]
    reached: tuple[str, ...]
    fooled: tuple[str, ...]
    wanted: int
    left_out: Mapping[str, str]
    units: UnitsFound | None = None
    projections: tuple[ProjectionWay, ...] = ()
    foreign: ForeignRates | None = None
    made_by: MadeBy = field(default_factory=MadeBy)


def evaluate_steering(
    n: int | None = None,
    seed: int = 0,
    *,
    quick: bool = False,
    generator: Generator | None = None,
    assessors: Sequence[Assessor] | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SteeringEvaluation:
    """Measure the shipped generator, or another one of cartoon faces: its directions, its units,
    and pictures that are looked for in it.

    Args:
        n: faces that each direction is followed on, 6 to 200; None for 30 (quick: 10).
        seed: of everything that is drawn.
        quick: under a minute: three methods, two attributes, few pictures, none looked for.
        generator: None for ``avatars-gan``.
        assessors: None for the properties of drawn faces that ``avatars-attributes`` reads.
        processes: how many work side by side, an attribute each.

    Raises:
        InputError: a number out of range, or several processes with a generator or assessors of
            one's own (each process loads its own models).
        ModelError: weights that are there but cannot be used.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    started = time.perf_counter()
    n = whole(
        "the number of faces", (QUICK_FACES if quick else FACES) if n is None else n, 6, MOST_FACES
    )
    seed = whole("seed", seed, 0, MAX_SEED // 2)
    processes = whole("processes", processes, 1, 64)
    every = tuple(FACE_PROPERTIES if assessors is None else assessors)
    left_out = _missing(generator, every)
    names = [a.name for a in every if not quick or assessors or a.name in QUICK_ATTRIBUTES]
    found: list[Part] = []
    if processes > 1 and (generator is not None or assessors is not None):
        raise InputError(
            f"processes is {processes}, and each loads its own models: pass 1, or neither a "
            "generator nor assessors"
        )
    if not left_out and processes > 1:
        # first what takes longest
        tasks = [(part, n, seed, quick) for part in (SOUGHT, *names, UNITS)]
        for i, done in enumerate(side_by_side(_of_shipped, tasks, processes, cancel=cancel)):
            found.append(done)
            if progress is not None:
                progress(i + 1, len(tasks), f"{i + 1} of {len(tasks)} parts measured")
    elif not left_out:
        axes = true_axes() if generator is None else {}
        here = prepare(generator or _shipped(), every, n, seed, quick, axes, progress, cancel)
        parts = (SOUGHT, *names, UNITS)
        for i, part in enumerate(parts):
            say = _from(progress, i, len(parts))
            found.append(measure_part(part, here, seed, quick, say, cancel))
    followed = tuple(one for each in found for one in each.followed)
    for each in found:
        left_out |= each.left_out
    model = GENERATOR if generator is None else generator.card.id
    settings = {
        "threads": torch.get_num_threads() if processes == 1 else threads_each(processes),
        "processes": processes,
        "pictures": QUICK_PICTURES if quick else PICTURES,
    }
    return SteeringEvaluation(
        n=n,
        quick=quick,
        generator=model,
        distance=drift_distance().title,
        followed=followed,
        reached=reached(followed),
        fooled=tuple(f"{f.method}, {f.title}" for f in followed if f.control and f.good),
        wanted=WANTED,
        left_out=left_out,
        units=next((each.units for each in found if each.units), None),
        projections=next((each.projections for each in found if each.projections), ()),
        foreign=next((each.foreign for each in found if each.foreign), None),
        made_by=MadeBy(model=model, seed=seed, settings=settings, seconds=seconds_since(started)),
    )


def reached(followed: Sequence[Followed]) -> tuple[str, ...]:
    """The attributes for which a method that is no control is good."""
    return tuple(dict.fromkeys(f.attribute for f in followed if f.good and not f.control))


def _from(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """What one of ``parts`` says of itself, as hundredths of the whole."""
    if progress is None:
        return None
    return lambda done, total, text: progress(
        100 * part + 100 * done // max(total, 1), 100 * parts, text
    )


def _of_shipped(part: str, n: int, seed: int, quick: bool) -> Part:
    """In a process of its own: one part of the shipped generator."""
    return measure_part(part, _prepared(n, seed, quick), seed, quick)


@lru_cache(maxsize=1)
def _prepared(n: int, seed: int, quick: bool) -> Prepared:
    return prepare(_shipped(), FACE_PROPERTIES, n, seed, quick, true_axes())


def true_axes() -> dict[str, np.ndarray]:
    """Attribute -> the direction (64,) that it has in the shipped generator's noise: its mapping
    network was written down, see the recipe."""
    found = {f"face-{name.replace('_', '-')}": true_axis(name) for name in PROPERTIES}
    return {name: axis for name, axis in found.items() if axis is not None}


def _missing(generator: Generator | None, assessors: Sequence[Assessor]) -> dict[str, str]:
    """Why nothing can be measured, {} where it can."""
    from genlens.models.catalog import find, weights_folder

    reasons = {a.name: a.missing() for a in assessors if a.missing()}
    shipped = find(GENERATOR) is not None and weights_folder(GENERATOR).is_dir()
    if generator is None and not shipped:
        reasons[GENERATOR] = "it is not shipped with this copy: train it with its recipe"
    return reasons


def _shipped() -> Generator:
    from genlens.models.catalog import load

    return load(GENERATOR, contract="Generator")
