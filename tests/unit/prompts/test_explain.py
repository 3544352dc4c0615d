"""The whole explanation on a known painter: values, links, word maps, progress, stopping."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from genlens.common.coalitions import all_coalitions
from genlens.errors import Cancelled, InputError
from genlens.prompts.evidence import object_shapley
from genlens.prompts.explain import NOISES, explain_prompt
from genlens.prompts.game import TableGame
from genlens.prompts.objects import link
from genlens.prompts.shapley import shapley
from genlens.prompts.word_maps import word_maps
from prompt_painter import (
    GROUND,
    SIZE,
    SQUARES,
    Components,
    Painter,
    PaletteEncoder,
    area_cost,
    explain,
    object_mask,
    play,
    rectangle,
    square_mask,
    to_byte,
)

pytestmark = pytest.mark.unit


def colour_change(word):
    colour = to_byte(SQUARES[word][0])
    return float(np.mean([abs(a - b) for a, b in zip(colour, to_byte(GROUND), strict=True)]))


def test_each_object_is_linked_to_the_word_that_painted_it():
    prompt = "Please a cat, the car, a dog!"
    result = explain(prompt)
    words = prompt.split()
    linked = {words[i].strip(",!"): o for i, o in zip(result.links.word_of, result.links.objects,
                                                     strict=True)}  # fmt: skip
    assert set(linked) == {"cat", "car", "dog"}
    for name, found in linked.items():
        assert np.array_equal(found.mask, square_mask(name))
    assert np.allclose(result.links.scores.sum(axis=1), 1)
    assert result.links.scores.shape == (3, 8)


def test_values_of_the_whole_explanation_are_the_closed_form():
    result = explain("a cat and the car")
    expected = [0, area_cost("cat"), 0, 0, area_cost("car")]
    assert np.allclose(result.attribution.values, expected, atol=1e-7)
    again = shapley(TableGame(result.payoffs, result.attribution.words))
    assert np.allclose(again.values, result.attribution.values)
    assert result.coalition_images.shape == (32, SIZE, SIZE, 3)
    assert np.array_equal(result.coalition_images[-1], result.image)
    assert np.array_equal(result.coalitions, all_coalitions(5))


def test_object_shapley_gives_each_object_to_its_painter_exactly():
    result = explain("a cat and the car")
    evidence = result.links.image_evidence
    expected = np.zeros((2, 5))
    for row, i in enumerate(result.links.word_of):
        expected[row, i] = colour_change("cat" if i == 1 else "car")
    assert np.allclose(evidence, expected, atol=1e-9)


def test_word_maps_add_up_to_the_change_of_every_pixel():
    game = play("cat near dog", seed=4)
    images = game.images(all_coalitions(3))
    maps = word_maps(images)
    change = np.abs(images[-1].astype(float) - images[0].astype(float)).mean(axis=2) / 255
    assert maps.shape == (3, SIZE, SIZE)
    assert np.allclose(maps.sum(axis=0), change, atol=1e-9)
    assert np.allclose(maps[1], 0) and (maps[0] > 1e-9).sum() == square_mask("cat").sum()


def test_word_maps_are_the_librarys_values_at_a_pixel():
    from genlens.common.coalitions import exact_values

    images = np.random.default_rng(0).integers(0, 256, (16, 5, 6, 3), dtype=np.uint8)
    maps = word_maps(images)
    closeness = 1 - np.abs(images.astype(float) - images[-1].astype(float)).mean(axis=3) / 255
    assert np.allclose(maps[:, 2, 3], exact_values(closeness[:, 2, 3]), atol=1e-12)
    mask = np.random.default_rng(1).random((5, 6)) < 0.5
    in_mask = exact_values(closeness[:, mask].mean(axis=1))
    assert np.allclose(object_shapley(images, [object_mask(mask)])[0], in_mask, atol=1e-12)


def test_an_explanation_has_the_map_of_every_word():
    result = explain("a cat and the car")
    empty = result.coalition_images[0].astype(float)
    change = np.abs(result.image.astype(float) - empty).mean(axis=2) / 255
    assert np.allclose(result.word_maps.sum(axis=0), change, atol=1e-9)
    for i, word in ((1, "cat"), (4, "car")):
        assert np.array_equal(result.word_maps[i] > 1e-9, square_mask(word))
    written = result.to_dict()["pixel_values"]
    assert np.allclose(written, result.word_maps.mean(axis=(1, 2))) and "word_maps" not in written


@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_word_maps_need_a_whole_game(count):
    with pytest.raises(InputError, match="2\\*\\*d"):
        word_maps(np.zeros((count, 4, 4, 3), np.uint8))


def test_fillers_and_articles_never_win_an_object():
    links = explain("nice the please a just dog").links
    assert links.word_of.tolist() == [5]
    assert links.scores[0, 5] > 0.9


def test_an_object_without_a_word_belongs_to_none():
    game = play("cat")
    stray = rectangle(20, 20, 30, 30, size=SIZE)  # bare ground
    links = link(game, PaletteEncoder(), Components(), objects=[stray])
    assert links.word_of.tolist() == [-1]
    assert links.scores[0, -1] > 0.5


def test_two_objects_may_share_a_word_and_a_word_may_have_none():
    class Twice(Painter):
        def _paint(self, prompt, seed):
            image = super()._paint(prompt, seed)
            if "cat" in prompt:
                image[:, 24:36, 24:36] = torch.tensor(SQUARES["cat"][0])[:, None, None]
            return image

    links = explain("two cat please", model=Twice()).links
    assert links.word_of.tolist() == [1, 1]


def test_a_picture_without_objects_gives_empty_links():
    result = explain("the nice please")
    assert result.links.objects == () and result.links.scores.shape == (0, 4)
    assert result.links.image_evidence.shape == (0, 3) and result.links.word_of.shape == (0,)
    assert np.isnan(result.attribution.shares).all()
    json.dumps(result.to_dict(), allow_nan=False)


@pytest.mark.parametrize("prompt", ["cat", "cat cat", "\U0001f408", "\u05d7\u05ea\u05d5\u05dc cat"])
def test_short_and_strange_prompts_are_explained(prompt):
    result = explain(prompt)
    assert result.attribution.values.shape == (len(prompt.split()),)
    gap = result.attribution.full_value - result.attribution.base_value
    assert abs(result.attribution.values.sum() - gap) < 1e-5


def test_made_by_says_what_made_it():
    made = explain("a cat", seed=3, guidance=1.5).made_by
    assert made.model == "painter" and made.revision == "r1"
    settings = made.settings
    assert settings["encoder"] == "palette" and settings["encoder_revision"] == "r2"
    assert settings["segmenter"] == "components" and settings["segmenter_revision"] == "r3"
    assert made.seed == 3 and settings["steps"] == 3 and settings["guidance"] == 1.5
    assert made.model_calls == 4 + NOISES and settings["similarity"] == "pixels"
    assert made.seconds == pytest.approx(sum(made.stages.values()), abs=0.01)
    assert made.versions["genlens"] and made.versions["torch"]
    json.dumps(made.to_dict(), allow_nan=False)


def test_default_similarity_is_clip_with_the_given_encoder():
    assert explain("cat", similarity=None).made_by.settings["similarity"] == "clip:palette"


def test_progress_never_goes_back_and_ends_at_its_total():
    seen = []
    explain("a cat and a dog", batch_size=8, progress=lambda *p: seen.append(p))
    done = [p[0] for p in seen]
    assert done == sorted(done) and seen[-1][0] == seen[-1][1]
    assert len({p[1] for p in seen}) == 1
    assert "another noise" in seen[-4][2]
    assert [p[2] for p in seen[-3:]] == ["Finding objects", "Linking objects to words", "Done"]


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 5, 6])
def test_cancel_is_heard_in_every_stage(after):
    asked = [0]

    def cancel():
        asked[0] += 1
        return asked[0] > after

    with pytest.raises(Cancelled, match="stopped after"):
        explain("a cat and a dog", batch_size=16, cancel=cancel)


def test_a_wrong_prompt_is_told_before_models_are_loaded():
    with pytest.raises(InputError, match="empty"):
        explain_prompt("no such model", "  ")
    with pytest.raises(InputError, match="no model"):
        explain_prompt("", "cat")


def test_the_papers_normalisation_reaches_the_result():
    result = explain("cat dog", normalise="nonempty")
    assert result.attribution.method == "shapley-nonempty"
    assert result.made_by.settings["normalise"] == "nonempty"


class Noisy(Painter):
    """Every seed is another picture; a word changes a few pixels of it by ``strength``."""

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def _paint(self, prompt, seed):
        noise = torch.rand(3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
        words = super()._paint(prompt, 0)
        return (1 - self.strength) * noise + self.strength * words


@pytest.mark.parametrize(
    ("strength", "hardly"), [(0.0, True), (0.02, True), (0.3, True), (0.98, False), (1.0, False)]
)
def test_words_that_change_less_than_the_noise_does_hardly_matter(strength, hardly):
    """At 0.02 the shares are finite, and the page named a top word with full confidence."""
    result = explain("cat dog car", model=Noisy(strength), seed=5)
    assert result.hardly_changed is hardly and len(result.noise_payoffs) == NOISES
    assert result.to_dict()["hardly_changed"] is hardly
    if strength == 0.02:
        assert np.isfinite(result.attribution.shares).all()


def test_other_noises_are_other_seeds_and_can_be_left_out():
    painter = Painter()
    explain("cat", model=painter, seed=2**31 - 1)
    assert painter.seeds == {2**31 - 1, 0, 1, 2}
    alone = explain("cat", noises=0)
    assert len(alone.noise_payoffs) == 0 and not alone.hardly_changed
    with pytest.raises(InputError, match="noises"):
        explain("cat", noises=-1)
