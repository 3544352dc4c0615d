"""Edits as one line of text, as links, commands and endpoints carry them.

==============================  ==================================================================
``redraw:glasses=round|square``  glasses changed from anything else to one of these
``redraw:glasses=none>round``    ... from none to round ones
``property:smile``               the face gets a property of ``worlds.avatars.PROPERTIES``
``picture:blur@mouth=0.06``      a change of ``pictures.CHANGES`` in a region, by an amount
``direction:face-glasses=2``     two steps along the generator's direction that raises an assessor
``styles:0-3=17``                layers 0 to 3 take the styles of the face of seed 17
==============================  ==================================================================
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.assessors.assessors import assessor as assessor_named
from genlens.models.assessors.shipped import FACE_PROPERTIES, ShippedAssessor
from genlens.models.contracts import Assessor, Generator
from genlens.steering.directions.linear import LEAST_SIDE
from genlens.steering.directions.methods import find_direction
from genlens.steering.directions.samples import draw_samples
from genlens.steering.hypotheses.edits.edit import Edit
from genlens.steering.hypotheses.edits.faces import Drawn, Sampled
from genlens.steering.hypotheses.edits.generators import MoveAlong, SwapStyles
from genlens.steering.hypotheses.edits.pictures import ChangePicture
from genlens.steering.hypotheses.edits.redraw import Redraw

LONGEST = 300
KINDS = ("redraw", "property", "picture", "direction", "styles")
LEARNED_FROM = 500
"""Pictures that a direction is learned from."""
DIRECTION_SEED = 4_000
"""Of these pictures: other faces than those of a test."""


def edit_of(
    text: str,
    generator: Generator | None = None,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Edit:
    """The edit that ``text`` names.

    Args:
        generator: what directions and styles need, and whose faces pictures are changed of; None
            takes drawn faces.

    Raises:
        InputError: no such edit, or one that needs a generator; the message says how to write it.
        Cancelled: ``cancel()`` said so.
    """
    text = text.strip()
    kind, colon, rest = text.partition(":")
    if not colon or kind not in KINDS or len(text) > LONGEST:
        raise InputError(
            f"{text[:60]!r} names no edit: write for example property:glasses, "
            "redraw:hair_colour=silver, picture:blur@mouth=0.06, direction:face-glasses=2 or "
            "styles:0-3=17"
        )
    if kind == "property":
        return Redraw.of_property(rest)
    if kind == "redraw":
        return _redraw(rest)
    if kind == "picture":
        return _picture(rest, generator)
    if generator is None:
        raise InputError(f"{kind} needs a generator: choose one, such as avatars-gan")
    if kind == "styles":
        return _styles(rest, generator)
    name, amount = _split(rest, "direction:face-glasses=2")
    return direction_edit(
        generator, assessor_named(name), _number(amount, "alpha"), progress=progress, cancel=cancel
    )


def direction_edit(
    generator: Generator,
    raised: Assessor,
    alpha: float,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> MoveAlong:
    """``alpha`` steps along the direction in styles that a logistic regression finds for
    ``raised``, with the properties of other parts of the face held still.

    Raises:
        InputError: see ``find_direction`` and ``MoveAlong``.
    """
    part = raised.head if isinstance(raised, ShippedAssessor) else ""
    others = [each for each in watched() if each.head != part]
    samples = draw_samples(
        generator, [raised, *others], LEARNED_FROM, DIRECTION_SEED, progress=progress,
        cancel=cancel,
    )  # fmt: skip
    hold = [each for each in others if _told_apart(samples.of(each))]
    direction = find_direction(
        generator, "logistic", raised, space="styles", hold=hold, samples=samples, cancel=cancel
    ).direction
    related = {each.name: 0 for each in watched() if each.head == part}
    return MoveAlong(
        generator,
        replace(direction, title=raised.title),
        alpha,
        {**related, raised.name: 1 if alpha > 0 else -1},
    )


def watched(judged: Assessor | None = None) -> list[ShippedAssessor]:
    """The properties of a drawn face that can be read here, to watch what an edit leaves alone;
    without the one that is ``judged``."""
    name = "" if judged is None else judged.name
    return [each for each in FACE_PROPERTIES if not each.missing() and each.name != name]


def _told_apart(scores: np.ndarray) -> bool:
    """Whether both sides of a property are there often enough to learn from."""
    return min((scores > 0).sum(), (scores <= 0).sum()) >= LEAST_SIDE


def _redraw(text: str) -> Redraw:
    factor, values = _split(text, "redraw:glasses=round|square")
    off, arrow, on = values.rpartition(">")
    return Redraw(factor, _listed(on), _listed(off) if arrow else ())


def _picture(text: str, generator: Generator | None) -> ChangePicture:
    place, _, amount = text.partition("=")
    change, _, region = place.partition("@")
    faces = Drawn() if generator is None else Sampled(generator)
    return ChangePicture(
        faces,
        change,
        region.replace("_", " ") or "whole picture",
        _number(amount, "the amount") if amount else None,
    )


def _styles(text: str, generator: Generator) -> SwapStyles:
    span, seed = _split(text, "styles:0-3=17")
    first, dash, last = span.partition("-")
    low = _whole(first, "a layer")
    high = _whole(last, "a layer") if dash else low
    if high - low > len(generator.layers):
        raise InputError(f"layers {span} go beyond the {len(generator.layers)} that there are")
    return SwapStyles(generator, range(low, high + 1), _whole(seed, "the reference"))


def _split(text: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise InputError(f"{text[:60]!r} says half of an edit: write for example {example}")
    return name.strip(), value.strip()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in text.split("|") if value.strip())


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{what} is {text[:20]!r}: write a number") from error


def _whole(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InputError(f"{what} is {text[:20]!r}: write a whole number from 0")
    return int(text)
