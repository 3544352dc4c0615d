"""Do units cause what they stand for? Switched off or on, against as many random units.

Bau et al. 2019 (arXiv:1811.10597, equation 4): the average causal effect of units on a concept,
over pictures and places.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.measures import mean
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import draw, random_styles, score
from genlens.steering.results import Effect, Units
from genlens.steering.units.concepts import Concepts
from genlens.steering.units.layers import overridden, unit_module
from genlens.steering.units.paint import checked_units, concept_column, override

BATCH = 25
Read = Callable[[torch.Tensor, torch.Tensor], np.ndarray]
"""Pictures (n, c, h, w) and regions (n, h, w) -> (n,)."""


def unit_effect(
    generator: Generator,
    units: Units,
    chosen: Sequence[int],
    concept: str,
    action: Literal["ablate", "insert"],
    concepts: Concepts,
    *,
    assessor: Assessor | None = None,
    n: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Effect:
    """What switching ``chosen`` does to ``concept``, on ``n`` pictures, and what as many random
    other units do, drawn anew for each picture.

    Ablation switches units off in the whole picture; insertion switches them on in a square of a
    quarter of the side, at a random place, and reads that square. With an ``assessor`` its score of
    the whole picture is read instead of the concept's share of pixels.

    Raises:
        InputError: no such unit, concept or action, or too few units for a control.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    whole("the number of pictures", n, 2, 10_000)
    if action not in ("ablate", "insert"):
        raise InputError(f"action is {action!r}: take ablate or insert")
    picks = checked_units(units, chosen)
    column = concept_column(units, concept)
    rng = np.random.default_rng(seed)
    rivals = random_rivals(len(units.strong), picks, n, rng)
    regions = _regions(generator, n, action, rng)
    read = _share(concepts, column) if assessor is None else _score(assessor)
    styles = random_styles(generator, n, seed)
    module = unit_module(generator, units.layer)
    changes: tuple[list[float], list[float]] = ([], [])
    for i in batches(n, BATCH, f"Switching units {action}", progress, cancel):
        rows, region = styles[i : i + BATCH], regions[i : i + BATCH]
        before = read(draw(generator, rows, cancel=cancel), region)
        switched: tuple[Sequence[Sequence[int]], ...] = ([picks], rivals[i : i + BATCH])
        for found, sets in zip(changes, switched, strict=True):
            held = override(units, sets, region, on=action == "insert", concept=concept)
            with overridden(module, held):
                after = draw(generator, rows, batch=BATCH, cancel=cancel)
            found += list(read(after, region) - before)
    place = "the picture" if action == "ablate" else "the square"
    unit = f"percentage points of {place}" if assessor is None else assessor.unit
    return Effect(
        change=mean(changes[0]),
        control=mean(changes[1]),
        unit=unit,
        action=action,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"layer": units.layer, "units": list(picks), "concept": concept},
            model_calls=3 * n,
            seconds=seconds_since(started),
        ),
    )


def random_rivals(
    known: int, chosen: Sequence[int], n: int, rng: np.random.Generator
) -> list[list[int]]:
    """For each of ``n`` pictures as many units as ``chosen``, none of them chosen.

    Raises:
        InputError: fewer than that are left.
    """
    others = np.setdiff1d(np.arange(known), chosen)
    if len(others) < len(chosen):
        raise InputError(
            f"{len(chosen)} of {known} units are chosen: a control needs as many others. Choose at "
            f"most {known // 2}"
        )
    return [rng.choice(others, len(chosen), replace=False).tolist() for _ in range(n)]


def _regions(generator: Generator, n: int, action: str, rng: np.random.Generator) -> torch.Tensor:
    """(n, h, w) bool."""
    _, h, w = generator.image_shape
    if action == "ablate":
        return torch.ones(n, h, w, dtype=torch.bool)
    regions = torch.zeros(n, h, w, dtype=torch.bool)
    tall, wide = max(1, h // 4), max(1, w // 4)
    for region in regions:
        y, x = rng.integers(h - tall + 1), rng.integers(w - wide + 1)
        region[y : y + tall, x : x + wide] = True
    return regions


def _share(concepts: Concepts, column: int) -> Read:
    def read(images: torch.Tensor, region: torch.Tensor) -> np.ndarray:
        inside = concepts.masks(images)[:, column] & region
        return (100 * inside.flatten(1).sum(1) / region.flatten(1).sum(1)).double().numpy()

    return read


def _score(assessor: Assessor) -> Read:
    return lambda images, _: score(assessor, images)
