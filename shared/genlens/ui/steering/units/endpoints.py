"""Units for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from genlens.common.checks import yes_or_no
from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.steering.results import Units
from genlens.steering.units.concepts import Concepts
from genlens.steering.units.effects import unit_effect
from genlens.steering.units.layers import unit_layers
from genlens.steering.units.paint import paint, places
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed, whole_number
from genlens.ui.steering import assessors
from genlens.ui.steering.generators import generator
from genlens.ui.steering.shown import shown
from genlens.ui.steering.units import known


def api_find_units(
    model: str, layer: str = "", concepts: str = "", samples: float = known.SAMPLES
) -> dict[str, Any]:
    """What the units of a generator's layer stand for (GAN dissection).

    Args:
        model: id of the generator, for example "avatars-gan" (see /steering_choices).
        layer: one of the answer's layers; the middle one without it.
        concepts: "colours", "objects, cut out by SAM" (slow), or "parts of a face" for cartoon
            faces; the best fitting without it.
        samples: pictures to compare on, 10 to 400.

    Returns:
        layers; layer; concepts; iou, control (the same with other pictures' pixels), threshold and
        quantile (a row for each unit, a column for each concept); seen (share of pixels).
    """
    drawn = generator(model)
    units, _ = _units(model, layer, concepts, samples)
    return {"layers": list(unit_layers(drawn)), **units.to_dict()}


def api_paint_units(
    model: str,
    face: str = "0",
    concept: str = "",
    units: list[int] | None = None,
    on: bool = False,
    region: list[list[float]] | None = None,
    layer: str = "",
    concepts: str = "",
) -> dict[str, Any]:
    """Switch units of a layer on or off inside a region of a face (GANPaint).

    Args:
        model: id of the generator (see /steering_choices).
        face: its address, such as "7" (see /draw_faces).
        concept: whose 8 best units are switched; see /find_units.
        units: numbers of units, instead of a concept's best.
        on: switch them on (true) or off.
        region: rows of 0 and 1, of any size (at most 512 a side), laid over the face; the whole
            picture without it.
        layer: one of /find_units; the middle one without it.
        concepts: the set of concepts, as of /find_units.

    Returns:
        before and after (PNG data addresses); units; inside and outside (changes of pixels); had
        and has (the concept's share of the region, none without a concept).
    """
    found, which = _units(model, layer, concepts, known.SAMPLES)
    if not concept and not units:
        raise InputError("name a concept or units: nothing says what to switch")
    if concept and concept not in found.concepts:
        raise InputError(f"{concept[:40]!r} is no concept: take {', '.join(found.concepts)}")
    picks = listed("units", units) if units else [int(u) for u in found.best(concept, 8)]
    now = shown(model, face, assessors.choices()[0][1])
    made = paint(
        now.generator, now.styles[None], found, [whole_number("a unit", u) for u in picks],
        _mask(region), on=yes_or_no("on", on), concept=concept, concepts=which if concept else None,
    )  # fmt: skip
    pictures = {"before": picture_uri(made.before), "after": picture_uri(made.after)}
    return {**made.to_dict(), **pictures}


def api_unit_effect(
    model: str,
    concept: str,
    units: list[int] | None = None,
    samples: float = 100,
    layer: str = "",
    concepts: str = "",
) -> dict[str, Any]:
    """Do units cause what they stand for? Switched off, on, and place by place.

    Args:
        model: id of the generator (see /steering_choices).
        concept: one of /find_units.
        units: their numbers; the concept's 8 best without it.
        samples: pictures, 2 to 400.
        layer: one of /find_units; the middle one without it.
        concepts: the set of concepts, as of /find_units.

    Returns:
        ablate and insert (change and control, each with value, low, high, n; unit), and places
        (gained, low, high, refused: a row for each row of a raster over the picture).
    """
    found, which = _units(model, layer, concepts, known.SAMPLES)
    if concept not in found.concepts:
        raise InputError(f"{concept[:40]!r} is no concept: take {', '.join(found.concepts)}")
    n = whole_number("samples", samples)
    if n > known.MOST:
        raise InputError(f"samples is {n}: take at most {known.MOST}")
    picks = listed("units", units) if units else [int(u) for u in found.best(concept, 8)]
    picks = [whole_number("a unit", u) for u in picks]
    drawn = generator(model)
    effects = {
        action: unit_effect(
            drawn, found, picks, concept, action, which, n=n, cancel=stopped
        ).to_dict()
        for action in ("ablate", "insert")
    }
    tried = places(drawn, found, picks, concept, which, cancel=stopped)
    return {**effects, "places": tried.to_dict()}


def _units(model: str, layer: str, concepts: str, samples: float) -> tuple[Units, Concepts]:
    drawn = generator(model)
    which = known.concepts_named(drawn, concepts, cancel=stopped)
    n = whole_number("samples", samples)
    layer = layer or known.middle_layer(drawn)
    return known.units_of(drawn, layer, which, n, cancel=stopped), which


def _mask(region: list[list[float]] | None) -> np.ndarray:
    if region is None:
        return np.ones((2, 2), bool)
    rows = [listed("a row of region", row) for row in listed("region", region)]
    if not rows or len({len(row) for row in rows}) != 1 or not 1 <= len(rows[0]) <= 512:
        raise InputError("region has rows of different lengths or none: pass rows of 0 and 1")
    if len(rows) > 512 or not all(value in (0, 1) for row in rows for value in row):
        raise InputError("region holds something else than 0 and 1, or more than 512 rows")
    return np.array(rows, bool)


ENDPOINTS: dict[str, Callable[..., Any]] = {
    "find_units": api_find_units,
    "paint_units": api_paint_units,
    "unit_effect": api_unit_effect,
}
"""By their public names."""
