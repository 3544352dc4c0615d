"""The three desiderata of the generator at hand, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from genlens.common.measure_rows import branch
from genlens.common.measures import Measure
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, ModelError
from genlens.models.assessors.assessors import STATISTICS
from genlens.models.assessors.checks import squared
from genlens.models.assessors.shipped import FACE_PROPERTIES
from genlens.models.contracts import Assessor, Generator
from genlens.models.memory import MEMORY
from genlens.steering.desiderata import Editability, editability, spread
from genlens.steering.drawn import draw, random_styles
from genlens.study.worlds import WORLDS, world_of
from genlens.ui import cards

STEERED = ("brightness", "redness", "contrast", "object-size")
"""Statistics whose scores are steered, beside the properties of faces where they can be told."""
FACE_FIGURES = ("confident", "ceiling", "mixed", "blurred", "values_found")


@dataclass(frozen=True)
class Measured:
    """``faces`` are figures by the judge of cartoon faces ({} where the generator draws none, or
    they were not measured); ``variety`` and its ``halves`` are ``spread``'s (None where no true
    pictures are known); ``edits`` says how well it can be steered, by ``assessors``."""

    n: int
    faces: Mapping[str, Measure]
    variety: Measure | None
    halves: Measure | None
    edits: Editability
    assessors: tuple[Assessor, ...]


def measured(
    generator: Generator, n: int, seed: int, progress: Progress, cancel: Cancel, *, judge: bool
) -> Measured:
    """The figures, kept for the next who asks. With ``judge`` those of faces are measured too,
    which takes longest; without it they are those that were measured in advance.

    Raises:
        InputError: n out of range.
        ModelError: pictures are NaN.
        Cancelled: ``cancel()`` said so.
    """
    key = ("desiderata", *generator.card.key, n, seed, judge)
    return MEMORY.get(key, partial(_measure, generator, n, seed, progress, cancel, judge))


def _measure(
    generator: Generator, n: int, seed: int, progress: Progress, cancel: Cancel, judge: bool
) -> Measured:
    hooks: dict[str, Any] = {"progress": progress, "cancel": cancel}
    data = str(generator.card.settings.get("data", ""))
    listed = steered(data)
    edits = editability(generator, listed, n, seed, **hooks)
    variety = halves = None
    if data in WORLDS:
        images = draw(generator, random_styles(generator, n, seed), **hooks)
        known = torch.from_numpy(world_of(generator, n).images)
        known = squared(known, generator.image_shape[-1])
        variety, halves = spread(images, known, seed=seed)
    judged = judge and data == "avatars" and not FACE_PROPERTIES[0].missing()
    found = _judged(generator, n, seed, progress, cancel) if judged else stored(generator)
    return Measured(n, found, variety, halves, edits, listed)


def steered(data: str) -> tuple[Assessor, ...]:
    """The assessors whose scores are steered, of a generator of the world ``data``."""
    named = [each for each in STATISTICS if each.name in STEERED]
    properties = [each for each in FACE_PROPERTIES if not each.missing()]
    return (*named, *(properties if data == "avatars" else []))


def stored(generator: Generator) -> dict[str, Measure]:
    """The figures of faces that ``genlens evaluate zoo`` recorded; {} where it did not."""
    if generator.card.source != "embedded":
        return {}
    try:
        numbers = cards.card("zoo") or {}
    except ModelError:  # a damaged file: measured anew by whoever asks for it
        return {}
    known = branch(numbers, "models", generator.card.id)
    return {name: Measure.read(known[name]) for name in FACE_FIGURES if name in known}


def _judged(
    generator: Generator, n: int, seed: int, progress: Progress, cancel: Cancel
) -> dict[str, Measure]:
    from genlens.zoo.measures.faces import measure

    def told(done: int, total: int, text: str) -> None:
        if cancel():
            raise Cancelled(f"stopped after {done} of {total} faces")
        progress(done, total, text)

    return measure(generator, n, seed, progress=told)
