"""Layouts: things stay in the picture, fill it, and stand where the caption puts them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from genlens.worlds import vocabulary as V
from genlens.worlds.captions import parse
from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.layout_full import FULL
from genlens.worlds.layouts import Layout, Placed
from genlens.worlds.sampler import CaptionSampler
from genlens.worlds.sprites import visible_box

pytestmark = pytest.mark.unit

CAPTIONS = [
    "a cat",
    "a big dog",
    "two girls watching the stars",
    "a lion wearing glasses next to a pig wearing a crown",
    "three big cats above a small dog",
    "two cats and a dog and three pigs",
    "a cat with two stars and a house",
    "a flower car left of a cat's house",
    "a bear wearing a hat below a spanish flag",
]


def scenes(layout: Layout, n: int = 150, size: int = 64) -> list[Scene]:
    """The same ``n`` random captions, each drawn from its own seed."""
    sampler = CaptionSampler(11, "any", fragments=0.0)
    return [draw(i, sampler(), size, layout) for i in range(n)]


def test_the_layout_is_the_one_that_the_shipped_models_were_trained_on() -> None:
    digest = hashlib.sha256()
    for seed in range(40):
        for p in _placed(seed, FULL):
            digest.update(repr([round(float(v) * 1e4) for v in (p.x, p.y, p.size)]).encode())
    assert digest.hexdigest()[:16] == "f98e6d22375b9e9d"


def _placed(seed: int, layout: Layout) -> list[Placed]:
    caption = CaptionSampler(seed, "any", fragments=0.0)()
    return layout.place(parse(caption), np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(60))
def test_nothing_visible_is_cut_off(seed: int) -> None:
    captions = [CAPTIONS[seed % len(CAPTIONS)], CaptionSampler(seed, "any", fragments=0.0)()]
    for caption in captions:
        for p in FULL.place(parse(caption), np.random.default_rng(seed)):
            x0, y0, x1, y1 = visible_box(p.element.noun, p.element.flag)
            left, top = p.x - p.size / 2, p.y - p.size / 2
            assert left + x0 * p.size > 0 and left + x1 * p.size < 1, caption
            assert top + y0 * p.size > 0 and top + y1 * p.size < 1, caption


@pytest.mark.parametrize("size", [64, 128])
def test_masks_say_exactly_which_pixels_a_word_drew(size: int) -> None:
    for seed in range(20):
        colour = "blue" if seed % 2 else "pink"
        caption = f"a cat left of a dog wearing a hat on a {colour} background"
        scene = draw(seed, caption, size, FULL)
        cat, dog, hat = scene.objects
        assert not (cat.mask & dog.mask).any() and not (dog.mask & hat.mask).any()
        assert min(cat.mask.sum(), dog.mask.sum(), hat.mask.sum()) > 0.008 * size**2
        for word, o in ((1, cat), (5, dog), (8, hat)):
            assert np.array_equal(scene.masks[word], o.mask)
        ground = ~(cat.mask | dog.mask | hat.mask)
        assert np.array_equal(scene.masks[12], ground)
        # far from every mask the ground has its own colour and nothing else
        clear = scene.image[ground & _far(~ground)]
        assert len(clear) and (clear == V.BACKGROUNDS[colour]).all()


def _far(mask: np.ndarray, by: int = 2) -> np.ndarray:
    """Pixels more than ``by`` from any pixel of ``mask``."""
    near = mask.copy()
    for _ in range(by):
        padded = np.pad(near, 1)
        near = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:] | near
    return ~near


@pytest.mark.parametrize("relation", ["left of", "right of", "above", "below"])
@pytest.mark.parametrize("a, b", [("a cat", "a dog"), ("two big cats", "a small dog with a hat")])
def test_relations_hold_whatever_the_groups_are(relation: str, a: str, b: str) -> None:
    for seed in range(15):
        scene = draw(seed, f"{a} {relation} {b}", 64, FULL)
        hosts = [[o for o in scene.objects if o.group == g and o.host] for g in (0, 1)]
        (ya, xa), (yb, xb) = (
            np.mean([np.argwhere(o.mask).mean(0) for o in group], 0) for group in hosts
        )
        ok = {"left of": xa < xb, "right of": xa > xb, "above": ya < yb, "below": ya > yb}
        assert ok[relation]


@pytest.mark.parametrize("first", ["left of", "right of", "above", "below"])
@pytest.mark.parametrize("second", ["left of", "right of", "above", "below"])
def test_chains_of_three_hold(first: str, second: str) -> None:
    ok = {
        "left of": lambda a, b: a[1] < b[1],
        "right of": lambda a, b: a[1] > b[1],
        "above": lambda a, b: a[0] < b[0],
        "below": lambda a, b: a[0] > b[0],
    }
    for seed in range(8):
        scene = draw(seed, f"a cat {first} a dog {second} a cow", 64, FULL)
        a, b, c = (np.argwhere(o.mask).mean(0) for o in scene.objects)
        assert ok[first](a, b) and ok[second](b, c), seed


def test_things_fill_the_canvas_and_hide_little_of_each_other() -> None:
    area, seen = [], []
    for scene in scenes(FULL):
        hosts = [o for o in scene.objects if o.host]
        area += [o.mask.mean() for o in hosts]
        if len(scene.plan.groups) < 2 or any(g.attachments for g in scene.plan.groups):
            continue
        for o in hosts:  # what others have eaten into covers less of its own box
            x0, y0, x1, y1 = o.box
            seen.append(o.mask.sum() / max(1, (x1 - x0) * (y1 - y0)))
    assert np.mean(area) > 0.125  # of the picture; one thing alone has a quarter of it
    assert np.mean(seen) > 0.55  # a disc has 0.79 of its box, a palm or a lamp half


def test_a_thing_beside_another_is_thirty_pixels_wide() -> None:
    found = [draw(s, "a cat next to a dog", 64, FULL).objects for s in range(20)]
    assert np.mean([o.box[2] - o.box[0] for pair in found for o in pair]) > 26.5


def test_sizes_can_be_told_apart_and_change_no_other_thing() -> None:
    def area(caption: str, which: int) -> float:
        found = [draw(s, caption, 64, FULL).objects[which] for s in range(10)]
        return float(np.mean([o.mask.mean() for o in found]))

    small, plain, big = (area(f"a {s}cat and a dog", 0) for s in ("small ", "", "big "))
    assert small < 0.6 * plain and big > 1.25 * plain
    other = [area(f"a {s}cat and a dog", 1) for s in ("small ", "", "big ")]
    assert max(other) < 1.15 * min(other)


def test_counts_stand_apart() -> None:
    for caption, n in (("two cats", 2), ("three cats", 3), ("two cats next to three dogs", 5)):
        for seed in range(10):
            scene = draw(seed, caption, 64, FULL)
            assert len(scene.objects) == n
            for group in {o.group for o in scene.objects}:
                areas = [o.mask.sum() for o in scene.objects if o.group == group]
                assert min(areas) > 0.6 * max(areas), (caption, seed)


def test_fillers_move_nothing() -> None:
    plain = draw(8, "a cat left of a blue car", 64, FULL).image
    assert np.array_equal(plain, draw(8, "a nice cat left of a really blue car", 64, FULL).image)
