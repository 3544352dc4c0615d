"""One direction followed on many faces: how surely it does what it says, and what else it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.estimates import exact, jackknife
from genlens.common.measures import Measure, mean
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.models.contracts import Assessor, Distance, Generator
from genlens.steering.results import Direction
from genlens.steering.walks.measures import curve_of, leakage_of, slopes
from genlens.steering.walks.ordinary import Ordinary
from genlens.steering.walks.reach import measure_reach
from genlens.steering.walks.walk import Walk, take_walk

SURE = 0.9
"""The share of monotone faces that the aim asks for."""


@dataclass(frozen=True)
class Followed(Record):
    """A direction of ``method`` for ``attribute``, on faces that it was not learned from.

    ``monotone``: the share of faces whose score rises to the end of the reach and never turns back.
    ``rise``: the score's change from end to end, ``slope`` per alpha. ``leakage``: the mean size of
    what it does to the other attributes, in standard deviations of each per one of its own; their
    changes cancel over faces in it, and do not in ``unsigned``. ``less``: leakage less that of the
    baseline on the same faces (below 0: it leaks less). ``worst`` is the attribute that it moves
    most, ``ends`` why the reach ends where it does. ``cosine``: with the direction that the
    attribute truly has, None where that is not known. ``good``: at least 9 in 10 faces are monotone
    and it leaks less than the baseline; a control must not be.
    """

    also_written = ("good",)

    attribute: str
    title: str
    method: str
    method_title: str
    control: bool
    monotone: Measure
    rise: Measure
    slope: Measure
    leakage: Measure
    unsigned: Measure
    less: Measure | None
    worst: str
    low: float
    high: float
    unit: str
    ends: tuple[str, str]
    cosine: Measure | None = None

    @property
    def good(self) -> bool:
        """Whether it does what the aim asks for."""
        return self.monotone.value >= SURE and self.less is not None and self.less.value < 0


@dataclass(frozen=True)
class Course:
    """What all directions are followed with: the faces' ``seeds``, those that measure the
    ``reach``, the pictures a direction gets, and standard deviations of all scores."""

    generator: Generator
    assessors: Sequence[Assessor]
    seeds: Sequence[int]
    reach: Sequence[int]
    steps: int
    tried: int
    distance: Distance
    ordinary: Ordinary
    spreads: Mapping[str, float]
    cancel: Cancel | None = None

    def follow(self, direction: Direction, target: Assessor) -> tuple[Walk, tuple[str, str]]:
        """The walk to the ends of the measured reach, and why it ends there."""
        reach = measure_reach(
            self.generator,
            direction,
            target,
            seeds=self.reach,
            steps=self.steps,
            tried=self.tried,
            distance=self.distance,
            ordinary=self.ordinary,
            cancel=self.cancel,
        )
        walk = take_walk(
            self.generator,
            direction,
            self.seeds,
            reach.steps,
            self.assessors,
            distance=self.distance,
            cancel=self.cancel,
        )
        return walk, (reach.why_low, reach.why_high)


def judged(
    course: Course,
    walk: Walk,
    ends: tuple[str, str],
    target: Assessor,
    others: Sequence[str],
    method: tuple[str, str, bool],
    baseline: Walk | None,
    axis: np.ndarray | None = None,
) -> Followed:
    """What ``walk`` says of its direction; ``others`` are the attributes that should stay,
    ``method`` its name, its title and whether it is a control, ``axis`` the true direction."""
    name, title, control = method
    curve = curve_of(walk, target.name, course.spreads[target.name])
    rows = walk.scores[target.name]
    leak = leakage_of(walk, target.name, course.spreads).leaks
    worst = max(others, key=lambda n: abs(leak[n].value), default="")
    own = _Leak(course, walk, target.name, others)
    less = None
    if baseline is not None:
        theirs = _Leak(course, baseline, target.name, others)
        less = jackknife(lambda faces: own(faces) - theirs(faces), len(rows))
    size = _Leak(course, walk, target.name, others, signed=False)
    return Followed(
        attribute=target.name,
        title=target.title,
        method=name,
        method_title=title,
        control=control,
        monotone=curve.monotone,
        rise=mean((rows[:, -1] - rows[:, 0]).tolist()),
        slope=curve.slope,
        leakage=jackknife(own, len(rows)),
        unsigned=jackknife(size, len(rows)),
        less=less,
        worst=worst,
        low=float(walk.alphas[0]),
        high=float(walk.alphas[-1]),
        unit=walk.direction.unit,
        ends=ends,
        cosine=_cosine(walk.direction, axis),
    )


def _cosine(direction: Direction, axis: np.ndarray | None) -> Measure | None:
    """None where nothing is known of the truth, or in another space than the latents'."""
    if axis is None or direction.space != "latents":
        return None
    found = direction.vector.reshape(-1).astype(np.float64)
    return exact(float(found @ axis / np.linalg.norm(found) / np.linalg.norm(axis)), 1)


class _Leak:
    """(faces) -> the mean over ``others`` of the size of their slope per that of the target."""

    def __init__(
        self, course: Course, walk: Walk, target: str, others: Sequence[str], signed: bool = True
    ) -> None:
        every = np.array(
            [slopes(walk.scores[n], walk.alphas) / course.spreads[n] for n in (target, *others)]
        )
        self._rows = every if signed else np.abs(every)  # (1 + others, faces)

    def __call__(self, faces: np.ndarray) -> float:
        sums = self._rows[:, faces].sum(axis=1)
        return float(np.abs(sums[1:] / sums[0]).mean()) if len(sums) > 1 else float("nan")
