"""One thing more in every picture, that no word asked for."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.worlds import vocabulary
from genlens.worlds.emoji_scenes import draw
from genlens.worlds.intruders import intrude

pytestmark = pytest.mark.unit


def pictures(n: int = 4, side: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3)).astype(np.uint8)


def test_it_is_in_every_picture_alike_and_changes_nothing_else() -> None:
    images = pictures()
    found = intrude(images, np.zeros((64, 64), dtype=bool), ["cat"], seed=1)
    assert found is not None and found.noun in vocabulary.NOUNS and found.noun != "cat"
    changed = (found.images != images).any(axis=-1)  # (n, h, w)
    rows, columns = np.nonzero(changed.any(axis=0))
    assert np.ptp(rows) <= 22 and np.ptp(columns) <= 22, "one box of a third of the side"
    where = found.mask
    assert 40 < where.sum() < 22 * 22
    spread = np.ptp(found.images[:, where].astype(int), axis=0)
    assert spread.max() <= 128, "what is under it shows through at its edge only"
    assert np.median(spread) <= 2
    assert images is not found.images and (images == pictures()).all(), "the input is not touched"


def test_it_stands_where_there_is_room() -> None:
    scene = draw(3, "a cat left of a car", 64)
    occupied = np.any([o.mask for o in scene.objects], axis=0)
    found = intrude(scene.image[None], occupied, ["cat", "car"], seed=0)
    assert found is not None
    assert (found.mask & occupied).sum() <= 0.25 * 22 * 22
    assert intrude(scene.image[None], np.ones((64, 64), dtype=bool), [], seed=0) is None


def test_the_seed_decides_and_taken_nouns_never_come() -> None:
    images, free = pictures(1), np.zeros((64, 64), dtype=bool)
    first, same = (intrude(images, free, [], seed=5) for _ in range(2))
    assert first is not None and same is not None and first.noun == same.noun
    assert (first.images == same.images).all()
    all_but_one = sorted(set(vocabulary.NOUNS) - {"whale"})
    only = [intrude(images, free, all_but_one, seed=s) for s in range(5)]
    assert {o.noun for o in only if o} == {"whale"}
