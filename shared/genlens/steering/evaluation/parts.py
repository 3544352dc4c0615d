"""The parts of the room's truth table, each of which can be measured in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.directions.linear import high_side
from genlens.steering.directions.methods import direction_method, find_direction
from genlens.steering.directions.places import going_with
from genlens.steering.directions.samples import Samples, draw_samples
from genlens.steering.evaluation.followed import Course, Followed, judged
from genlens.steering.evaluation.foreign import ForeignRates, foreign_rates, known_pictures
from genlens.steering.evaluation.projections import ProjectionWay, projections
from genlens.steering.evaluation.units import UnitsFound, units_found
from genlens.steering.evaluation.ways import BASELINE, QUICK_WAYS, WAYS, Way
from genlens.steering.results import Direction
from genlens.steering.walks.drift import drift_distance
from genlens.steering.walks.ordinary import ordinary_of
from genlens.worlds.avatars import PROPERTIES

FACES, QUICK_FACES, MOST_FACES = 30, 10, 200
PICTURES, QUICK_PICTURES = 2000, 500
UNIT_PICTURES, QUICK_UNIT_PICTURES = 100, 12
FOUND = 12
"""Pictures of each kind that are looked for in the generator."""
SOUGHT, UNITS = "pictures to look for in it", "units"
"""The parts that are no attribute."""
TRUTH = "true direction"
"""The row that follows it: what a search in the latents could come to at best. It is no method, and
cannot reach the aim."""
RARE = 0.04
"""An attribute with fewer faces than that on one side is left out: nothing can be learned of it."""


@dataclass(frozen=True)
class Prepared:
    """What all parts are measured with; ``left_out``: attribute -> why nothing can be learned of
    it; ``axes``: attribute -> its true direction (d,) of the latents, where that is known."""

    course: Course
    samples: Samples
    left_out: Mapping[str, str]
    axes: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What one part found; ``left_out`` maps it to the reason if it could not be measured."""

    followed: tuple[Followed, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    units: UnitsFound | None = None
    foreign: ForeignRates | None = None
    projections: tuple[ProjectionWay, ...] = ()


def prepare(
    model: Generator,
    every: Sequence[Assessor],
    n: int,
    seed: int,
    quick: bool,
    axes: Mapping[str, np.ndarray],
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Prepared:
    """Pictures of ``model`` scored by ``every`` assessor, and the faces that directions are
    followed on: the same in every process. ``axes``: see ``Prepared``."""
    pictures = QUICK_PICTURES if quick else PICTURES
    samples = draw_samples(model, every, pictures, seed, progress=progress, cancel=cancel)
    usable, left_out = _varied(every, samples)
    distance = drift_distance()
    course = Course(
        model,
        usable,
        seeds=range(seed + 100_000, seed + 100_000 + n),
        reach=range(seed + 200_000, seed + 200_000 + (4 if quick else 6)),
        steps=7,
        tried=6 if quick else 8,
        distance=distance,
        ordinary=ordinary_of(model, distance, cancel=cancel),
        spreads={a.name: samples.spread(a.name) for a in usable},
        cancel=cancel,
    )
    return Prepared(course, samples, left_out, axes)


def measure_part(
    name: str,
    here: Prepared,
    seed: int,
    quick: bool,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Part:
    """The attribute ``name`` by every way, or ``UNITS``, or ``SOUGHT``."""
    model = here.course.generator
    if name == UNITS:
        found = units_found(
            model, QUICK_UNIT_PICTURES if quick else UNIT_PICTURES, seed, rounds=1 if quick else 5,
            progress=progress, cancel=cancel,
        )  # fmt: skip
        return Part(units=found)
    if name == SOUGHT:
        if quick:
            return Part(left_out={SOUGHT: "a quick look has no time for it"})
        try:
            foreign, ways = _found_again(model, seed, progress, cancel)
        except InputError as error:
            return Part(left_out={SOUGHT: str(error)})
        return Part(foreign=foreign, projections=ways)
    if name in here.left_out:
        return Part(left_out={name: here.left_out[name]})
    target = next(a for a in here.course.assessors if a.name == name)
    methods = QUICK_WAYS if quick else WAYS
    return Part(tuple(_all_ways(here, target, methods, seed, progress)))


def _found_again(
    model: Generator, seed: int, progress: Progress | None, cancel: Cancel | None
) -> tuple[ForeignRates, tuple[ProjectionWay, ...]]:
    """Pictures of known origin, looked for in ``model``; those it might draw also by other ways."""
    rates = foreign_rates(model, FOUND, seed, progress=progress, cancel=cancel)
    pictures = known_pictures(model, FOUND, seed)
    ways = projections(
        model, {kind: pictures[kind] for kind in rates.own}, seed, shared=rates.errors,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    return rates, ways


def factor_of(name: str) -> str:
    """The part of a face that an attribute is about: "face-open-mouth" -> "mouth"; of any other
    assessor, its name."""
    found = PROPERTIES.get(name.removeprefix("face-").replace("-", "_"))
    return name if found is None else found[0]


def _all_ways(
    here: Prepared, target: Assessor, ways: Sequence[Way], seed: int, progress: Progress | None
) -> list[Followed]:
    """Every way for one attribute, and the true direction where that is known."""
    course = here.course
    others = [a for a in course.assessors if factor_of(a.name) != factor_of(target.name)]
    names = [other.name for other in others]
    axis = here.axes.get(target.name)
    found, baseline = [], None
    for j, way in enumerate(ways):
        if course.cancel is not None and course.cancel():
            raise Cancelled(f"stopped before {way.name} of {target.name}")
        if progress is not None:
            progress(j, len(ways), f"{target.title}: {way.name}")
        hold = others if way.hold else []
        direction = _direction(course, here.samples, target, hold, way, seed)
        walk, ends = course.follow(direction, target)
        method = direction_method(way.method)
        about = (way.name, method.title, method.control)
        found.append(judged(course, walk, ends, target, names, about, baseline, axis))
        if way.name == BASELINE:
            baseline = walk
    if axis is not None:
        written = Direction(
            axis.astype(np.float32),
            "latents",
            TRUTH,
            target.name,
            "1 standard deviation of the latents along it",
        )
        walk, ends = course.follow(written, target)
        about = (TRUTH, "The direction that the generator was given", False)
        found.append(judged(course, walk, ends, target, names, about, None, axis))
    return found


def _direction(
    course: Course,
    samples: Samples,
    target: Assessor,
    hold: Sequence[Assessor],
    way: Way,
    seed: int,
) -> Direction:
    """What the way finds; of directions that know no assessor the one that goes with this one."""
    method = direction_method(way.method)
    search = find_direction(
        course.generator,
        way.method,
        target,
        space=way.space,
        hold=hold,
        samples=samples,
        seed=seed,
        cancel=course.cancel,
        **way.settings,
    )
    if method.needs != "nothing":
        return search.direction
    return going_with(course.generator, search.directions, samples, target)


def _varied(
    assessors: Sequence[Assessor], samples: Samples
) -> tuple[list[Assessor], dict[str, str]]:
    """The attributes of which the generator draws both sides; the others, with the reason."""
    usable, left_out = [], {}
    for assessor in assessors:
        scores = samples.of(assessor)
        share = float((scores > 0).mean()) if assessor.range[0] < 0 else 0.5
        if not RARE <= share <= 1 - RARE or samples.spread(assessor.name) < 1e-6:
            left_out[assessor.name] = f"the generator draws it on {100 * share:.0f} % of its faces"
            continue
        high_side(scores, assessor.range[0])
        usable.append(assessor)
    return usable, left_out
