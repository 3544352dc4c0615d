"""Features, measured: are they purer than what else lies in the activations, and do they paint?

Units are named on one half of the scenes and measured on the other. Beside the sparse features:
directions by chance and the block's own coordinates (the dense neurons, both signs), each cut where
it fires as often as a feature does; and the sparse features with the truth of the scenes exchanged,
which must be pure for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import Record
from genlens.models.contracts import Openable
from genlens.prompts.inside.features.activations import Activations, record
from genlens.prompts.inside.features.learn import (
    FeatureSet,
    learn_features,
    units_of,
    world_captions,
)
from genlens.prompts.inside.features.naming import Named, flat, halves, pure
from genlens.prompts.inside.features.paint import painted
from genlens.prompts.inside.features.strokes import (
    SHAPED,
    STRENGTH,
    Stroke,
    shapes_of,
    strokes_of,
)
from genlens.prompts.inside.readings import Reader

UNITS = {
    "sparse": "sparse features",
    "neurons": "control: the block’s own coordinates",
    "chance": "control: directions by chance",
    "exchanged": "control: sparse features, truth of other scenes",
}
"""What is compared -> what it is, for tables."""
SCENES, QUICK_SCENES, QUICK_STEPS = 360, 80, 150
CANVASES = ("a tree", "a blue background", "a car")
"""Captions that are painted on."""
TAKEN = -3.0
ERASED_FROM = ("a {}", "a {} on a blue background")
"""How strongly a noun's features are taken out, of which captions: three times what they add."""


@dataclass(frozen=True)
class FeatureChart(Record):
    """Over scenes that were not learned from: by kind of unit (``UNITS``), ``pure`` is the share of
    units that fire whose precision for their noun is 0.5 or more, ``precision`` the mean precision,
    ``nouns`` the number of nouns that have a pure unit. ``explained``: the part of the variance of
    activations that the sparse code explains. ``painted``: of pictures in which a pure feature was
    painted into a half, the share in which the referee sees its noun there and did not before;
    ``by_chance`` is the same of a direction by chance as long; ``inside`` how much of the change of
    pixels lies in the painted half (0.5 is nowhere). ``shaped`` and ``shaped_by_chance`` are the
    first two of all features of the noun (``FeatureSet.kin``) in its shape. ``erased``: of pictures
    of the noun from which these features were taken out everywhere, the share in which the referee
    no longer sees it; ``erased_by_chance`` is the same of as much along directions by chance."""

    layer: str
    explained: float
    dead: float
    pure: Mapping[str, Measure]
    precision: Mapping[str, Measure]
    nouns: Mapping[str, int]
    painted: Measure
    by_chance: Measure
    inside: Measure
    shaped: Measure
    shaped_by_chance: Measure
    erased: Measure
    erased_by_chance: Measure
    pictures: int = 0


def measure_features(
    model: Openable,
    reader: Reader,
    n: int,
    seed: int,
    *,
    quick: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> FeatureChart:
    """Learn, and measure on other scenes; ``n`` of the purest features are painted."""
    small = {"scenes": QUICK_SCENES, "steps": QUICK_STEPS} if quick else {}
    learned = learn_features(model, seed=seed, progress=progress, cancel=cancel, **small)
    other = seed + 500_000
    acts = record(
        model, world_captions(QUICK_SCENES if quick else SCENES, other), other,
        like=learned.blocks, progress=progress, cancel=cancel,
    )  # fmt: skip
    named = {
        "sparse": units_of(acts, learned.code.encode)[0],
        "neurons": _dense(acts, learned, np.eye(acts.rows.shape[-1])),
        "chance": _dense(acts, learned, _directions(acts.rows.shape[-1], seed)),
        "exchanged": units_of(_exchanged(acts), learned.code.encode)[0],
    }
    told = replace(learned, named=named["sparse"])
    brush = _paint(model, reader, told, n, seed, progress, cancel)
    kept = {kind: units.precision[np.isfinite(units.precision)] for kind, units in named.items()}
    return FeatureChart(
        layer=learned.blocks.title,
        explained=learned.explained,
        dead=learned.dead,
        pure={kind: share((values >= 0.5).tolist()) for kind, values in kept.items()},
        precision={kind: mean(values.tolist()) for kind, values in kept.items()},
        nouns={
            kind: len({int(units.noun[i]) for i in pure(units)}) for kind, units in named.items()
        },
        painted=share([own for own, _ in brush.shows], brush.left),
        by_chance=share([chance for _, chance in brush.shows], brush.left),
        inside=mean(brush.inside),
        shaped=share([own for own, _ in brush.shapes], brush.left),
        shaped_by_chance=share([chance for _, chance in brush.shapes], brush.left),
        erased=share([own for own, _ in brush.gone], brush.unseen),
        erased_by_chance=share([chance for _, chance in brush.gone], brush.unseen),
        pictures=len(acts.rows) + brush.pictures,
    )


def _directions(d: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng([seed, 9]).standard_normal((d, d))
    found: np.ndarray = drawn / np.linalg.norm(drawn, axis=0)
    return found


def _dense(acts: Activations, learned: FeatureSet, directions: np.ndarray) -> Named:
    """Units along ``directions`` (d, units), both ways, cut where they fire as often as a sparse
    feature that fires does."""
    rate = float(np.median(learned.named.fires[learned.named.fires > 0]))
    both = np.concatenate([directions, -directions], 1).astype(np.float32)
    first, _ = halves(acts)
    cut = np.quantile((flat(acts.rows[first]) - learned.code.centre) @ both, 1 - rate, axis=0)
    values: Callable[[np.ndarray], np.ndarray] = lambda rows: (  # noqa: E731
        ((rows - learned.code.centre) @ both > cut).astype(np.float32)
    )
    return units_of(acts, values)[0]


def _exchanged(acts: Activations) -> Activations:
    """The same activations with the truth of the scene after the next: nothing should be pure."""
    return replace(acts, nouns=np.roll(acts.nouns, 2, axis=0))


def _paint(
    model: Openable,
    reader: Reader,
    learned: FeatureSet,
    n: int,
    seed: int,
    progress: Progress | None,
    cancel: Cancel | None,
) -> _Brush:
    """Each of the purest features painted into a half, and taken out of its noun's pictures."""
    chosen, brush = _different(learned, reader, n), _Brush()
    for k in batches(len(chosen), 1, "features painted", progress, cancel):
        noun = learned.nouns[int(learned.named.noun[chosen[k]])]
        side = ("left", "right")[k % 2]
        kin = learned.kin(chosen[k])
        each = [
            Stroke(side),
            *strokes_of(learned, (chosen[k],), STRENGTH, side),
            *shapes_of(learned, kin, SHAPED, side),
        ]
        strokes, prompts = each * len(CANVASES), [text for text in CANVASES for _ in each]
        images, regions = painted(model, learned, prompts, strokes, seed + k, cancel=cancel)
        for start in range(0, len(images), len(each)):
            brush.painted(reader, noun, images[start : start + len(each)], regions[start])
        out = [
            Stroke("everywhere"),
            *strokes_of(learned, kin, TAKEN, "everywhere"),
        ]
        texts = [frame.format(noun) for frame in ERASED_FROM for _ in range(3)]
        images, _ = painted(model, learned, texts, out * len(ERASED_FROM), seed + k, cancel=cancel)
        for start in range(0, len(images), 3):
            brush.erased(reader, noun, images[start : start + 3])
        brush.pictures += len(strokes) + len(texts)
    return brush


@dataclass
class _Brush:
    """Answers so far: (with the feature, by chance) of pictures that were judged."""

    shows: list[tuple[bool, bool]] = field(default_factory=list)
    shapes: list[tuple[bool, bool]] = field(default_factory=list)
    gone: list[tuple[bool, bool]] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    pictures: int = 0

    def painted(self, reader: Reader, noun: str, images: np.ndarray, region: np.ndarray) -> None:
        before, after, *others = images  # by chance, in its shape, that by chance
        if noun in reader.nouns(before):
            self.left["the noun is there before"] += 1
            return
        own, chance, shape, chance_shape = (
            _there(reader, image, noun, region) for image in (after, *others)
        )
        self.shows.append((own, chance))
        self.shapes.append((shape, chance_shape))
        apart = np.abs(after.astype(float) - before).mean(-1)
        if apart.sum() > 0:
            self.inside.append(float(apart[region].sum() / apart.sum()))

    def erased(self, reader: Reader, noun: str, images: np.ndarray) -> None:
        before, after, chance = (reader.nouns(image) for image in images)
        if noun not in before:
            self.unseen["the model does not draw the noun"] += 1
            return
        self.gone.append((noun not in after, noun not in chance))


def _different(learned: FeatureSet, reader: Reader, n: int) -> list[int]:
    """The purest features of at most ``n`` different nouns that the referee knows."""
    found: dict[int, int] = {}
    for i in pure(learned.named, 0.0):
        noun = int(learned.named.noun[i])
        if learned.nouns[noun] in reader.referee.nouns:
            found.setdefault(noun, i)
    return list(found.values())[:n]


def _there(reader: Reader, image: np.ndarray, noun: str, region: np.ndarray) -> bool:
    mask = reader.referee.locate(image, [noun])[noun]
    return mask is not None and bool((mask & region).sum() * 2 > mask.sum())
