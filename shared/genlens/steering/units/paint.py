"""Painting with units: switched on or off inside a region, everything else as it was (GANPaint).

Bau et al. 2019 (arXiv:1811.10597, section 3.2): inside the region the chosen units are held at 0
("ablation") or at the level they have where the concept is seen ("insertion").
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.steering.drawn import as_styles, draw, random_styles
from genlens.steering.results import Units
from genlens.steering.units.concepts import Concepts
from genlens.steering.units.layers import Override, overridden, unit_module

REFUSED, LEAST = 0.25, 0.05
"""A place that takes less than this share of what the best place takes, or less than 5 % of its
pixels, refuses the concept."""


@dataclass(frozen=True)
class Painted(Record):
    """One picture ``before`` and ``after`` (c, h, w) units were switched in ``region`` (h, w) bool.

    ``inside`` and ``outside`` are the root mean squared changes of pixels (0 to 1) in the region
    and around it: a later layer may spread a change. With a concept, ``had`` and ``has`` are the
    shares of the region that show it.
    """

    before: np.ndarray = field(metadata=UNWRITTEN)
    after: np.ndarray = field(metadata=UNWRITTEN)
    region: np.ndarray = field(metadata=UNWRITTEN)
    layer: str
    units: tuple[int, ...]
    on: bool
    inside: float
    outside: float
    concept: str = ""
    had: float = float("nan")
    has: float = float("nan")
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Places(Record):
    """Where in the picture a concept can be painted: of each cell of a grid, the share of its
    pixels that show the concept afterwards less the share before, as a mean over ``samples``
    pictures, ``gained`` with ``low`` and ``high`` (all (rows, columns)). ``refused`` cells take,
    with their whole interval, less than a quarter of what the best cell takes, or than 5 %."""

    concept: str
    units: tuple[int, ...]
    gained: np.ndarray
    low: np.ndarray
    high: np.ndarray
    refused: np.ndarray
    samples: int
    made_by: MadeBy = field(default_factory=MadeBy)


def paint(
    generator: Generator,
    style: torch.Tensor | np.ndarray,
    units: Units,
    chosen: Sequence[int],
    region: np.ndarray,
    *,
    on: bool,
    concept: str = "",
    concepts: Concepts | None = None,
) -> Painted:
    """Switch the units ``chosen`` of ``units.layer`` inside ``region`` and draw again.

    Args:
        style: (1, layers, d).
        region: (h, w), true inside; any size of the picture's proportions.
        on: at their level (that of ``concept``, or the strong one without a concept), or at 0.
        concepts: what reads the concept's share of the region.

    Raises:
        InputError: no unit, a unit or concept that does not exist, an empty region.
        ModelError: the generator drew NaN.
    """
    started = time.perf_counter()
    given = as_styles(generator, style, "the style")[:1]
    picks = checked_units(units, chosen)
    inside = np.asarray(region).astype(bool)
    if inside.ndim != 2 or not inside.any():
        raise InputError("the region is empty: brush over the part of the picture to change")
    change = override(units, [picks], torch.from_numpy(inside)[None], on=on, concept=concept)
    before = draw(generator, given)
    with overridden(unit_module(generator, units.layer), change):
        after = draw(generator, given)
    place = fitted(inside, before.shape[2:])
    moved = (after - before)[0].square().mean(0).numpy()
    shares = [float("nan")] * 2
    if concept and concepts is not None:
        masks = concepts.masks(torch.cat([before, after]))[:, units.concepts.index(concept)].numpy()
        shares = [float(mask[place].mean()) for mask in masks]
    return Painted(
        before=before[0].numpy(),
        after=after[0].numpy(),
        region=place,
        layer=units.layer,
        units=picks,
        on=on,
        inside=float(np.sqrt(moved[place].mean())),
        outside=float(np.sqrt(moved[~place].mean())) if not place.all() else 0.0,
        concept=concept,
        had=shares[0],
        has=shares[1],
        made_by=generator.card.made_by(
            generator.device,
            settings={"layer": units.layer, "on": on},
            model_calls=2,
            seconds=seconds_since(started),
        ),
    )


def places(
    generator: Generator,
    units: Units,
    chosen: Sequence[int],
    concept: str,
    concepts: Concepts,
    *,
    grid: int = 5,
    n: int = 6,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Places:
    """Insert ``concept`` in each cell of a ``grid`` x ``grid`` raster, on ``n`` pictures: "a door
    is drawn into walls and not into the sky".

    Raises:
        InputError: numbers out of range, or a unit or concept that does not exist.
        Cancelled: ``cancel()`` said so.
    """
    from scipy.stats import t

    started = time.perf_counter()
    whole("grid", grid, 2, 16)
    whole("the number of pictures", n, 2, 1000)
    column = concept_column(units, concept)
    picks = checked_units(units, chosen)
    styles, (_, h, w) = random_styles(generator, n, seed), generator.image_shape
    cells = raster(grid, h, w)  # (grid * grid, h, w)
    module = unit_module(generator, units.layer)
    before = concepts.masks(draw(generator, styles, cancel=cancel))[:, column]
    gains = np.empty((len(cells), n))
    for i, cell in enumerate(cells):
        with overridden(module, override(units, [picks], cell[None], on=True, concept=concept)):
            drawn = draw(generator, styles, cancel=cancel)
        after = concepts.masks(drawn)[:, column]
        gains[i] = (after[:, cell].float() - before[:, cell].float()).mean(1).numpy()
        if progress is not None:
            progress(i + 1, len(cells), f"Trying places: {i + 1} of {len(cells)}")
    mean = gains.mean(1)
    reach = float(t.ppf(0.975, n - 1)) * gains.std(1, ddof=1) / np.sqrt(n)
    shape = (grid, grid)
    return Places(
        concept=concept,
        units=picks,
        gained=mean.reshape(shape),
        low=(mean - reach).reshape(shape),
        high=(mean + reach).reshape(shape),
        refused=(mean + reach < max(REFUSED * mean.max(), LEAST)).reshape(shape),
        samples=n,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"grid": grid, "concept": concept},
            model_calls=n * (1 + len(cells)),
            seconds=seconds_since(started),
        ),
    )


def override(
    units: Units,
    rows: Sequence[Sequence[int]],
    region: torch.Tensor,
    *,
    on: bool,
    concept: str = "",
) -> Override:
    """Of each of ``rows`` (one list of units for all pictures, or one for each) at the level that
    ``on`` asks for."""
    level = torch.zeros(len(units.strong))
    if on:
        column = units.strong
        if concept:
            column = units.level[:, concept_column(units, concept)]
            column = np.where(np.isnan(column), units.strong, column)
        level = torch.from_numpy(np.asarray(column)).float()
    weight = torch.zeros(len(rows), len(units.strong))
    for i, row in enumerate(rows):
        weight[i, list(row)] = 1.0
    return Override(weight, level, region.float())


def raster(grid: int, h: int, w: int) -> torch.Tensor:
    """(grid * grid, h, w) bool: the cells of a raster, row by row."""
    rows = torch.arange(h) * grid // h
    columns = torch.arange(w) * grid // w
    index = rows[:, None] * grid + columns
    return torch.stack([index == i for i in range(grid * grid)])


def fitted(region: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """``region`` (h, w) bool at ``size``, by the nearest pixel."""
    rows = np.arange(size[0]) * region.shape[0] // size[0]
    columns = np.arange(size[1]) * region.shape[1] // size[1]
    return np.asarray(region[rows][:, columns])


def checked_units(units: Units, chosen: Sequence[int]) -> tuple[int, ...]:
    """``chosen``, each once, once they exist."""
    known = len(units.strong)
    if not len(chosen):
        raise InputError("choose one unit or more")
    return tuple(dict.fromkeys(whole("a unit", int(u), 0, known - 1) for u in chosen))


def concept_column(units: Units, concept: str) -> int:
    """The index of ``concept``."""
    if concept not in units.concepts:
        raise InputError(f"{concept!r} is no concept here: take {', '.join(units.concepts)}")
    return units.concepts.index(concept)
