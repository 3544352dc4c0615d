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

import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import Cancelled, InputError
from genlens.models.assessors.shipped import FACE_PROPERTIES
from genlens.models.contracts import Assessor, Generator
from genlens.steering.directions.linear import high_side
from genlens.steering.directions.methods import direction_method, find_direction
from genlens.steering.directions.places import going_with
from genlens.steering.directions.samples import Samples, draw_samples
from genlens.steering.evaluation.followed import Course, Followed, judged
from genlens.steering.evaluation.foreign import ForeignRates, foreign_rates, known_pictures
from genlens.steering.evaluation.projections import ProjectionWay, projections
from genlens.steering.evaluation.units import UnitsFound, units_found
from genlens.steering.evaluation.ways import (
    BASELINE,
    QUICK_ATTRIBUTES,
    QUICK_WAYS,
    WAYS,
    Way,
)
from genlens.steering.results import Direction
from genlens.steering.walks.drift import drift_distance
from genlens.steering.walks.ordinary import ordinary_of
from genlens.worlds.avatars import PROPERTIES

GENERATOR = "avatars-gan"
FACES, QUICK_FACES, MOST_FACES = 30, 10, 200
PICTURES, QUICK_PICTURES = 2000, 500
UNIT_PICTURES, QUICK_UNIT_PICTURES = 100, 12
FOUND = 12
"""Pictures of each kind that are looked for in the generator."""
SOUGHT = "pictures to look for in it"
RARE = 0.04
"""An attribute with fewer faces than that on one side is left out: nothing can be learned of it."""
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

    Raises:
        InputError: a number out of range.
        ModelError: weights that are there but cannot be used.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    started = time.perf_counter()
    n = whole(
        "the number of faces", (QUICK_FACES if quick else FACES) if n is None else n, 6, MOST_FACES
    )
    seed = whole("seed", seed, 0, MAX_SEED // 2)
    pictures = QUICK_PICTURES if quick else PICTURES
    every = tuple(FACE_PROPERTIES if assessors is None else assessors)
    left_out = _missing(generator, every)
    followed: list[Followed] = []
    units: UnitsFound | None = None
    ways: tuple[ProjectionWay, ...] = ()
    foreign: ForeignRates | None = None
    distance = drift_distance()
    if not left_out:
        model = generator or _shipped()
        samples = draw_samples(
            model,
            every,
            QUICK_PICTURES if quick else PICTURES,
            seed,
            progress=progress,
            cancel=cancel,
        )
        usable, left_out = _varied(every, samples)
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
        targets = [a for a in usable if not quick or assessors or a.name in QUICK_ATTRIBUTES]
        methods = QUICK_WAYS if quick else WAYS
        for i, target in enumerate(targets):
            followed += _all_ways(course, samples, target, methods, seed, i, len(targets), progress)
        units = units_found(
            model, QUICK_UNIT_PICTURES if quick else UNIT_PICTURES, seed, rounds=1 if quick else 5,
            progress=progress, cancel=cancel,
        )  # fmt: skip
        try:
            if quick:
                left_out[SOUGHT] = "a quick look has no time for it"
            else:
                foreign, ways = _found_again(model, seed, progress, cancel)
        except InputError as error:
            left_out[SOUGHT] = str(error)
    return SteeringEvaluation(
        n=n,
        quick=quick,
        generator=GENERATOR if generator is None else generator.card.id,
        distance=distance.title,
        followed=tuple(followed),
        reached=reached(followed),
        fooled=tuple(f"{f.method}, {f.title}" for f in followed if f.control and f.good),
        wanted=WANTED,
        left_out=left_out,
        units=units,
        projections=ways,
        foreign=foreign,
        made_by=MadeBy(
            model=GENERATOR if generator is None else generator.card.id,
            seed=seed,
            settings={"threads": torch.get_num_threads(), "pictures": pictures},
            seconds=seconds_since(started),
        ),
    )


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


def reached(followed: Sequence[Followed]) -> tuple[str, ...]:
    """The attributes for which a method that is no control is good."""
    return tuple(dict.fromkeys(f.attribute for f in followed if f.good and not f.control))


def factor_of(name: str) -> str:
    """The part of a face that an attribute is about: "face-open-mouth" -> "mouth"; of any other
    assessor, its name."""
    found = PROPERTIES.get(name.removeprefix("face-").replace("-", "_"))
    return name if found is None else found[0]


def _all_ways(
    course: Course,
    samples: Samples,
    target: Assessor,
    ways: Sequence[Way],
    seed: int,
    place: int,
    places: int,
    progress: Progress | None,
) -> list[Followed]:
    """Every way for one attribute."""
    others = [a for a in course.assessors if factor_of(a.name) != factor_of(target.name)]
    found, baseline = [], None
    for j, way in enumerate(ways):
        if course.cancel is not None and course.cancel():
            raise Cancelled(f"stopped before {way.name} of {target.name}")
        if progress is not None:
            done = place * len(ways) + j
            progress(done, places * len(ways), f"{target.title}: {way.name}")
        direction = _direction(course, samples, target, others if way.hold else [], way, seed)
        walk, ends = course.follow(direction, target)
        method = direction_method(way.method)
        names = [other.name for other in others]
        found.append(judged(course, walk, ends, target, names, method, way.name, baseline))
        if way.name == BASELINE:
            baseline = walk
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
