"""What looking for a picture's styles costs, and how near it comes: an encoder's guess alone, one
style for all layers, one for each layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from genlens.common.estimates import median
from genlens.common.measures import Measure
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.errors import Cancelled
from genlens.models.contracts import Generator, Guessing
from genlens.steering.drawn import draw, random_styles
from genlens.steering.evaluation.foreign import BATCH
from genlens.steering.projection.search import Search

Errors = Callable[[torch.Tensor], np.ndarray]
"""Pictures (n, c, h, w) -> (n,) root mean squared errors of what is drawn instead."""


@dataclass(frozen=True)
class ProjectionWay(Record):
    """One way to find a picture again: the median ``errors`` by kind of picture (root mean squared,
    of pixels from 0 to 1), and its ``cost``, the time for one picture over that of one synthesis
    (NaN for a control)."""

    name: str
    title: str
    control: bool
    errors: Mapping[str, Measure]
    cost: Measure


def projections(
    generator: Generator,
    pictures: Mapping[str, torch.Tensor],
    seed: int = 0,
    *,
    shared: Mapping[str, Measure] | None = None,
    rounds: int = 6,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[ProjectionWay, ...]:
    """Every way on ``pictures``, by kind (n, c, h, w) each; times are medians of ``rounds``, the
    ways taking turns. ``shared``: errors of the search for one style, where they are known.

    Raises:
        ModelError: the generator drew NaN or infinity.
        Cancelled: ``cancel()`` said so.
    """
    ways: dict[str, tuple[str, Errors]] = {}
    if isinstance(generator, Guessing) and generator.estimate_styles(_one(pictures)) is not None:
        ways["encoder"] = ("the encoder alone", lambda images: _guessed(generator, images))
    for name, layers in (("shared", "all layers"), ("each", "each layer")):
        search = Search(generator, shared=name == "shared")
        ways[name] = (f"search, one style for {layers}", _searching(search, cancel))
    found = {}
    for i, (name, (title, errors)) in enumerate(ways.items()):
        if progress is not None:
            progress(i, len(ways) + 1, f"finding pictures again: {title}")
        found[name] = {
            kind: shared[kind] if name == "shared" and shared else _middle(errors, images)
            for kind, images in pictures.items()
        }
    costs = _costs(generator, {n: e for n, (_, e) in ways.items()}, _one(pictures), rounds, cancel)
    rows = [ProjectionWay(n, title, False, found[n], costs[n]) for n, (title, _) in ways.items()]
    chance = {kind: median(_missed(generator, p, seed).tolist()) for kind, p in pictures.items()}
    none = Measure(float("nan"), float("nan"), float("nan"), 0)
    return (*rows, ProjectionWay("random", "(control) any picture it draws", True, chance, none))


def _one(pictures: Mapping[str, torch.Tensor]) -> torch.Tensor:
    return next(iter(pictures.values()))[:1]


def _middle(errors: Errors, images: torch.Tensor) -> Measure:
    return median(np.concatenate([errors(part) for part in images.split(BATCH)]).tolist())


@torch.no_grad()
def _guessed(generator: Guessing, images: torch.Tensor) -> np.ndarray:
    styles = generator.estimate_styles(images)
    assert styles is not None  # asked before
    return _apart(draw(generator, styles), images)


def _searching(search: Search, cancel: Cancel | None) -> Errors:
    def errors(images: torch.Tensor) -> np.ndarray:
        return search.find(images, cancel=cancel).reached.double().numpy()

    return errors


def _missed(generator: Generator, images: torch.Tensor, seed: int) -> np.ndarray:
    """Errors where nothing is looked for."""
    drawn = draw(generator, random_styles(generator, len(images), seed + 9_300))
    return _apart(drawn, images)


def _apart(drawn: torch.Tensor, images: torch.Tensor) -> np.ndarray:
    return (drawn - images).double().square().flatten(1).mean(1).sqrt().numpy()


def _costs(
    generator: Generator,
    ways: Mapping[str, Errors],
    image: torch.Tensor,
    rounds: int,
    cancel: Cancel | None,
) -> dict[str, Measure]:
    """Seconds of each way for one ``image`` over those of one synthesis just before it; what is
    done once for a generator was done before."""
    style = random_styles(generator, 1, 0)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, errors in ways.items():
            if cancel is not None and cancel():
                raise Cancelled("stopped while taking times")
            plain = min(_seconds(lambda: generator.synthesize(style)) for _ in range(5))
            found[name].append(_seconds(partial(errors, image)) / plain)
    return {name: median(times) for name, times in found.items()}


@torch.no_grad()
def _seconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started
