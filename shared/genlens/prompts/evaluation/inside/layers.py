"""Which layers carry what, over many prompts: a layer x attribute chart with its controls.

Three questions are asked of each layer (or window of neighbours): does the attribute follow the
text that only this one reads (it suffices)? does it stay with the prompt where every other layer
reads the other text (it is needed)? and how far does the picture go in the latents?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import Record
from genlens.models.contracts import CrossLayer, Openable, Opened
from genlens.prompts.inside.layers.attributes import ATTRIBUTES, Attribute, Pair
from genlens.prompts.inside.layers.exchange import Window, drawn_with, towards_of, windows_of
from genlens.prompts.inside.openable import batch_of, pixels
from genlens.prompts.inside.readings import Reader

NOT_DRAWN = "the model does not draw both prompts as they say"
WIDTH = 2
"""Layers of the windows that are measured beside single layers."""


ROUNDING = 1
"""Levels of 255 by which a pixel may differ in a picture drawn again: where a picture stands in its
batch decides the order of sums, and so their last digit."""


@dataclass(frozen=True)
class LayerChart(Record):
    """Over pairs of prompts, by attribute: ``drawn`` is the share of pairs whose pictures show
    what they should, which are the cases of all else. ``only`` (a measure a layer), ``window`` (a
    measure for each of ``windows``) and ``every`` (all layers) are shares of cases in which the
    attribute followed the exchanged text; ``needed`` (a layer) those in which it stayed with the
    prompt although all other layers read the other text. ``towards`` is the mean way to the other
    picture. ``same`` is the control of controls: the share of pictures of which any pixel changed
    by more than ``ROUNDING`` when all layers read the prompt's own text, exchanged for itself.

    Of a control attribute, "followed" means that anything that is read changed.
    """

    layers: tuple[CrossLayer, ...]
    windows: tuple[Window, ...]
    drawn: Mapping[str, Measure]
    only: Mapping[str, tuple[Measure, ...]]
    window: Mapping[str, tuple[Measure, ...]]
    needed: Mapping[str, tuple[Measure, ...]]
    towards: Mapping[str, tuple[Measure, ...]]
    every: Mapping[str, Measure]
    same: Measure
    pictures: int = 0


@dataclass
class _Counts:
    """Of one attribute: a list of answers a layer or window."""

    drawn: list[bool] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    towards: list[np.ndarray] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)


def measure_layers(
    model: Openable,
    reader: Reader,
    n: int,
    seed: int,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LayerChart:
    """The chart of ``model``, over ``n`` pairs of prompts for each attribute, each pair from a
    noise of its own."""
    counts = {name: _Counts() for name in ATTRIBUTES}
    changed: list[bool] = []
    with model.opened() as inside:
        count = len(inside.layers)
        windows = windows_of(count, min(WIDTH, count))
        rows = _rows(count, windows)
        asked = [(name, i) for i in range(n) for name in ATTRIBUTES]
        for k in batches(len(asked), 1, "pairs of prompts", progress, cancel):
            name, i = asked[k]
            rng = np.random.default_rng([seed, i, list(ATTRIBUTES).index(name)])
            pair = ATTRIBUTES[name].pair(rng)
            changed.append(
                _ask(inside, reader, ATTRIBUTES[name], pair, rows, int(rng.integers(2**31)),
                     batch_of(model), counts[name], cancel)
            )  # fmt: skip
        layers = inside.layers
    return LayerChart(
        layers=layers,
        windows=windows,
        drawn={name: share(c.drawn) for name, c in counts.items()},
        only={name: _shares(c, 0, count) for name, c in counts.items()},
        window={
            name: _shares(c, count, count + len(windows)) for name, c in counts.items()
        },
        needed={
            name: _shares(c, count + len(windows), 2 * count + len(windows), old=True)
            for name, c in counts.items()
        },
        towards={
            name: tuple(mean([float(way[k]) for way in c.towards]) for k in range(count))
            for name, c in counts.items()
        },
        every={name: _shares(c, -2, -1)[0] for name, c in counts.items()},
        same=share(changed),
        pictures=len(asked) * (len(rows) + 2),
    )  # fmt: skip


def _rows(count: int, windows: Sequence[Window]) -> list[Window]:
    """Single layers, windows, all but one, and all; the exchange for itself comes after them."""
    every = tuple(range(count))
    but = [tuple(k for k in every if k != i) for i in every]
    return [*((i,) for i in every), *windows, *but, every, every]


def _ask(
    inside: Opened,
    reader: Reader,
    attribute: Attribute,
    pair: Pair,
    rows: Sequence[Window],
    seed: int,
    batch: int,
    counts: _Counts,
    cancel: Cancel | None,
) -> bool:
    """Draw all exchanges of one pair and note what they show; whether its own text changed it."""
    prompts = [pair.prompt] * (len(rows) + 1) + [pair.other]
    others = [pair.other] * (len(rows) - 1) + [pair.prompt, pair.prompt, pair.other]
    found = drawn_with(
        inside, prompts, others, [*rows, (), ()], seed, batch=batch, cancel=cancel
    )  # fmt: skip
    images = pixels(found.images)
    own, other = images[-2], images[-1]
    fits = attribute.read(reader, own, pair) == pair.old
    if not attribute.control:
        fits = fits and attribute.read(reader, other, pair) == pair.new
    counts.drawn.append(fits)
    if fits:
        counts.rows.append([attribute.read(reader, image, pair) for image in images[:-2]])
        counts.towards.append(towards_of(found.latents, found.latents[-2], found.latents[-1]))
        counts.pairs.append(pair)
    moved = np.abs(images[-3].astype(int) - own.astype(int)).max()
    return bool(moved > ROUNDING)


def _shares(counts: _Counts, start: int, stop: int, old: bool = False) -> tuple[Measure, ...]:
    reasons = Counter({NOT_DRAWN: counts.drawn.count(False)})
    left = {reason: number for reason, number in reasons.items() if number}
    size = len(counts.rows[0]) if counts.rows else 0
    places = range(start, stop) if start >= 0 else range(size + start, size + stop)
    if not counts.rows:
        places = range(abs(stop - start))
    wanted = [pair.old if old else pair.new for pair in counts.pairs]
    return tuple(
        share([row[k] == want for row, want in zip(counts.rows, wanted, strict=True)], left)
        for k in places
    )
