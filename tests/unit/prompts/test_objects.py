"""Clearing up masks, crops, and how evidence becomes links."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import InputError, ModelError
from genlens.models.contracts import ModelCard
from genlens.prompts.evidence import (
    EMOJI_LINK,
    OPENCLIP_LINK,
    LinkSettings,
    combine,
    rescore,
    settings_for,
    shares_with_floor,
    words_of,
)
from genlens.prompts.objects import MAX_OBJECTS, crop_objects, find_objects, select_objects
from prompt_painter import (
    SIZE,
    SQUARES,
    Components,
    PaletteEncoder,
    explain,
    object_mask,
    play,
    rectangle,
    square_mask,
    to_byte,
)

pytestmark = pytest.mark.unit


def test_ranking_is_by_area_times_score_and_capped():
    small, large = rectangle(2, 2, 10, 10, 0.9), rectangle(30, 30, 50, 50, 0.8)
    poor = rectangle(2, 40, 26, 62, 0.1)
    assert select_objects([small, poor, large]) == (large, small, poor)
    many = [rectangle(1 + 5 * i, 1 + 5 * j, 5 + 5 * i, 5 + 5 * j) for i in range(4)
            for j in range(4)]  # fmt: skip
    assert len(select_objects(many)) == MAX_OBJECTS
    assert len(select_objects(many, most=3)) == 3


def test_background_and_specks_are_left_out():
    thing = rectangle(20, 20, 40, 40)
    ground = object_mask(~thing.mask)
    sky = rectangle(0, 0, 64, 20)  # top edge and parts of two sides: less than half the border
    frame = object_mask(~rectangle(4, 4, 60, 60).mask)
    speck = rectangle(50, 50, 52, 52)
    everything = rectangle(1, 1, 63, 63)
    kept = select_objects([ground, thing, frame, speck, everything])
    assert kept == (thing,)
    assert sky in select_objects([sky, thing])


def test_near_duplicates_and_details_are_left_out_but_a_hat_stays():
    dog = rectangle(10, 20, 40, 60)
    dog_again = rectangle(11, 22, 40, 60, 0.8)
    nested = rectangle(12, 20, 40, 55, 0.95)  # most of the dog
    eye = rectangle(20, 30, 26, 38)
    hat = rectangle(18, 20, 32, 32)
    assert select_objects([eye, nested, dog_again, dog, hat]) == (dog, hat)


def test_one_mask_over_two_separate_things_is_left_out():
    cat, car = rectangle(5, 20, 25, 40), rectangle(35, 20, 60, 40)
    both = object_mask(cat.mask | car.mask, 0.99)
    assert set(map(id, select_objects([both, cat, car]))) == {id(cat), id(car)}


def test_a_thing_made_of_touching_parts_stays_whole():
    head, body = rectangle(20, 10, 40, 25), rectangle(20, 25, 40, 60)
    whole = object_mask(head.mask | body.mask, 0.9)
    assert whole in select_objects([head, body, whole])


def test_masks_of_another_size_are_refused():
    class Wrong(Components):
        def segment(self, image):
            return [rectangle(1, 1, 5, 5, size=16)]

    with pytest.raises(ModelError, match="mask of"):
        find_objects(np.zeros((32, 32, 3), np.uint8), Wrong())


def test_crops_hold_the_object_alone_on_grey():
    game = play("cat dog")
    objects = [object_mask(square_mask(w)) for w in ("cat", "dog")]
    crops = crop_objects(game.image, objects, ground=0.5)
    assert crops.shape == (2, 3, SIZE, SIZE) and crops.dtype == torch.float32
    for crop, word in zip(crops, ("cat", "dog"), strict=True):
        middle = crop[:, SIZE // 2, SIZE // 2]
        assert torch.allclose(middle, torch.tensor(to_byte(SQUARES[word][0])), atol=1e-3)
        corners = crop[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert torch.allclose(corners, torch.tensor(0.5))
    # the dog is 8 x 14: its crop keeps the shape
    painted = (crops[1] - 0.5).abs().amax(dim=0) > 0.05
    assert painted.any(dim=1).sum() / painted.any(dim=0).sum() == pytest.approx(14 / 8, rel=0.15)


def test_crops_at_the_border_and_of_one_pixel():
    image = np.zeros((20, 20, 3), np.uint8)
    objects = [rectangle(0, 0, 20, 20, size=20), rectangle(19, 19, 20, 20, size=20)]
    crops = crop_objects(image, objects, ground=1.0)
    assert torch.isfinite(crops).all() and crops.min() >= 0 and crops.max() <= 1


def test_combined_scores_are_the_stated_softmax():
    s = LinkSettings(text_weight=2.0, cause_weight=1.5)
    text, cause = np.array([[0.4, 0.1]]), np.array([[0.2, -0.1]])
    share = shares_with_floor(cause, s.cause_floor)
    assert share == pytest.approx(np.array([[0.21, 0.01]]) / 0.22)
    logits = [
        2.0 * t / s.text_temperature + 1.5 * np.log(c)
        for t, c in [(0.4, share[0, 0]), (0.1, share[0, 1]), (s.none_text, s.none_share)]
    ]
    expected = np.exp(logits) / np.exp(logits).sum()
    assert np.allclose(combine(text, cause, s)[0], expected)


def test_weights_of_zero_switch_evidence_off():
    rng = np.random.default_rng(0)
    text, cause = rng.random((3, 4)), rng.random((3, 4))
    only_text, only_cause = LinkSettings(cause_weight=0), LinkSettings(text_weight=0)
    assert np.allclose(combine(text, cause, only_text), combine(text, None, only_text))
    assert np.allclose(combine(text, cause, only_cause), combine(0 * text, cause, only_cause))
    none = np.zeros((0, 4))
    assert combine(none, None, only_text).shape == (0, 5)


def test_ties_of_all_words_go_to_none_without_evidence():
    flat = np.zeros((1, 4))
    assert words_of(combine(flat, flat, LinkSettings())).tolist() == [-1]


def test_settings_are_checked_and_follow_the_encoder():
    for bad in ({"text_temperature": 0}, {"none_share": -1}, {"cause_weight": -0.1}):
        with pytest.raises(InputError, match="out of range"):
            LinkSettings(**bad)
    encoder = PaletteEncoder()
    assert settings_for(encoder) == EMOJI_LINK
    encoder.card = ModelCard("x", "ImageTextEncoder", source="hub")
    assert settings_for(encoder) == OPENCLIP_LINK
    encoder.card = ModelCard("x", "ImageTextEncoder", settings={"link": {"none_text": 0.9}})
    assert settings_for(encoder).none_text == 0.9
    encoder.card = ModelCard("x", "ImageTextEncoder", settings={"link": {"none": 0.9}})
    with pytest.raises(InputError, match="unknown link settings none"):
        settings_for(encoder)


def test_rescoring_needs_no_model_and_gives_the_same():
    links = explain("a cat and a dog").links
    again = rescore(links, LinkSettings(**links.settings))
    assert np.allclose(again.scores, links.scores)
    nobody = rescore(links, LinkSettings(none_text=5.0))
    assert (nobody.word_of == -1).all()


def test_a_crop_is_most_like_the_picture_of_its_own_word_alone():
    links = explain("cat dog").links
    assert len(links.objects) == 2 and sorted(links.word_of) == [0, 1]
    assert links.image_similarity.argmax(axis=1).tolist() == list(links.word_of)
