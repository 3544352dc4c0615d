"""The three desiderata of the generator at hand, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from genlens.common.measures import Measure
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled
from genlens.models.assessors.assessors import ASSESSORS, STATISTICS
from genlens.models.assessors.checks import squared
from genlens.models.assessors.shipped import FACE_PROPERTIES
from genlens.models.contracts import Assessor, Generator
from genlens.models.memory import MEMORY
from genlens.steering.desiderata import Editability, editability, spread
from genlens.steering.drawn import draw, random_styles
from genlens.study.worlds import WORLDS, World, world_of

STEERED = ("brightness", "redness", "contrast", "object-size")
"""Statistics whose scores are steered, beside the properties of faces where they can be told."""


@dataclass(frozen=True)
class Measured:
    """``faces`` are figures by the judge of cartoon faces ({} where the generator draws none, or
    the judge is not here); ``variety`` and its ``halves`` are ``spread``'s (None where no true
    pictures are known); ``edits`` says how well it can be steered, by ``assessors``."""

    n: int
    faces: dict[str, Measure]
    variety: Measure | None
    halves: Measure | None
    edits: Editability
    assessors: tuple[Assessor, ...]


def measured(
    generator: Generator, n: int, seed: int, progress: Progress, cancel: Cancel
) -> Measured:
    """The figures, kept for the next who asks.

    Raises:
        InputError: n out of range.
        ModelError: pictures are NaN.
        Cancelled: ``cancel()`` said so.
    """
    card = generator.card
    key = ("desiderata", card.id, card.source, card.revision, str(card.settings), n, seed)
    return MEMORY.get(key, partial(_measure, generator, n, seed, progress, cancel))


def _measure(
    generator: Generator, n: int, seed: int, progress: Progress, cancel: Cancel
) -> Measured:
    hooks: dict[str, Any] = {"progress": progress, "cancel": cancel}
    faces = is_faces(generator)
    listed = steered(faces)
    edits = editability(generator, listed, n, seed, **hooks)
    world = known_world(generator, n)
    variety = halves = None
    if world is not None:
        images = draw(generator, random_styles(generator, n, seed), **hooks)
        known = squared(torch.from_numpy(world.images), generator.image_shape[-1])
        variety, halves = spread(images, known, seed=seed)
    judge = bool(FACE_PROPERTIES) and not FACE_PROPERTIES[0].missing()
    found = _judged(generator, n, seed, progress, cancel) if faces and judge else {}
    return Measured(n, found, variety, halves, edits, listed)


def is_faces(generator: Generator) -> bool:
    """Whether it draws the world's cartoon faces, by its card."""
    return str(generator.card.settings.get("data", "")) == "avatars"


def steered(faces: bool) -> tuple[Assessor, ...]:
    """The assessors whose scores are steered."""
    named = [each for each in STATISTICS if each.name in STEERED]
    properties = [
        each for name, each in ASSESSORS.items() if name.startswith("face-") and not each.missing()
    ]
    return (*named, *(properties if faces else []))


def known_world(generator: Generator, n: int) -> World | None:
    """True pictures of the generator's world; None where its card names none that is known."""
    known = str(generator.card.settings.get("data", "")) in WORLDS
    return world_of(generator, max(n, 20)) if known else None


def _judged(
    generator: Generator, n: int, seed: int, progress: Progress, cancel: Cancel
) -> dict[str, Measure]:
    from genlens.zoo.measures.faces import measure

    def told(done: int, total: int, text: str) -> None:
        if cancel():
            raise Cancelled(f"stopped after {done} of {total} faces")
        progress(done, total, text)

    return measure(generator, n, seed, progress=told)
