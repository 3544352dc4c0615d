"""Scenes: what is drawn is what the masks say."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.worlds import vocabulary as V
from genlens.worlds.emoji_scenes import draw

pytestmark = pytest.mark.unit


def test_a_seed_gives_one_picture() -> None:
    a, b = draw(3, "a cat and a dog"), draw(3, "a cat and a dog")
    assert np.array_equal(a.image, b.image) and a.image.dtype == np.uint8
    assert draw(5).caption == draw(5).caption != draw(6).caption


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_masks_cover_exactly_what_is_not_ground(size: int) -> None:
    scene = draw(1, "a cat next to a red car", size)
    assert scene.image.shape == (size, size, 3)
    drawn = np.abs(scene.image.astype(int) - np.array(V.PLAIN)).max(-1) > 140
    union = scene.masks[1] | scene.masks[6]
    assert not (scene.masks[1] & scene.masks[6]).any()
    assert (drawn & ~union).mean() < 0.01


def test_function_words_have_no_mask_and_modifiers_share_their_nouns() -> None:
    scene = draw(2, "please a cat next to a big red car")
    assert set(scene.masks) == {2, 6, 7, 8}
    assert np.array_equal(scene.masks[6], scene.masks[8])


def test_a_noun_mask_is_where_the_picture_changes_when_it_is_recoloured() -> None:
    plain, red = draw(4, "a cat and a dog"), draw(4, "a red cat and a dog")
    changed = (plain.image != red.image).any(-1)
    cat = red.masks[2]
    # only blended edge pixels of the cat may lie outside its mask
    assert changed[~cat].sum() <= 0.35 * cat.sum() and changed[cat].mean() > 0.9


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("relation", ["left of", "right of", "above", "below"])
def test_relations_hold(seed: int, relation: str) -> None:
    scene = draw(seed, f"a cat {relation} a dog")
    (ya, xa), (yb, xb) = (np.argwhere(o.mask).mean(0) for o in scene.objects)
    ok = {"left of": xa < xb, "right of": xa > xb, "above": ya < yb, "below": ya > yb}
    assert ok[relation]


def test_neutral_links_leave_the_order_to_chance() -> None:
    left = [
        np.argwhere(s.objects[0].mask).mean(0)[1] < np.argwhere(s.objects[1].mask).mean(0)[1]
        for s in (draw(seed, "a cat next to a dog") for seed in range(40))
    ]
    assert 5 < sum(left) < 35


def test_fillers_are_true_null_players() -> None:
    plain = draw(8, "a cat left of a blue car on a pink background").image
    for filler in V.FILLERS:
        other = draw(8, f"a {filler} cat left of a blue car on a {filler} pink background").image
        assert np.array_equal(plain, other), filler


def test_counts_backgrounds_and_hidden_pixels() -> None:
    scene = draw(1, "three dogs on a green background")
    assert sum(o.noun == "dog" for o in scene.objects) == 3
    assert tuple(scene.image[0, 0]) == V.BACKGROUNDS["green"]
    assert scene.masks[4][0, 0] and scene.masks[5][0, 0] and not scene.masks[1][0, 0]
    worn = draw(1, "a dog wearing a hat")
    dog, hat = (o.mask for o in worn.objects)
    assert hat.any() and not (dog & hat).any()


def test_every_noun_and_colour_draws_something_visible() -> None:
    for noun in V.NOUNS:
        scene = draw(0, f"a {noun}")
        assert scene.objects[0].mask.mean() > 0.03, noun
    looks = {c: draw(0, f"a {c} cat").image.tobytes() for c in V.COLOURS}
    assert len(set(looks.values())) == len(V.COLOURS)


def test_too_many_things_are_named_and_a_wrong_size_refused() -> None:
    scene = draw(0, "a cat and a dog and a cow and a pig")
    assert len(scene.objects) == 3 and "pig" in scene.notes[0]
    with pytest.raises(InputError, match="16 and 512"):
        draw(0, "a cat", size=4096)
