"""All subsets of objects against all sub-prompts, in a world with a closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from genlens.common.coalitions import all_coalitions
from genlens.errors import Cancelled, InputError
from genlens.figures.prompts.subsets.tables import both_kinds
from genlens.models.contracts import ModelCard
from genlens.prompts.objects import LARGEST, bounded, find_objects
from genlens.prompts.subsets import joint
from genlens.prompts.subsets.cost import cost_of
from genlens.prompts.subsets.joint import objects_by_words
from genlens.prompts.subsets.upload import link_picture
from prompt_painter import SQUARES, Components, Painter, PaletteEncoder, object_mask, square_mask

pytestmark = pytest.mark.unit
WORDS = ("cat", "and", "car")


class BagOfWords(PaletteEncoder):
    """Texts are bags: a sub-prompt points to all its words at once."""

    def embed_texts(self, texts):
        names = list(SQUARES)
        out = torch.zeros(len(texts), len(names) + 1)
        for row, text in enumerate(texts):
            for word in text.split():
                if word in names:
                    out[row, names.index(word)] = 1.0
            if not out[row].any():
                out[row, -1] = 1.0
        return torch.nn.functional.normalize(out, dim=1)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    drawn = Painter().generate(["cat and car"], 0).images[0]
    return (drawn.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


@pytest.fixture(scope="module")
def found(picture):
    objects = [object_mask(square_mask(word)) for word in ("cat", "car")]
    return objects_by_words(picture, objects, WORDS, BagOfWords())


def test_every_subset_meets_every_sub_prompt(found, picture):
    """Each cosine against a picture and a text that are put together by hand."""
    assert found.cosines.shape == (4, 8)
    encoder = BagOfWords()
    masks = [square_mask("cat"), square_mask("car")]
    for m, shown in enumerate(all_coalitions(2)):
        alone = np.full_like(picture, 255)
        for mask, is_shown in zip(masks, shown, strict=True):
            if is_shown:
                alone[mask] = picture[mask]
        seen = encoder.embed_images(torch.from_numpy(alone).permute(2, 0, 1)[None].float() / 255)
        for s, said in enumerate(all_coalitions(3)):
            text = " ".join(w for w, is_said in zip(WORDS, said, strict=True) if is_said)
            expected = float(seen[0].double() @ encoder.embed_texts([text])[0].double())
            assert found.cosines[m, s] == pytest.approx(expected, abs=1e-6)


def test_values_add_up_and_pair_each_object_with_its_word(found):
    v = found.cosines
    assert found.values.sum() == pytest.approx(v[-1, -1] - v[-1, 0] - v[0, -1] + v[0, 0])
    assert found.values.argmax(axis=1).tolist() == [0, 2]
    assert np.allclose(found.values[:, 1], 0, atol=1e-9)  # "and" changes nothing: a null player
    assert found.best_words == [(0,), (2,)]
    assert found.best_objects[0] == (0,)
    assert found.best_objects[2] == (1,)
    assert found.best_of_all == (0, 1)


def test_values_are_shapley_values_on_both_sides(found):
    """Against the definition by orders of the players, both ways."""
    from itertools import permutations

    k, d = 2, 3
    brute = np.zeros((k, d))
    orders = [(p, q) for p in permutations(range(k)) for q in permutations(range(d))]
    for p, q in orders:
        for o in range(k):
            before = sum(1 << i for i in p[: p.index(o)])
            for j in range(d):
                said = sum(1 << i for i in q[: q.index(j)])
                v = found.cosines
                with_o, with_j = before | 1 << o, said | 1 << j
                brute[o, j] += v[with_o, with_j] - v[before, with_j] - v[with_o, said]
                brute[o, j] += v[before, said]
    assert np.allclose(found.values, brute / len(orders))


def test_the_cost_is_told_before_and_kept_after(found):
    cost = cost_of(10, 8)
    assert (cost.pictures, cost.texts, cost.comparisons) == (1024, 256, 262_144)
    said = cost.sentence(0.1)
    assert "2^10 = 1,024 subsets" in said
    assert "1,280 passes" in said
    assert "about 128 s" in said
    assert found.cost == cost_of(2, 3)
    assert found.made_by.model_calls == 12
    with pytest.raises(InputError, match="number of objects"):
        cost_of(11, 3)
    with pytest.raises(InputError, match="number of words"):
        cost_of(3, 9)


def test_no_object_is_an_answer(picture):
    none = objects_by_words(picture, [], WORDS, BagOfWords())
    assert none.values.shape == (0, 3)
    assert none.cosines.shape == (1, 8)
    assert none.best_of_all == ()


def test_it_stops_when_asked_and_refuses_what_does_not_fit(picture):
    one = [object_mask(square_mask("cat"))]
    with pytest.raises(Cancelled, match="of 2 subsets"):
        objects_by_words(picture, one, WORDS, BagOfWords(), cancel=lambda: True)
    with pytest.raises(InputError, match="both have to agree"):
        objects_by_words(picture[:20], one, WORDS, BagOfWords())


def test_large_pictures_are_shown_small(picture, monkeypatch):
    monkeypatch.setattr(joint, "LARGEST", 20)
    seen = []

    class Watching(BagOfWords):
        def embed_images(self, images):
            seen.append(images.shape)
            return super().embed_images(images)

    objects = [object_mask(square_mask(word)) for word in ("cat", "car")]
    found = objects_by_words(picture, objects, WORDS, Watching())
    assert seen == [(4, 3, 20, 20)]
    assert found.values.argmax(axis=1).tolist() == [0, 2]


def test_a_picture_is_linked_without_a_generator(picture, tmp_path):
    file = tmp_path / "own.png"
    Image.fromarray(picture).save(file)
    for given in (picture, file, str(file)):
        found = link_picture(given, "Cat, and a car", BagOfWords(), Components())
        owners = [found.words[j] for j in found.links.word_of]
        boxes = [o.box for o in found.links.objects]
        assert dict(zip(owners, boxes, strict=True)) == {
            "Cat,": SQUARES["cat"][1],
            "car": SQUARES["car"][1],
        }
        assert np.allclose(found.links.scores.sum(1), 1)
        assert found.to_dict()["links"]["word_of"]


def test_nothing_found_comes_with_advice():
    empty = np.full((40, 40, 3), 240, np.uint8)
    found = link_picture(empty, "a cat", BagOfWords(), Components())
    assert found.links.objects == ()
    assert found.links.scores.shape == (0, 3)
    said = " ".join(found.notes)
    assert "No objects were found by components" in said
    assert "Try another segmenter" in said


def test_a_large_picture_is_cut_up_small_and_its_masks_are_enlarged():
    """The segmenter never sees more than the bound; masks come back at the picture's size."""
    large = np.full((1500, 2000, 3), 240, np.uint8)
    large[300:900, 400:1000] = (255, 0, 0)
    sizes = []

    class Watching(Components):
        def segment(self, image):
            sizes.append(tuple(image.shape[-2:]))
            return super().segment(image)

    (square,) = find_objects(large, Watching())
    assert sizes == [(768, LARGEST)]
    assert square.mask.shape == (1500, 2000)
    assert np.abs(np.array(square.box) - (400, 300, 1000, 900)).max() <= 3
    assert square.area == square.mask.sum()


def test_bounded_keeps_what_is_small_enough():
    small = np.zeros((1024, 30, 3), np.uint8)
    assert bounded(small) is small
    assert bounded(np.zeros((5000, 3, 3), np.uint8)).shape == (1024, 1, 3)


def test_a_model_card_of_the_emoji_world_is_said(picture):
    encoder = BagOfWords()
    encoder.card = ModelCard("emoji-clip", "ImageTextEncoder", source="embedded")
    said = " ".join(link_picture(picture, "cat", encoder, Components()).notes)
    assert "emoji-clip was trained on drawings of the emoji world" in said


def test_objects_and_regions_stand_in_one_table():
    """Each part says which of the other kind covers it; without objects the regions stay."""
    image = np.full((40, 40, 3), 240, np.uint8)
    left, right = np.zeros((2, 40, 40), bool)
    left[:, :20], right[:, 20:] = True, True
    words, encoder = ["cat", "car"], BagOfWords()
    objects = objects_by_words(image, [object_mask(left)], words, encoder)
    regions = objects_by_words(image, [object_mask(right), object_mask(left)], words, encoder)
    rows = both_kinds(objects, regions).rows
    assert [row[0] for row in rows] == ["object 1", "region 1", "region 2"]
    assert [row[2] for row in rows] == ["region 2 (1.00)", "none", "object 1 (1.00)"]
    assert rows[0][1] == "50 %" and rows[0][3].text == rows[2][3].text  # the same mask
    nothing = objects_by_words(image, [], words, encoder)
    assert len(both_kinds(nothing, regions).rows) == 2
