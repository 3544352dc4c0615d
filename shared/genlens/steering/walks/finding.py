"""A direction and all that is measured of it, in one go: what the page, the command line and
programs ask for.

::

    finding = explore(generator, "svm", glasses, others=[smile, skin], space="styles")
    finding.reach.high, finding.curve.monotone, finding.leakage.worst
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Distance, Generator
from genlens.steering.directions.method import Watch
from genlens.steering.directions.methods import direction_method, find_direction
from genlens.steering.directions.places import going_with
from genlens.steering.directions.samples import Samples, draw_samples
from genlens.steering.results import Curve, Direction, Leakage, Reach, Search, Space
from genlens.steering.walks.drift import drift_distance
from genlens.steering.walks.measures import curve_of, leakage_of
from genlens.steering.walks.ordinary import Ordinary, ordinary_of
from genlens.steering.walks.reach import measure_reach
from genlens.steering.walks.walk import Walk, take_walk

FACES = tuple(range(5000, 5012))
"""Seeds of the faces that a direction is measured on, where nothing else is asked for."""


@dataclass(frozen=True)
class Finding(Record):
    """``search`` found ``direction``; along it, how far one gets (``reach``), what the assessor's
    score does (``curve``), and what else changes (``leakage``; None where nothing else was asked).
    ``walk`` has the pictures."""

    search: Search
    direction: Direction
    reach: Reach
    curve: Curve
    leakage: Leakage | None
    distance: str
    walk: Walk | None = field(default=None, metadata=UNWRITTEN)
    made_by: MadeBy = field(default_factory=MadeBy)


def explore(
    generator: Generator,
    method: str,
    assessor: Assessor,
    *,
    others: Sequence[Assessor] = (),
    space: Space = "latents",
    layers: Sequence[int] | None = None,
    hold: Sequence[Assessor] = (),
    order: int | None = None,
    n: int = 2000,
    seed: int = 0,
    faces: Sequence[int] = FACES,
    stops: int = 9,
    samples: Samples | None = None,
    distance: Distance | None = None,
    ordinary: Ordinary | None = None,
    watch: Watch | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Finding:
    """Find a direction for ``assessor``, measure how far it carries, and follow it.

    Args:
        method, space, layers, hold, seed, watch, settings: as for ``find_direction``.
        others: assessors whose scores should stay.
        order: of methods that know no assessor, which of their directions; None takes the one that
            goes most with the score, turned so that it rises, over ``n`` scored pictures.
        n: random pictures to learn from.
        faces: seeds that the direction is followed on.
        stops: pictures of each, evenly spaced in feature distance.
        samples: scored pictures, where they were drawn already (by all of these assessors).
        distance, ordinary: as for ``measure_reach``.

    Raises:
        InputError, ModelError, Cancelled: as ``find_direction`` and ``take_walk``.
    """
    started = time.perf_counter()
    chosen = direction_method(method)
    far = distance or drift_distance()
    asked = list({a.name: a for a in (assessor, *hold, *others)}.values())
    if samples is None and (
        chosen.needs == "scores" or (chosen.needs == "nothing" and order is None)
    ):
        samples = draw_samples(generator, asked, n, seed, progress=progress, cancel=cancel)
    search = find_direction(
        generator, method, assessor, space=space, layers=layers, hold=hold, samples=samples,
        seed=seed, watch=watch, progress=progress, cancel=cancel, **settings,
    )  # fmt: skip
    turns = samples if chosen.needs == "nothing" else None
    direction = _chosen(generator, search, assessor, turns, order)
    usual = ordinary or ordinary_of(generator, far, cancel=cancel)
    reach = measure_reach(
        generator, direction, assessor, steps=stops, distance=far, ordinary=usual,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    walk = take_walk(
        generator, direction, faces, reach.steps, asked, distance=far,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    spreads = _spreads(samples, [a.name for a in asked])
    return Finding(
        search=search,
        direction=direction,
        reach=reach,
        curve=curve_of(walk, assessor.name, spreads.get(assessor.name) if spreads else None),
        leakage=leakage_of(walk, assessor.name, spreads) if len(asked) > 1 else None,
        distance=far.title,
        walk=walk,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={**search.made_by.settings, "faces": len(walk.seeds), "stops": stops},
            seconds=seconds_since(started),
        ),
    )


def _chosen(
    generator: Generator,
    search: Search,
    assessor: Assessor,
    samples: Samples | None,
    order: int | None,
) -> Direction:
    if order is not None:
        if not 0 <= order < len(search.directions):
            raise InputError(
                f"direction {order + 1} was asked for: there are {len(search.directions)}"
            )
        return search.directions[order]
    if samples is None:
        return search.direction
    return going_with(generator, search.directions, samples, assessor)


def _spreads(samples: Samples | None, names: Sequence[str]) -> Mapping[str, float] | None:
    """Standard deviations of the scores over random pictures, where all were scored."""
    if samples is None or not set(names) <= set(samples.scores):
        return None
    return {name: samples.spread(name) for name in names}
