"""The segment_anything adapter: a tiny random Sam, one with known masks, and mask clean-up."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

import tiny_models
from genlens.errors import InputError, ModelError
from genlens.models import catalog
from genlens.models.contracts import ModelCard, Segmenter
from genlens.models.pictures.masks import clean, iou, object_mask, without_duplicates
from genlens.models.segmenters.build import OFFICIAL, build_sam
from genlens.models.segmenters.sam import SamSegmenter

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def segmenter(tiny_sam_dir):
    return SamSegmenter.from_folder(tiny_sam_dir, device="cpu")


@pytest.fixture(scope="module")
def picture():
    return torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(1))


def _check(mask, shape):
    assert mask.mask.dtype == bool
    assert mask.mask.shape == shape
    assert mask.area == mask.mask.sum() > 0
    x0, y0, x1, y1 = mask.box
    assert mask.mask[y0:y1, x0:x1].sum() == mask.area
    assert mask.mask[y0].any() or mask.mask[y1 - 1].any()
    assert 0 <= mask.score <= 1


def test_fulfils_the_contract(segmenter):
    assert isinstance(segmenter, Segmenter)
    assert segmenter.card.settings["mask_generator"]["points_per_side"] == 4


def test_segment_gives_masks_of_the_image_size_best_first(segmenter, picture):
    found = segmenter.segment(picture)
    assert found
    for mask in found:
        _check(mask, (40, 60))
    scores = [mask.score for mask in found]
    assert scores == sorted(scores, reverse=True)


def test_only_the_first_masks_are_kept_where_the_settings_say_so(segmenter, picture):
    """The source paper's preset: masks by predicted IoU, the first six."""
    paper = catalog.find("sam-vit-h-paper")
    assert paper.settings["most_masks"] == 6
    assert paper.settings["mask_generator"]["points_per_side"] == 32
    generator = {**segmenter.card.settings["mask_generator"], "box_nms_thresh": 1.0}
    settings = {"mask_generator": generator, "most_masks": 2}
    many, few = (
        SamSegmenter(segmenter.model, replace(segmenter.card, settings=each), "cpu")
        for each in ({"mask_generator": generator}, settings)
    )
    all_of_them, kept = many.segment(picture), few.segment(picture)
    assert len(all_of_them) > 2 == len(kept)
    assert [k.score for k in kept] == [m.score for m in all_of_them[:2]]
    for wrong in (0, "x"):
        card = replace(segmenter.card, settings={**settings, "most_masks": wrong})
        with pytest.raises(ModelError, match="most_masks"):
            SamSegmenter(segmenter.model, card, "cpu")


def test_segment_at_puts_masks_that_hold_the_points_first(segmenter, picture):
    found = segmenter.segment_at(picture, [(3.0, 4.0)])
    assert 1 <= len(found) <= 3
    for mask in found:
        _check(mask, (40, 60))
    holds = [bool(mask.mask[4, 3]) for mask in found]
    assert holds == sorted(holds, reverse=True)


def test_the_same_image_gives_the_same_masks(segmenter, picture):
    first, second = segmenter.segment(picture), segmenter.segment(picture)
    assert [m.box for m in first] == [m.box for m in second]


def test_an_image_without_objects_gives_an_empty_list(tiny_sam_dir, tmp_path, picture):
    folder = tmp_path / "sam"
    shutil.copytree(tiny_sam_dir, folder)
    config = copy.deepcopy(tiny_models.SAM_CONFIG)
    config["mask_generator"]["pred_iou_thresh"] = 1e6
    (folder / "config.json").write_text(json.dumps(config))
    assert SamSegmenter.from_folder(folder, device="cpu").segment(picture) == []


@pytest.mark.parametrize(
    ("points", "message"),
    [([], "at least one point"), ([(60, 3)], "outside the 60 x 40"), ([(3, -1)], "outside")],
)
def test_bad_points_are_refused(segmenter, picture, points, message):
    with pytest.raises(InputError, match=message):
        segmenter.segment_at(picture, points)


@pytest.mark.parametrize(
    "bad", [torch.rand(1, 3, 8, 8), torch.rand(1, 8, 8), torch.zeros(3, 8, 8, dtype=torch.uint8)]
)
def test_other_tensors_are_refused(segmenter, bad):
    with pytest.raises(InputError, match="must be floats"):
        segmenter.segment(bad)


def test_every_size_of_the_config_is_honoured():
    config = copy.deepcopy(tiny_models.SAM_CONFIG)
    config |= {"image_size": 96, "patch_size": 16, "prompt_embed_dim": 48}
    sam = build_sam(config)
    assert sam.image_encoder.img_size == 96
    with torch.no_grad():
        assert sam.image_encoder(torch.zeros(1, 3, 96, 96)).shape == (1, 48, 6, 6)
    assert sam.prompt_encoder.input_image_size == (96, 96)
    assert sam.mask_decoder.transformer_dim == 48
    assert sam.pixel_mean.flatten().tolist() == [127.5] * 3
    assert not sam.training


def test_official_sizes_are_segment_anythings_own():
    from segment_anything import sam_model_registry

    with torch.device("meta"):
        ours, theirs = build_sam(OFFICIAL["vit_b"]), sam_model_registry["vit_b"]()
    shapes = {k: v.shape for k, v in ours.state_dict().items()}
    assert shapes == {k: v.shape for k, v in theirs.state_dict().items()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch_size": 7}, "not a multiple of patch_size 7"),
        ({"prompt_embed_dim": 20}, "not a multiple of 8"),
        ({"decoder": {"depth": 2, "mlp_dim": 8, "num_heads": 3}}, "num_heads 3"),
        ({"encoder": {}}, "no key 'embed_dim'"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ModelError, match=message):
        build_sam({**tiny_models.SAM_CONFIG, **change})


def test_broken_folders_are_refused(tiny_sam_dir, tmp_path):
    weights = "model.safetensors"

    def settings(folder):
        config = {**tiny_models.SAM_CONFIG, "mask_generator": {"points": 3}}
        (folder / "config.json").write_text(json.dumps(config))

    cases = [
        (lambda f: (f / weights).unlink(), "is incomplete"),
        (lambda f: (f / weights).rename(f / "sam.pth"), "only safetensors"),
        (lambda f: (f / "config.json").write_text("[]"), "should hold a JSON object"),
        (settings, "mask_generator settings"),
    ]
    for number, (change, message) in enumerate(cases):
        folder = tmp_path / str(number)
        shutil.copytree(tiny_sam_dir, folder)
        change(folder)
        with pytest.raises(ModelError, match=message):
            SamSegmenter.from_folder(folder, device="cpu")


def test_a_pickled_checkpoint_needs_its_hash_and_a_known_variant(tmp_path):
    path = tmp_path / "sam.pth"
    torch.save({"x": torch.zeros(1)}, path)
    card = ModelCard(id="x", contract="Segmenter", settings={"variant": "vit_b"})
    with torch.device("meta"), pytest.raises(ModelError, match="only safetensors"):
        SamSegmenter.from_checkpoint(path, card, sha256="")
    with torch.device("meta"), pytest.raises(ModelError, match="does not have the sha256"):
        SamSegmenter.from_checkpoint(path, card, sha256="0" * 64)
    other = ModelCard(id="x", contract="Segmenter", settings={"variant": "vit_x"})
    with pytest.raises(ModelError, match="variant 'vit_x' is not one of"):
        SamSegmenter.from_checkpoint(path, other, sha256="0" * 64)


def test_clean_fills_holes_and_drops_islands():
    mask = np.zeros((20, 20), dtype=bool)
    mask[2:12, 2:12] = True
    whole = mask.copy()
    mask[5:7, 5:7] = False  # a hole of 4
    mask[15:17, 15:17] = True  # an island of 4
    assert np.array_equal(clean(mask, 5), whole)
    assert np.array_equal(clean(mask, 4), mask)
    assert np.array_equal(clean(mask, 0), mask)


def test_clean_never_removes_the_only_object():
    small = np.zeros((20, 20), dtype=bool)
    small[3, 3] = True
    assert np.array_equal(clean(small, 50), small)
    assert not clean(np.zeros((5, 5), dtype=bool), 50).any()


def test_an_empty_mask_has_an_empty_box():
    empty = object_mask(np.zeros((4, 5), dtype=bool), 2.0)
    assert (empty.box, empty.area, empty.score) == ((0, 0, 0, 0), 0, 1.0)


def test_duplicates_go_and_the_first_stays():
    a, b, c = (np.zeros((10, 10), dtype=bool) for _ in range(3))
    a[:5], b[:6], c[5:] = True, True, True
    masks = [object_mask(m, s) for m, s in ((a, 0.9), (b, 0.8), (c, 0.7))]
    assert iou(a, b) == pytest.approx(5 / 6)
    assert iou(a, c) == 0
    assert [m.score for m in without_duplicates(masks, 0.7)] == [0.9, 0.7]
