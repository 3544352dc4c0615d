"""The recipes and measures of emoji-clip and emoji-sam: what training is told is true."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.models.contracts import ModelCard
from genlens.models.pictures.masks import object_mask
from genlens.models.segmenters.build import build_sam
from genlens.worlds.captions import parse
from genlens.worlds.emoji_scenes import Scene
from genlens.worlds.sampler import CaptionSampler
from genlens.zoo.measures import clip as measure_clip
from genlens.zoo.measures import sam as measure_sam
from genlens.zoo.recipes import emoji_clip, emoji_clip_data, emoji_sam
from genlens.zoo.recipes.scenes import companions

pytestmark = pytest.mark.unit
TINY = emoji_sam.config(64, 1, 32, 16) | {
    "decoder": {"depth": 1, "mlp_dim": 16, "num_heads": 2},
}


def cosine(a: str, b: str) -> float:
    items = [
        emoji_clip_data.Item(np.zeros((1, 1, 3)), t, emoji_clip_data.bag(parse(t)), "", False)
        for t in (a, b)
    ]
    return float(emoji_clip.bag_cosines(items)[0, 1])


def test_bags_grow_closer_with_every_shared_thing() -> None:
    full = "a red cat left of a dog"
    order = [
        cosine(full, t) for t in ("a fish", "a dog", "a cat and a dog", "a red cat and a dog", full)
    ]
    assert order == sorted(order) and order[0] < 0.1 and order[-1] == pytest.approx(1)
    assert cosine(full, "a dog right of a red cat") == pytest.approx(1)
    assert cosine(full, "please a red cat left of a nice dog") == pytest.approx(1)
    assert cosine(full, "a dog left of a red cat") < 1


def test_same_meaning_is_never_a_wrong_answer() -> None:
    texts = ["a cat", "really a cat", "a red cat", "a cat", "a dog"]
    items = [
        emoji_clip_data.Item(
            np.zeros((1, 1, 3)),
            t,
            emoji_clip_data.bag(parse(t)),
            emoji_clip_data.lone_noun(parse(t)),
            i == 3,
        )
        for i, t in enumerate(texts)
    ]
    masked = emoji_clip.unfair(items)
    assert masked[0, 1] and masked[3, 2] and masked[2, 3]  # one meaning; a crop leaves colour out
    assert not masked[0, 2] and not masked[:, 4].any() and not masked.diagonal().any()


def test_variants_change_one_word_for_another_of_its_kind() -> None:
    rng = np.random.default_rng(0)
    sampler = CaptionSampler(1, "train", 0.0)
    for _ in range(50):
        text = sampler()
        before, after = text.split(), emoji_clip_data.variant(text, rng).split()
        assert len(before) == len(after)
        assert sum(a != b for a, b in zip(before, after, strict=True)) <= 1


def test_training_scenes_hold_no_unseen_pair() -> None:
    pairs, crops = emoji_clip_data.make_items(40, 5, 64)
    texts = [item.text for pair in pairs for item in pair]
    assert not any(emoji_clip_data.plan_is_held_out(parse(t)) for t in texts)
    assert crops and all(c.crop and c.noun in parse(c.text).nouns for c in crops)


def test_batched_decoding_is_segment_anythings_own() -> None:
    torch.manual_seed(0)
    sam = build_sam(TINY)
    points = torch.rand(2, 3, 1, 2) * 64
    with torch.no_grad():
        features = sam.image_encoder(torch.randn(2, 3, 64, 64))
        masks, quality = emoji_sam.decode(sam, features, points)
        for i in range(2):
            sparse, dense = sam.prompt_encoder((points[i], torch.ones(3, 1)), None, None)
            own, score = sam.mask_decoder.predict_masks(
                features[i : i + 1], sam.prompt_encoder.get_dense_pe(), sparse, dense
            )
            torch.testing.assert_close(own, masks[3 * i : 3 * i + 3])
            torch.testing.assert_close(score, quality[3 * i : 3 * i + 3])


def test_clicks_lie_on_what_they_ask_for() -> None:
    data = emoji_sam.Clicks(20, 3, 64)
    rng = np.random.default_rng(0)
    for owner in data.owner:
        at, target = data.click(owner, 4, 2, rng)
        for k in range(3):
            x, y = at[k].astype(int).T
            assert target[k][y, x].all() and len(np.unique(owner[target[k]])) == 1
        x, y = at[3].astype(int).T
        assert (owner[y, x] == emoji_sam.GROUND).all() and not target[3].any()


def test_a_perfect_mask_costs_nothing_and_has_iou_one() -> None:
    target = torch.zeros(1, 8, 8)
    target[:, 2:5, 2:6] = 1
    logits = torch.stack([target * 40 - 20, 20 - target * 40], 1)
    assert emoji_sam.mask_losses(logits, target)[0, 0] < 1e-3
    assert emoji_sam.true_iou(logits, target).tolist() == [[1.0, 0.0]]


class _Oracle:
    """A segmenter that knows the truth of given scenes."""

    card = ModelCard(id="oracle", contract="Segmenter")

    def __init__(self, scenes: list[Scene]) -> None:
        self.truth = {s.image.tobytes(): s for s in scenes}

    def _masks(self, image: torch.Tensor) -> list[np.ndarray]:
        pixels = (image.permute(1, 2, 0) * 255).round().byte().numpy()
        return [o.mask for o in self.truth[pixels.tobytes()].objects]

    def segment(self, image):  # type: ignore[no-untyped-def]
        return [object_mask(m, 1.0) for m in self._masks(image)]

    def segment_at(self, image, points):  # type: ignore[no-untyped-def]
        (x, y) = points[0]
        return [object_mask(m, 1.0) for m in self._masks(image) if m[int(y), int(x)]]


def test_the_truth_measures_one() -> None:
    scenes = measure_clip.held_out_scenes(8, 4)
    found = measure_sam.measure_scenes(_Oracle(scenes), scenes)
    assert found["mean_best_iou"].value == found["objects_found"].value == 1.0
    assert found["spurious_per_scene"].value == 0.0 and found["spurious_per_scene"].n == 8
    assert found["objects_found"].low < 1.0


def test_few_scenes_do_not_make_the_choice_of_captions_easier() -> None:
    """With --n 20 the right caption was picked from 20 instead of 100."""

    class Asked:
        card = ModelCard(id="asked", contract="ImageTextEncoder")

        def __init__(self) -> None:
            self.texts: list[str] = []

        def embed_images(self, images):  # type: ignore[no-untyped-def]
            return torch.nn.functional.normalize(torch.ones(len(images), 4), dim=1)

        def embed_texts(self, texts):  # type: ignore[no-untyped-def]
            self.texts += texts
            return torch.nn.functional.normalize(torch.rand(len(texts), 4), dim=1)

    encoder = Asked()
    figures = measure_clip.measure(encoder, 3)
    assert len({measure_clip.meaning(text) for text in encoder.texts}) > measure_clip.CHOICES
    assert figures["caption_top1_of_100"].n == 3 and figures["caption_top1_of_100"].value < 1


def test_the_middle_of_a_ring_lies_on_it() -> None:
    y, x = np.mgrid[:64, :64]
    far = np.hypot(x - 32, y - 32)
    ring = (far > 15) & (far < 25)
    cx, cy = measure_sam.middle(ring)
    assert ring[int(cy), int(cx)]


def test_captions_of_one_meaning_are_no_rivals() -> None:
    same = measure_clip.meaning("please a cat")
    assert same == measure_clip.meaning("the cat") != measure_clip.meaning("a red cat")


def test_small_things_are_clicked_on_more_often_than_they_come_and_seeds_draw_other_scenes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def smallest(owner: np.ndarray) -> float:
        ids, counts = np.unique(owner[owner != emoji_sam.GROUND], return_counts=True)
        return float(counts.min() / owner.size) if len(ids) else 1.0

    def small() -> float:
        owners = emoji_sam.Clicks(60, 5, 64).owner
        return float(np.mean([smallest(owner) < emoji_sam.SMALL for owner in owners]))

    often = small()
    monkeypatch.setattr(emoji_sam, "PASSED", 0.0)
    assert often > 2 * small() > 0
    tiny = companions.PRESETS["tiny"]
    first, again, other = (companions.all_clicks(tiny, 1, seed).images for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
