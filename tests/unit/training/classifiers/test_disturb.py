"""Turned pictures: known angles, and what a classifier can no longer learn from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.training.classifiers.disturb import turned
from genlens.training.classifiers.labelled import LabelledPictures
from genlens.training.classifiers.settings import ClassifierSettings
from genlens.training.classifiers.training import train_classifier

pytestmark = pytest.mark.unit


class Given:
    """In place of a random generator: these angles, within what is asked for."""

    def __init__(self, *angles: float) -> None:
        self.angles = np.array(angles)

    def uniform(self, low: float, high: float, n: int) -> np.ndarray:
        assert n == len(self.angles) and low == -high
        return self.angles


def test_known_angles() -> None:
    square = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    out = turned(square, 90.0, Given(90.0, 0.0))
    ways = [torch.rot90(square[0], k, (1, 2)) for k in (1, -1)]
    assert min((out[0] - way).abs().max().item() for way in ways) < 1e-5
    assert (out[1] - square[1]).abs().max() < 1e-5
    wide = torch.rand(1, 1, 6, 11, generator=torch.Generator().manual_seed(1))
    assert (turned(wide, 180.0, Given(180.0)) - wide.flip(2, 3)).abs().max() < 1e-4


def test_a_wide_picture_keeps_its_shapes() -> None:
    """A disc stays where it is and as round, whatever the sides."""
    y, x = torch.meshgrid(torch.arange(40.0) - 19.5, torch.arange(80.0) - 39.5, indexing="ij")
    disc = ((y**2 + x**2) < 15**2).float()[None, None]
    out = turned(disc, 45.0, Given(37.0))
    assert (out - disc).abs().mean() < 0.02
    assert out.min() >= 0 and out.max() <= 1 + 1e-6


def test_what_lies_any_way_up_is_learnt_and_what_hangs_on_its_place_is_not() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(60, 140, (160, 16, 16, 3)).astype(np.uint8)
    labels = np.arange(160) % 2
    for image, label in zip(images, labels, strict=True):  # a white square on the left or right
        image[6:10, 1 + 10 * label : 5 + 10 * label] = 255
    pictures = LabelledPictures(images, labels, ("left", "right"), head="place")
    quick = ClassifierSettings(unfrozen=6, batch=16, widths=(8, 8), mirror=False)
    _, still = train_classifier(pictures, quick, name="place")
    _, turning = train_classifier(pictures, replace(quick, turn=180.0), name="place")
    assert still.accuracy.value > 0.9 and turning.accuracy.value < 0.8
    with pytest.raises(InputError, match="turn"):
        ClassifierSettings(turn=200.0)
