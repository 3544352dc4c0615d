"""Pictures of which everything is known, drawn when they are asked for: faces and emoji scenes.

They come in blocks, each from a seed of its own, so that any of a million pictures can be drawn
without the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from genlens.anchors.sets.ask import Ask
from genlens.anchors.sets.pictures import MOST, Pictures, fitted
from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.worlds.avatars import CHOICES, PROPERTIES, SIZES, draw_codes, draw_faces, has

FACES, SCENES = 10_000, 2_000
"""How many are drawn where nothing else is asked for."""
BLOCK = 250
_SEED = 5_000_000  # of the first block; the recipes drew theirs from small seeds
_SIDE = 64  # where no model says how large they should be
THINGS = ("one thing", "two things", "three or more")


def faces(ask: Ask) -> Pictures:
    """Cartoon faces with (half of them) and without glasses; ``classes`` may be any property or
    part of a face. Ids are their numbers among the faces of a seed."""
    n, wanted = _number(ask, FACES), ask.classes or "glasses"
    side = _size(ask, SIZES)

    @lru_cache(maxsize=4)
    def block(i: int) -> np.ndarray:
        return draw_faces(BLOCK, _SEED + _base(ask) + i, size=side).images

    def labels(i: int) -> np.ndarray:
        codes = draw_codes(BLOCK, _SEED + _base(ask) + i)
        return has(codes, wanted).astype(np.int64) if wanted in PROPERTIES else codes[wanted]

    yes = wanted.replace("_", " ")
    names = (f"no {yes}", yes) if wanted in PROPERTIES else CHOICES[wanted]
    return _set(ask, "cartoon faces", n, side, block, labels, names)


def scenes(ask: Ask) -> Pictures:
    """Emoji scenes of random captions; the class is how many different things are in them."""
    from genlens.worlds.captions import parse
    from genlens.worlds.emoji_scenes import draw
    from genlens.worlds.sampler import CaptionSampler

    n, side = _number(ask, SCENES), _size(ask, ())

    @lru_cache(maxsize=4)
    def captions(i: int) -> list[str]:
        sampler = CaptionSampler(_SEED + _base(ask) + i, "any", fragments=0)
        return [sampler() for _ in range(BLOCK)]

    @lru_cache(maxsize=4)
    def block(i: int) -> np.ndarray:
        first = (_SEED + _base(ask) + i) * BLOCK
        return np.stack([draw(first + j, c, side).image for j, c in enumerate(captions(i))])

    def labels(i: int) -> np.ndarray:
        found = [len(set(parse(caption).nouns)) for caption in captions(i)]
        return np.clip(np.array(found, np.int64) - 1, 0, len(THINGS) - 1)

    return _set(ask, "emoji scenes", n, side, block, labels, THINGS)


FACE_CLASSES = (*PROPERTIES, *(part for part in CHOICES if part not in PROPERTIES))
"""What the labels of faces can say: properties as yes or no, and the values of a part."""


def _base(ask: Ask) -> int:
    """The first block of a seed: a million pictures after that of the seed before."""
    return whole("seed", ask.seed, 0, MAX_SEED) % 100_000 * (MOST // BLOCK)


def _number(ask: Ask, usual: int) -> int:
    return whole("the number of pictures", usual if ask.n is None else ask.n, 1, MOST)


def _size(ask: Ask, sizes: tuple[int, ...]) -> int:
    """The side to draw at: the model's own, or the smallest above it that can be drawn."""
    if ask.image_shape is None:
        return _SIDE
    side = max(ask.image_shape[1:])
    return next((size for size in sizes if size >= side), sizes[-1]) if sizes else max(16, side)


def _set(
    ask: Ask,
    title: str,
    n: int,
    side: int,
    block: Callable[[int], np.ndarray],
    labels: Callable[[int], np.ndarray],
    names: tuple[str, ...],
) -> Pictures:
    """The first ``n`` pictures of blocks."""

    def read(rows: np.ndarray) -> np.ndarray:
        out = np.empty((len(rows), side, side, 3), np.uint8)
        for i in np.unique(rows // BLOCK):
            inside = rows // BLOCK == i
            out[inside] = block(int(i))[rows[inside] - i * BLOCK]
        return out

    title, shape = fitted(title, n, (3, side, side), ask.image_shape)
    classes = np.concatenate([labels(i) for i in range(-(-n // BLOCK))])[:n]
    return Pictures(title, shape, classes, names, np.arange(n), read)
