"""The evaluation of attention maps, on maps that are made from the truth."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.models.contracts import Word
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.evaluation.attention.controls import here
from genlens.prompts.evaluation.attention.evaluate import compare
from genlens.prompts.evaluation.attention.scenes import _seen, captions_apart, mirrored
from genlens.prompts.evaluation.attention.table import format_table
from genlens.worlds.emoji_scenes import draw

pytestmark = pytest.mark.unit


def scene_seen(seed: int, caption: str = "a cat next to a red car", *, noise: float = 0.0):
    """A scene whose maps are its masks at 16 x 16; ``noise`` spoils them."""
    scene = draw(seed, caption)
    d = len(scene.words)
    maps = np.full((2, 1, d, 16, 16), 0.01)
    for j, mask in scene.masks.items():
        maps[:, 0, j] += 0.5 * mask.reshape(16, 4, 16, 4).mean((1, 3))
    maps += noise * np.random.default_rng(seed).random(maps.shape)
    coarse = maps.reshape(2, 1, d, 4, 4, 4, 4).mean((4, 6))
    recorded = AttentionMaps(
        prompt=caption,
        words=tuple(Word(w) for w in scene.words),
        image=scene.image,
        layers=("down_blocks.0.attn2", "up_blocks.0.attn2"),
        maps=(coarse.astype(np.float16), maps.astype(np.float16)),
        read=(True,) * d,
        timesteps=(900, 100),
    )
    return _seen(scene, recorded)


@pytest.fixture(scope="module")
def found():
    scenes = [scene_seen(i) for i in range(12)]
    return compare([scene_seen(100 + i) for i in range(6)], scenes, 0)


def test_true_maps_score_high_and_controls_fail(found):
    assert found.iou["fine"].value > 0.75
    assert found.iou["fine"].value > found.iou["plain"].value
    assert found.ahead["fine"].low > 0
    assert found.iou["fine"].value == pytest.approx(found.ceiling.value, abs=0.03)
    assert found.iou["fine"].n == 24
    for name, control in found.controls.items():
        assert control.value < 0.35, name
        assert control.high < found.iou[found.best].low, name
    assert found.caption.value < found.iou[found.best].value


def test_colours_share_the_mask_of_their_noun(found):
    assert found.modifiers["fine"].n == 12
    assert found.modifiers["fine"].value > 0.75
    assert found.alike["same"].value == 1.0  # red and car: the same map, as made
    assert found.alike["different"].value == 0.0


def test_thresholds_do_not_look_at_what_is_measured(found):
    others = [scene_seen(100 + i) for i in range(6)]
    spoilt = compare(others, [scene_seen(i, noise=2.0) for i in range(12)], 0)
    assert spoilt.thresholds == found.thresholds
    assert spoilt.best == found.best
    assert spoilt.iou["daam"].value < found.iou["daam"].value


def test_scenes_in_a_mirror_keep_their_truth():
    scene = draw(4, "a cat next to a red car")
    flipped = mirrored(scene)
    assert np.array_equal(flipped.image, scene.image[:, ::-1])
    for j, mask in scene.masks.items():
        assert np.array_equal(flipped.masks[j], mask[:, ::-1])
        shown = scene.image[mask], flipped.image[flipped.masks[j]]
        assert sorted(map(tuple, shown[0])) == sorted(map(tuple, shown[1]))


def test_a_map_of_zeros_is_nowhere():
    assert not here(np.zeros((4, 4)), 0.5).any()


def test_captions_of_the_two_sets_differ():
    measured, chosen = captions_apart(20, 10, 3)
    assert len(measured) == 20
    assert len(chosen) == 10
    assert not set(measured) & set(chosen)


def test_the_table_says_how_truth_is_got_and_what_failed(found):
    for figures in (found, found.to_dict()):
        text = format_table(figures)
        assert "control: another thing's map" in text
        assert "chosen on 6 other scenes" in text
        assert "ceiling" in text
