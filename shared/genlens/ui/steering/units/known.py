"""What the tab about units works out: a layer's units against concepts, once, and regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.catalog import load, weights_folder
from genlens.models.contracts import Generator, Segmenter
from genlens.models.memory import MEMORY
from genlens.steering.drawn import draw, random_styles
from genlens.steering.results import Units
from genlens.steering.units.concepts import (
    OBJECTS,
    Concepts,
    ObjectConcepts,
    concepts_for,
    objects,
)
from genlens.steering.units.dissect import dissect
from genlens.steering.units.layers import recorded, unit_layers, unit_module
from genlens.ui.steering.shown import Shown

SAMPLES, FEWEST, MOST = 60, 10, 400
SEGMENTER, EXAMPLES, OBJECTS_SEED = "emoji-sam", 24, 11
"""What cuts out objects, and the pictures that kinds of objects are told apart on."""
BRUSHED, SEEN, WHOLE = "what you brushed", "where the concept is seen", "the whole picture"
_PARTS: dict[str, tuple[slice, slice]] = {
    "the top half": (slice(0, 16), slice(0, 32)),
    "the bottom half": (slice(16, 32), slice(0, 32)),
    "the left half": (slice(0, 32), slice(0, 16)),
    "the right half": (slice(0, 32), slice(16, 32)),
}
REGIONS = (SEEN, BRUSHED, WHOLE, *_PARTS)


def middle_layer(generator: Generator) -> str:
    """The layer to begin with: the middle one, where units stand for parts of things."""
    layers = unit_layers(generator)
    return layers[len(layers) // 2]


def concept_titles(generator: Generator) -> list[str]:
    """Titles of the sets of concepts that there are for a generator, best first."""
    return [*concepts_for(generator), *([OBJECTS] if weights_folder(SEGMENTER).is_dir() else [])]


def concepts_named(
    generator: Generator,
    title: str,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Concepts:
    """The set of concepts ``title``; "" takes the first. Objects are found once for a generator.

    Raises:
        InputError: there is none of that name for this generator.
        Cancelled: ``cancel()`` said so.
    """
    titles = concept_titles(generator)
    chosen = title or titles[0]
    if chosen not in titles:
        raise InputError(f"there are no concepts {title[:40]!r} here: take {', '.join(titles)}")
    if chosen != OBJECTS:
        return concepts_for(generator)[chosen]

    def work() -> ObjectConcepts:
        styles = random_styles(generator, EXAMPLES, OBJECTS_SEED)
        pictures = draw(generator, styles, cancel=cancel)
        segmenter: Segmenter = load(SEGMENTER, contract="Segmenter")
        return objects(segmenter, pictures, progress=progress, cancel=cancel)

    card = generator.card
    key = ("objects", *card.key)
    return replace(MEMORY.get(key, work) if card.revision else work(), cancel=cancel)


def units_of(
    generator: Generator,
    layer: str,
    concepts: Concepts,
    n: int,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Units:
    """``dissect`` on ``n`` pictures, kept for the next visitor.

    Raises:
        InputError: no such layer, or a number of pictures out of range.
        Cancelled: ``cancel()`` said so.
    """
    if not FEWEST <= n <= MOST:
        raise InputError(f"pictures is {n}: take {FEWEST} to {MOST}")

    def work() -> Units:
        return dissect(generator, layer, concepts, n=n, progress=progress, cancel=cancel)

    card = generator.card
    if not card.revision:
        return work()
    key = ("units", *card.key, layer, concepts.title, n)
    return MEMORY.get(key, work)


@torch.no_grad()
def places_on(now: Shown, units: Units) -> Mapping[str, np.ndarray]:
    """Concept -> (h, w) bool: where its best unit is on in the face on screen."""
    with recorded(unit_module(now.generator, units.layer)) as kept:
        size = now.generator.synthesize(now.styles[None]).shape[2:]
    maps = F.interpolate(kept[-1].float(), tuple(size), mode="bilinear")[0].cpu().numpy()
    found = {}
    for c, concept in enumerate(units.concepts):
        unit = int(units.best(concept)[0])
        found[concept] = maps[unit] > units.threshold[unit, c]
    return found


def region_of(
    name: str, brushed: Mapping[str, Any] | None, now: Shown, concept: str, concepts: Concepts
) -> np.ndarray:
    """(h, w) bool.

    Raises:
        InputError: nothing was brushed, the concept is not seen, or no such region.
    """
    if name == WHOLE:
        return np.ones((2, 2), bool)
    if name in _PARTS:
        region = np.zeros((32, 32), bool)
        region[_PARTS[name]] = True
        return region
    if name == SEEN:
        mask = concepts.masks(torch.from_numpy(now.image)[None])[0]
        seen = mask[list(concepts.names).index(concept)].numpy()
        if not seen.any():
            raise InputError(
                f"{concept!r} is not seen in this face: brush a region, choose another one, or "
                "another face"
            )
        return np.asarray(seen)
    if name != BRUSHED:
        raise InputError(f"there is no region {str(name)[:40]!r}: take {', '.join(REGIONS)}")
    layers = [np.asarray(each) for each in (brushed or {}).get("layers") or []]
    strokes = [each[..., 3] > 0 for each in layers if each.ndim == 3 and each.shape[2] == 4]
    if not strokes or not np.any(strokes):
        raise InputError("nothing is brushed yet: paint over the part of the face to change")
    return np.asarray(np.any(strokes, axis=0))


def chosen_units(text: str, units: Units, concept: str, count: int) -> list[int]:
    """The unit numbers that ``text`` lists ("3, 17"), or the ``count`` best for ``concept``.

    Raises:
        InputError: something in the list is no number.
    """
    if not str(text or "").strip():
        return [int(u) for u in units.best(concept, count)]
    pieces = str(text).replace(";", ",").replace(" ", ",").split(",")
    numbers = [piece for piece in pieces if piece]
    if not all(piece.isascii() and piece.isdigit() and len(piece) < 7 for piece in numbers):
        raise InputError(f"units are {str(text)[:40]!r}: list their numbers, such as 3, 17")
    return [int(piece) for piece in numbers]
