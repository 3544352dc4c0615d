"""Learn a model's features, name them by the world, and keep them in the one cache.

::

    found = learn_features("emoji-diffusion")       # under a minute on one core
    found.features[0].noun, found.features[0].precision
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure, share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.models.contracts import TextToImage
from genlens.models.memory import MEMORY
from genlens.prompts.inside.features import sae
from genlens.prompts.inside.features.activations import Activations, record
from genlens.prompts.inside.features.blocks import Blocks
from genlens.prompts.inside.features.naming import (
    Named,
    alone,
    flat,
    halves,
    name_units,
    places,
    pure,
    threshold,
)
from genlens.prompts.inside.features.stamps import Stamp, stamps_of
from genlens.prompts.inside.openable import openable
from genlens.worlds.sampler import CaptionSampler

SCENES, FEWEST, MOST = 400, 40, 4000
MOST_FEATURES, MOST_STEPS = 8192, 20_000
SHOWN, TOPS = 48, 6
"""Features that are told one by one, those first whose precision is surely high (by the lower end
of its interval), and pictures of each."""
MOST_WORDS = 12


@dataclass(frozen=True)
class Feature(Record):
    """One feature: its ``number``, the ``noun`` it stands for, how purely (``precision``: of the
    places where it fires, the part that the noun covers; ``recall``: of the noun's places, the part
    where it fires), ``fires`` (part of all places), ``strength`` (its mean value where it fires).
    ``tops`` are the numbers of the scenes with its highest values, ``pictures`` (k, side, side, 3)
    uint8 show them and ``heat`` (k, h, w) where it fires there, 1 at its highest."""

    number: int
    noun: str
    precision: Measure
    recall: float
    fires: float
    strength: float
    tops: tuple[int, ...]
    pictures: np.ndarray = field(metadata=UNWRITTEN)
    heat: np.ndarray = field(metadata=UNWRITTEN)


@dataclass(frozen=True)
class FeatureSet(Record):
    """What was learned of some ``blocks``: the sparse ``code``, how much of the variance of
    held-out activations it explains (``explained``), the part of features that never fire there
    (``dead``), ``pure``: the share of features that fire and whose precision is 0.5 or more, and
    the ``features`` told one by one. ``named`` has the numbers of all of them, ``stamps``
    the shape of each noun, by its number."""

    blocks: Blocks
    code: sae.SparseCode = field(metadata=UNWRITTEN)
    named: Named = field(metadata=UNWRITTEN)
    stamps: Mapping[int, Stamp] = field(metadata=UNWRITTEN)
    nouns: tuple[str, ...] = field(metadata=UNWRITTEN)
    explained: float
    dead: float
    pure: Measure
    scenes: int
    features: tuple[Feature, ...]
    made_by: MadeBy = field(default_factory=MadeBy)

    def direction(self, feature: int) -> np.ndarray:
        """(d,) what the feature adds to a row where it fires as it does on average."""
        strength = float(np.nan_to_num(self.named.strength[feature]))
        found: np.ndarray = self.code.decoder[feature] * strength
        return found

    def kin(self, feature: int) -> tuple[int, ...]:
        """The feature, and all others that stand for its noun with a precision of 0.5 or more."""
        noun = int(self.named.noun[feature])
        others = [i for i in pure(self.named) if int(self.named.noun[i]) == noun]
        return tuple(dict.fromkeys([feature, *others]))


def learn_features(
    model: TextToImage | str,
    *,
    layer: int | None = None,
    scenes: int = SCENES,
    features: int = sae.FEATURES,
    active: int = sae.ACTIVE,
    steps: int = sae.STEPS,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> FeatureSet:
    """The features of some layers' blocks; learned once for a model and its settings, then kept in
    ``models.memory``.

    Args:
        model: a text-to-image model with cross-attention that takes the emoji world's scenes, or
            its name. It need not have been trained on them, but nouns say little then.
        layer: number of one cross-attention layer, in the order in which they run; None for the
            usual ones together (``blocks.usual_layers``).
        scenes: true scenes that it looks at, 40 to 4,000.
        features, active: of the autoencoder; how many of a row's may fire.
        steps: of training, in batches of 1,024 places.
        seed: of captions, layouts, noise and training.

    Raises:
        InputError: a number out of range.
        ModelError: the model does not show its inside.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    count = whole("scenes", scenes, FEWEST, MOST)
    size = whole("features", features, 16, MOST_FEATURES)
    k = whole("active", active, 1, size)
    rounds = whole("steps", steps, 10, MOST_STEPS)
    number = whole("seed", seed, 0, MAX_SEED // 2)
    painter = openable(model)

    def build() -> FeatureSet:
        started = time.perf_counter()
        acts = record(
            painter, world_captions(count, number), number, layer=layer, progress=progress,
            cancel=cancel,
        )  # fmt: skip
        code = sae.train(
            flat(acts.rows), features=size, active=k, steps=rounds, seed=number,
            progress=progress, cancel=cancel,
        )  # fmt: skip
        settings = {"scenes": count, "features": size, "active": k, "steps": rounds}
        made = painter.card.made_by(
            painter.device, seed=number, settings=settings, model_calls=count,
            seconds=seconds_since(started),
        )  # fmt: skip
        return described(acts, code, made)

    card = painter.card
    key = ("features", card.id, card.revision, card.source, layer, count, size, k, rounds, number)
    return MEMORY.get(key, build)


def world_captions(count: int, seed: int) -> list[str]:
    """``count`` captions of the emoji world, of at most ``MOST_WORDS`` words."""
    sampler = CaptionSampler(seed, "any", fragments=0.0)
    found: list[str] = []
    while len(found) < count:
        text = sampler()
        if 0 < len(text.split()) <= MOST_WORDS:
            found.append(text)
    return found


def units_of(
    acts: Activations, encode: Callable[[np.ndarray], np.ndarray]
) -> tuple[Named, np.ndarray]:
    """Units named on one half of the scenes and measured on the other, and their values on the
    latter (all, units); ``encode`` turns rows (n, d) into values (n, units), at least 0."""
    first, second = halves(acts)
    rounds = acts.rows.shape[1]
    measuring = encode(flat(acts.rows[second]))
    named = name_units(
        encode(flat(acts.rows[first])), places(acts.nouns[first], rounds),
        measuring, places(acts.nouns[second], rounds), len(acts.names), len(acts.nouns[second]),
    )  # fmt: skip
    return named, measuring


def described(acts: Activations, code: sae.SparseCode, made: MadeBy) -> FeatureSet:
    """The features of ``code``, named and measured on ``acts``."""
    named, values = units_of(acts, code.encode)
    first, second = halves(acts)
    shape = (len(acts.rows[second]), *acts.rows.shape[1:4])
    chosen = pure(named, 0.0)[: 3 * SHOWN]
    least = threshold(code.encode(flat(acts.rows[first])))
    told = sorted(
        (_told(acts, named, i, values[:, i].reshape(shape), float(least[i]), second)
         for i in chosen),
        key=lambda each: -each.precision.low,
    )  # fmt: skip
    judged = named.precision[np.isfinite(named.precision)]
    return FeatureSet(
        acts.blocks, code, named, stamps_of(acts), acts.names, code.explained, code.dead,
        share((judged >= 0.5).tolist()), len(acts.rows), tuple(told[:SHOWN]), made,
    )  # fmt: skip


def _told(
    acts: Activations, named: Named, i: int, values: np.ndarray, least: float, part: slice
) -> Feature:
    """One feature, ``values`` (scenes, steps, h, w) on the scenes of ``part``."""
    late = values[:, values.shape[1] // 2 :].mean(1)  # (scenes, h, w): where noise hides little
    order = np.argsort(-late.max((1, 2)))[:TOPS]
    order = order[late[order].max((1, 2)) > 0]
    best = max(float(late.max()), 1e-12)
    start = part.start or 0
    return Feature(
        i,
        acts.names[int(named.noun[i])],
        alone(acts, values, part, least, int(named.noun[i])),
        float(named.recall[i]),
        float(named.fires[i]),
        float(named.strength[i]),
        tuple(int(start + k) for k in order),
        acts.pictures[part][order],
        (late[order] / best).astype(np.float32),
    )
