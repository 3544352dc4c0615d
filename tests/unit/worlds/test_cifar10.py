"""The photographs that ship: which they are, and that no other pictures are taken for them."""

from __future__ import annotations

import numpy as np
import pytest

import genlens
from genlens.study.worlds import world_of
from genlens.worlds import cifar10

pytestmark = pytest.mark.unit


def test_300_of_each_class_in_the_order_of_the_test_set():
    shipped = cifar10.load_photographs()
    assert shipped.images.shape == (3000, 32, 32, 3) and shipped.images.dtype == np.uint8
    assert np.bincount(shipped.labels).tolist() == [300] * 10
    assert (np.diff(shipped.index) > 0).all() and shipped.index.min() >= 50_000
    assert shipped.index.max() < 60_000
    pixels = shipped.pixels()
    assert pixels.shape == (3000, 3, 32, 32) and 0 <= pixels.min() < pixels.max() <= 1
    np.testing.assert_allclose(pixels[7, 2], shipped.images[7, :, :, 2] / 255, atol=1e-6)
    assert cifar10.SHEET.stat().st_size < 700_000
    blue = shipped.images.reshape(3000, -1, 3).mean(1)
    sky = blue[:, 2] - blue[:, 0]
    assert sky[shipped.labels == 0].mean() > sky[shipped.labels == 6].mean() + 10  # planes, frogs


def test_model_b_is_studied_with_them():
    model = genlens.load("autos-introvae", contract="Autoencoder", device="cpu")
    world = world_of(model, 50, 1)
    assert world.images.shape == (50, 3, 32, 32) and world.names[1] == "automobile"
    assert "CIFAR-10" in world.data and len(set(world.labels.tolist())) > 5
    assert model.card.settings["trained_on"] == "5,000 automobiles"
