"""LIME and Grad-CAM where there is little to see: flat and black and white pictures, constant
numbers, maps that are 0 everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.guided import grad_cam, guided_grad_cam
from genlens.attribution.surrogates.lime import lime_latents, lime_superpixels
from genlens.attribution.target import Target
from genlens.common.superpixels import regular_grid, superpixels
from genlens.errors import InputError

pytestmark = pytest.mark.unit

CORNER = Target("corner", "image", "", lambda x: x[:, 0, :4, :4].mean(dim=(1, 2)), (1, 16, 16))
FIXED = Target("fixed", "image", "", lambda x: 0 * x.sum(dim=(1, 2, 3)) + 3.7, (1, 16, 16))


def squares() -> np.ndarray:
    """A black and white picture whose corner, the part that matters, is white."""
    picture = np.zeros((1, 16, 16), np.float32)
    picture[:, :8, :8] = picture[:, 8:, 8:] = 1
    return picture


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_lime_sees_the_corner_of_a_flat_picture(level: float) -> None:
    found = lime_superpixels(CORNER, np.full((1, 16, 16), level), count=16, samples=400)
    weights, labels = found.details["weights"], found.details["segments"]
    holds = np.isin(np.arange(len(weights)), labels[:4, :4])  # parts of the corner
    assert np.abs(weights[holds]).max() > 5 * np.abs(weights[~holds]).max() > 0
    assert len(weights) > 8 and found.details["r2"] > 0.9
    switched = "black" if level == 0.5 else "grey"
    assert found.made_by.settings["baseline"] == switched
    assert any(switched in note for note in found.notes)
    assert np.sign(weights[holds].sum()) == (1 if level > 0.4 else -1)  # what being there adds


def test_a_picture_that_falls_into_one_region_is_cut_into_a_grid() -> None:
    noise = np.random.default_rng(0).random((1, 16, 16))
    assert superpixels(noise, 16, compactness=0.001).max() == 0, "SLIC merges all scraps"
    found = lime_superpixels(CORNER, noise, count=16, compactness=0.001, samples=400)
    assert found.details["weights"].shape == (16,) and "regular grid" in found.notes[0]
    assert np.abs(found.details["weights"]).argmax() == 0, "the corner is the grid's first part"


def test_lime_sees_the_corner_of_a_black_and_white_picture() -> None:
    parts = np.kron(np.arange(4).reshape(2, 2), np.ones((8, 8), int))
    found = lime_superpixels(CORNER, squares(), segments=parts, samples=400)
    assert found.details["weights"] == pytest.approx([0.5, 0, 0, 0], abs=0.05)  # 1 against grey
    assert found.made_by.settings["baseline"] == "the picture's mean colour"
    assert "one colour" in found.notes[0]


def test_superpixels_that_cannot_be_asked_about_are_counted() -> None:
    picture = squares()
    picture[:, :2] *= 0.5  # the upper two superpixels have two colours now
    parts = np.kron(np.arange(4).reshape(2, 2), np.ones((8, 8), int))
    found = lime_superpixels(CORNER, picture, segments=parts, samples=100)
    assert found.made_by.settings["baseline"] == "mean colour"
    assert "3 of 4 superpixels" in found.notes[0]
    blank = lime_superpixels(CORNER, picture, segments=parts, samples=100, baseline=0.0)
    assert "2 of 4 superpixels" in blank.notes[0]
    half = lime_superpixels(CORNER, picture, segments=parts, samples=100, baseline=0.25)
    assert half.notes == ()


def test_a_baseline_that_is_the_picture_asks_nothing() -> None:
    found = lime_superpixels(CORNER, squares(), samples=50, count=9, baseline=squares())
    assert not found.values.any() and np.isnan(found.details["r2"])
    assert any("look the same" in note for note in found.notes)
    assert any("nothing to fit" in note for note in found.notes)


def test_a_number_that_never_moves_has_no_fit() -> None:
    picture = np.random.default_rng(0).random((1, 16, 16))
    found = lime_superpixels(FIXED, picture, samples=60)
    assert not found.values.any() and np.isnan(found.details["r2"])
    assert found.to_dict()["details"]["r2"] is None, "JSON knows no NaN"
    assert "nothing to fit" in found.notes[-1] and found.details["intercept"] == pytest.approx(3.7)
    codes = np.random.default_rng(0).normal(size=(50, 3))
    still = Target("fixed", "latent", "", lambda z: 0 * z.sum(dim=1) + 3.7, (3,))
    latents = lime_latents(still, codes[0], codes=codes, samples=60)
    assert not latents.values.any() and np.isnan(latents.details["r2"])
    assert "nothing to fit" in latents.notes[-1]


def test_an_ordinary_picture_is_cut_and_switched_off_as_before() -> None:
    picture = np.linspace(0, 1, 256).reshape(1, 16, 16)
    found = lime_superpixels(CORNER, picture, samples=60, compactness=0.1)
    assert found.notes == () and found.made_by.settings["baseline"] == "mean colour"


@pytest.mark.parametrize("shape", [(16, 16), (17, 13), (3, 40), (1, 9), (5, 5)])
@pytest.mark.parametrize("count", [2, 7, 40])
def test_a_grid_has_about_as_many_equal_parts_as_asked_for(shape, count) -> None:
    grid = regular_grid(shape, count)
    sizes = np.bincount(grid.ravel())
    assert grid.shape == shape and sizes.min() > 0
    assert min(count, grid.size) / 2 <= len(sizes) <= 1.5 * count + 1
    assert sizes.max() <= 4 * sizes.min(), "the sides differ by one pixel at most"


def test_a_flat_picture_is_cut_for_rules_too() -> None:
    cut = superpixels(np.full((3, 28, 28), 0.4), 2)  # SLIC gives one region
    assert cut.max() + 1 == 2
    with pytest.raises(InputError, match="1 superpixels"):
        superpixels(np.full((3, 20, 30), 0.4), np.zeros((20, 30), int))


def test_scraps_of_a_noisy_picture_do_not_pass_for_regions() -> None:
    noise = np.random.default_rng(0).random((1, 28, 28))
    assert superpixels(noise, 40, compactness=0.1).max() + 1 < 10, "SLIC merges them into few"
    assert superpixels(noise, 40).max() + 1 >= 20


def cam_target(weight: float) -> Target:
    """``weight`` times the sum of one positive channel."""
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.ReLU())
    nn.init.constant_(network[0].weight, 0.1)
    nn.init.zeros_(network[0].bias)
    return Target(
        "f", "image", "", lambda x: weight * network(x).sum(dim=(1, 2, 3)), modules=(network,)
    )


def test_a_grad_cam_that_is_all_zero_says_why() -> None:
    picture = torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert grad_cam(cam_target(1.0), picture).notes == ()
    against = grad_cam(cam_target(-1.0), picture)
    assert not against.values.any() and "relu=False" in against.notes[0]
    assert grad_cam(cam_target(-1.0), picture, relu=False).notes == ()
    flat = grad_cam(cam_target(0.0), picture, relu=False)
    assert not flat.values.any() and "does not move this number" in flat.notes[0]
    assert guided_grad_cam(cam_target(1.0), picture).notes == ()
    assert "0 everywhere" in guided_grad_cam(cam_target(-1.0), picture).notes[-1]
