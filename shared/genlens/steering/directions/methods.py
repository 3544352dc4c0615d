"""Every way to find directions, by name.

    find_direction(generator, "svm", smile, space="styles", hold=[glasses]).direction

A new way is a function and a ``DirectionMethod`` in a module of its own, and one line of
``DIRECTION_METHODS``: pages, notes, tables and tests read the rest from the object.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genlens.common.checks import whole
from genlens.common.estimates import jackknife
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure
from genlens.common.progress import Cancel, Progress
from genlens.common.records import seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Classed, Generator
from genlens.steering.directions.axes import PCA
from genlens.steering.directions.chance import RANDOM
from genlens.steering.directions.factors import SEFA
from genlens.steering.directions.ganalyze import GANALYZE, by_class
from genlens.steering.directions.linear import LOGISTIC, SHUFFLED, SVM
from genlens.steering.directions.method import DirectionMethod, Found, Task, Watch
from genlens.steering.directions.samples import Samples, draw_samples
from genlens.steering.directions.space import SPACES, CodeSpace
from genlens.steering.drawn import ready
from genlens.steering.results import Direction, Search, Space

DIRECTION_METHODS: dict[str, DirectionMethod] = {
    method.name: method for method in (GANALYZE, LOGISTIC, SVM, SEFA, PCA, RANDOM, SHUFFLED)
}
"""All methods, in the order in which a page lists them."""


def direction_method(name: str) -> DirectionMethod:
    """The method called ``name``.

    Raises:
        InputError: no method has that name.
    """
    if name not in DIRECTION_METHODS:
        raise InputError(f"there is no method {name!r}: take one of {', '.join(DIRECTION_METHODS)}")
    return DIRECTION_METHODS[name]


def find_direction(
    generator: Generator,
    method: str,
    assessor: Assessor | None = None,
    *,
    space: Space = "latents",
    layers: Sequence[int] | None = None,
    hold: Sequence[Assessor] = (),
    samples: Samples | None = None,
    seed: int = 0,
    watch: Watch | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Search:
    """Directions of ``generator`` by one method.

    Args:
        method: a key of ``DIRECTION_METHODS``.
        assessor: what the direction shall raise; None for methods that need nothing.
        space: "latents" or "styles".
        layers: of styles, those that are moved; None for all.
        hold: assessors whose scores shall stay, by conditional projection ("logistic", "svm").
        samples: scored pictures to learn from, where some were drawn; else ``n`` are.
        seed: of whatever is drawn.
        watch: gets the losses of a training so far after every step.
        settings: of the method (``DIRECTION_METHODS[method].settings``).

    Raises:
        InputError: no such method, space, layer or setting, an assessor is missing, has too few
            scores, all alike, or no gradients, or nothing is left of the direction.
        ModelError: NaN or infinity came out of generator or assessor.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    chosen, where = direction_method(method), CodeSpace(generator, space, layers)
    own = chosen.checked(settings)
    seed = whole("seed", seed, 0, MAX_SEED)
    hold = tuple(hold)
    _fits(chosen, where, assessor, hold)
    if assessor is not None and chosen.needs == "scores" and samples is None:
        asked = list({a.name: a for a in (assessor, *hold)}.values())
        samples = draw_samples(generator, asked, own["n"], seed, progress=progress, cancel=cancel)
    task = Task(where, assessor, hold, samples, seed, watch, progress, cancel)
    found = chosen.function(task, **own)
    return _search(chosen, task, found, own, started)


def find_by_class(
    generators: Mapping[str, Generator],
    assessor: Assessor,
    *,
    space: Space = "latents",
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Search:
    """GANalyze's class-dependent form: a direction for each of ``generators``, the same generator
    at each of its classes, by name.

    Raises:
        InputError: no generator, or as ``find_direction``.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    if not generators:
        raise InputError("there is no class: pass the generator at one of its classes or more")
    where = CodeSpace(next(iter(generators.values())), space)
    _fits(GANALYZE, where, assessor, ())
    own = GANALYZE.checked(settings)
    task = Task(where, assessor, seed=seed, progress=progress, cancel=cancel)
    return _search(GANALYZE, task, by_class(task, generators, **own), own, started)


def _fits(
    method: DirectionMethod, where: CodeSpace, assessor: Assessor | None, hold: tuple[Assessor, ...]
) -> None:
    """InputError unless the method can be asked this."""
    if where.space not in method.spaces:
        raise InputError(
            f"{method.title} works in {' and '.join(SPACES[s] for s in method.spaces)}: take "
            f"space={method.spaces[0]!r}"
        )
    if method.needs != "nothing":
        if assessor is None:
            raise InputError(
                f"{method.title} needs an assessor: say what the direction shall raise"
            )
        ready(assessor)
    if hold and not method.holds:
        able = ", ".join(m.name for m in DIRECTION_METHODS.values() if m.holds)
        raise InputError(f"{method.title} cannot hold other properties still: take {able}")
    if assessor is not None and any(other.name == assessor.name for other in hold):
        raise InputError(f"{assessor.title} cannot be raised and held still at once")


def _search(
    method: DirectionMethod, task: Task, found: Found, settings: Mapping[str, Any], started: float
) -> Search:
    generator, space = task.space.generator, task.space.space
    target = task.assessor.name if task.assessor is not None and method.needs != "nothing" else ""
    about = {"method": method.name, "space": space, "layers": list(task.space.layers), **settings}
    about |= {"hold": [other.name for other in task.hold]} if method.holds else {}
    about |= {"class": generator.label} if isinstance(generator, Classed) else {}
    if task.samples is not None:
        about["n"] = len(task.samples)
    made = generator.card.made_by(
        generator.device, seed=task.seed, settings=about, seconds=seconds_since(started)
    )
    directions = tuple(
        Direction(
            vector=task.space.as_vector(row),
            space=space,
            method=method.name,
            target=target,
            unit=method.unit.format(space),
            normed=method.normed and space == "latents",
            order=i,
            title=title,
            made_by=made,
        )
        for i, (row, title) in enumerate(zip(found.rows, found.titles, strict=True))
    )
    return Search(
        directions=directions,
        losses=np.array(found.losses),
        held_out=_area(found.held_out, found.left_out),
        cosines=dict(found.cosines),
        notes=found.notes,
        made_by=made,
    )


def _area(
    held_out: tuple[np.ndarray, np.ndarray] | None, left_out: Mapping[str, int]
) -> Measure | None:
    """The area under the ROC curve of held-out pictures' places along the direction against
    whether their score is high: 1 tells all apart, 0.5 none."""
    if held_out is None:
        return None
    from sklearn.metrics import roc_auc_score

    places, high = held_out

    def area(rows: np.ndarray) -> float:
        sides = high[rows]
        return float(roc_auc_score(sides, places[rows])) if 0 < sides.sum() < len(sides) else np.nan

    found = jackknife(area, len(places)).within(0.0, 1.0)
    return Measure(found.value, found.low, found.high, found.n, dict(left_out))
