"""Are units what they are said to be? Planted ones are looked for; those of a generator of faces
are chosen on some pictures and judged on others, beside random units and other pictures' masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.measures import Measure, ratio, share
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.steering.drawn import random_styles
from genlens.steering.evaluation.planted import COLOURS, LAYER, Dealt, PlantedGenerator
from genlens.steering.results import Effect, Units
from genlens.steering.units.concepts import ColourConcepts, Concepts, concepts_for
from genlens.steering.units.dissect import dissect, maps_and_masks
from genlens.steering.units.effects import unit_effect
from genlens.steering.units.layers import unit_layers, unit_module

SWITCHED = 8
"""Units that are switched at once: the best of a part, as the page does."""
RARE = 0.002
"""A part on a smaller share of all pixels is left out."""
BATCH = 10
PLANTED_PICTURES = 48
"""Of each planted generator: ``Dealt`` wants two or more in each batch that ``dissect`` takes."""


@dataclass(frozen=True)
class PartUnits(Record):
    """Of one part of a picture: its best ``unit``; ``iou`` of its strong places and the part's
    pixels on pictures that it was not chosen on, ``random`` the same for another unit on each
    picture, ``shuffled`` for the best unit and the part's pixels on the picture before. ``ablate``
    and ``insert``: what switching the best units off and on does, and what random ones do."""

    part: str
    unit: int
    seen: float
    iou: Measure
    random: Measure
    shuffled: Measure
    ablate: Effect
    insert: Effect

    @property
    def told(self) -> bool:
        """Whether the best unit is surely nearer to the part than both controls."""
        return self.iou.low > max(self.random.high, self.shuffled.high)

    @property
    def caused(self) -> bool:
        """Whether the units surely remove and draw the part, more than random ones do."""
        off, on = self.ablate, self.insert
        return off.change.high < min(0, off.control.low) and on.change.low > max(0, on.control.high)


@dataclass(frozen=True)
class UnitsFound(Record):
    """``planted``: the share of planted units that are the best one for their colour, and
    ``planted_shuffled`` the same where colours are those of other pictures (chance is 1 in 16).
    ``parts`` of what ``layer`` draws, ``n`` pictures each; ``left_out`` maps a part to the
    reason."""

    also_written = ("told", "caused")

    planted: Measure
    planted_shuffled: Measure
    layer: str
    parts: tuple[PartUnits, ...]
    n: int
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> int:
        """Parts whose best unit beats both controls."""
        return sum(part.told for part in self.parts)

    @property
    def caused(self) -> int:
        """Parts that their best units remove and draw, more than random ones do."""
        return sum(part.caused for part in self.parts)


def units_found(
    generator: Generator,
    n: int = 100,
    seed: int = 0,
    *,
    rounds: int = 5,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> UnitsFound:
    """Look for planted units in ``rounds`` generators, and judge those of the middle layer of
    ``generator`` on ``n`` pictures.

    Raises:
        InputError: numbers out of range.
        ModelError: the generator drew NaN.
        Cancelled: ``cancel()`` said so.
    """
    planted = planted_found(rounds, seed, cancel=cancel)
    try:
        layers = unit_layers(generator)
    except InputError as error:
        return UnitsFound(*planted, "", (), n, {"units": str(error)})
    layer = layers[len(layers) // 2]
    concepts = next(iter(concepts_for(generator).values()))
    units = dissect(generator, layer, concepts, n=n, seed=seed, cancel=cancel)
    left_out = {
        name: f"seen on {100 * seen:.1f} % of all pixels"
        for name, seen in zip(units.concepts, units.seen, strict=True)
        if seen < RARE
    }
    names = [name for name in units.concepts if name not in left_out]
    if len(units.strong) // 2 < SWITCHED:
        reason = f"{layer} has {len(units.strong)} units, too few for a control of {SWITCHED}"
        return UnitsFound(*planted, layer, (), n, {"units": reason})
    overlaps = _overlaps(generator, units, names, concepts, n, seed + 500_000, cancel)
    parts = []
    for i, (name, (iou, random, shuffled)) in enumerate(zip(names, overlaps, strict=True)):
        if progress is not None:
            progress(i, len(names), f"units for {name}")
        best = units.best(name, SWITCHED).tolist()
        off, on = (
            unit_effect(
                generator, units, best, name, action, concepts, n=n, seed=seed + 600_000,
                cancel=cancel,
            )
            for action in ("ablate", "insert")
        )  # fmt: skip
        seen = float(units.seen[units.concepts.index(name)])
        parts.append(PartUnits(name, best[0], seen, iou, random, shuffled, off, on))
    return UnitsFound(*planted, layer, tuple(parts), n, left_out)


def planted_found(
    rounds: int, seed: int, *, cancel: Cancel | None = None
) -> tuple[Measure, Measure]:
    """How often the best unit for a colour is the planted one; the same with other pictures'
    colours."""
    hits: tuple[list[bool], list[bool]] = ([], [])
    colours: Concepts = ColourConcepts()
    sets: tuple[Concepts, ...] = (colours, Dealt(colours))
    for turn in range(rounds):
        generator = PlantedGenerator(seed + turn)
        for found, concepts in zip(hits, sets, strict=True):
            units = dissect(
                generator, LAYER, concepts, n=PLANTED_PICTURES, seed=seed + turn, cancel=cancel
            )
            found += [units.best(name)[0] == generator.planted[name] for name in COLOURS]
    return share(hits[0]), share(hits[1])


def _overlaps(
    generator: Generator,
    units: Units,
    names: Sequence[str],
    concepts: Concepts,
    n: int,
    seed: int,
    cancel: Cancel | None,
) -> Iterator[tuple[Measure, Measure, Measure]]:
    """For each of ``names`` the IoU of the best unit, of a random other unit on each picture, and
    of the best one with the picture before, on ``n`` pictures of ``seed``."""
    module, styles = unit_module(generator, units.layer), random_styles(generator, n, seed)
    columns = [units.concepts.index(name) for name in names]
    best = [int(units.best(name)[0]) for name in names]
    level = torch.from_numpy(units.threshold).float()  # (units, concepts)
    rng = np.random.default_rng(seed)
    counts = np.zeros((len(names), 3, 2, n))  # both and either, of each picture
    last: torch.Tensor | None = None
    for i in batches(n, BATCH, "Judging units", None, cancel):
        maps, masks = maps_and_masks(generator, module, styles[i : i + BATCH], concepts)
        before = torch.cat([masks[-1:] if last is None else last, masks[:-1]])
        last = masks[-1:]
        rows = torch.arange(len(maps))
        for k, (c, unit) in enumerate(zip(columns, best, strict=True)):
            step = rng.integers(1, len(level), len(maps))
            other = torch.from_numpy((unit + step) % len(level))
            on = maps[:, :, unit] > level[unit, c]
            chance = maps[rows, :, other] > level[other, c][:, None]
            pairs = ((on, masks), (chance, masks), (on, before))
            for j, (strong, seen) in enumerate(pairs):
                part = seen[:, :, c] > 0.5
                counts[k, j, 0, i : i + len(maps)] = (strong & part).sum(1).numpy()
                counts[k, j, 1, i : i + len(maps)] = (strong | part).sum(1).numpy()
    for row in counts:
        iou, random, shuffled = (
            ratio(list(both), list(either)).within(0, 1) for both, either in row
        )
        yield iou, random, shuffled
