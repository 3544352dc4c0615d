"""Outlines: filling them must give the mask back, whatever its shape."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from genlens.figures import pixels

pytestmark = pytest.mark.unit


def signed_area(loop: list[tuple[float, float]]) -> float:
    x, y = np.array(loop, dtype=float).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


@pytest.mark.parametrize("seed", range(5))
def test_outline_encloses_exactly_the_mask(seed: int) -> None:
    mask = np.random.default_rng(seed).random((17, 23)) < 0.5
    loops = pixels.outline(mask)
    assert sum(map(signed_area, loops)) == mask.sum()
    borders = sum(
        int((mask ^ np.roll(np.pad(mask, 1), shift, axis)[1:-1, 1:-1])[mask].sum())
        for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1))
    )
    assert sum(map(len, loops)) == borders


def test_a_ring_has_two_loops_of_opposite_sense() -> None:
    mask = np.zeros((12, 12), dtype=bool)
    mask[2:10, 2:10] = True
    mask[4:8, 4:8] = False
    areas = sorted(map(signed_area, pixels.outline(mask)))
    assert areas == [-16.0, 64.0]


def test_no_pixels_no_outline() -> None:
    empty = np.zeros((5, 5), dtype=bool)
    assert pixels.outline(empty) == []
    assert pixels.svg_path(empty) == ""


def test_smoothing_keeps_a_disc_a_disc() -> None:
    y, x = np.mgrid[:64, :64]
    disc = (x - 31.5) ** 2 + (y - 31.5) ** 2 < 20**2
    loop = max(pixels.outline(disc), key=len)
    rounded = np.array(pixels.smooth(loop)) - 32
    radius = np.hypot(*rounded.T)
    assert abs(radius.mean() - 20) < 0.5
    assert radius.max() - radius.min() < 1.5
    assert abs(signed_area(pixels.smooth(loop)) / disc.sum() - 1) < 0.03


def test_specks_are_left_out_of_the_drawn_path() -> None:
    mask = np.zeros((64, 64), dtype=bool)
    mask[5:40, 5:40] = True
    mask[50, 50] = True
    assert pixels.svg_path(mask).count("M") == 1


def test_png_data_address_gives_the_image_back() -> None:
    image = np.random.default_rng(0).integers(0, 255, (8, 9, 3), dtype=np.uint8)
    head, body = pixels.data_uri(image).split(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(np.array(Image.open(io.BytesIO(base64.b64decode(body)))), image)


def test_a_large_picture_is_averaged_down_and_a_small_one_stays() -> None:
    image = np.random.default_rng(0).random((3, 65, 41))
    small = pixels.shrunk(image, 10)
    assert small.shape == (3, 16, 10)
    assert np.allclose(small[:, 0, 0], image[:, :4, :4].mean((1, 2)))
    assert small.mean() == pytest.approx(image[:, :64, :40].mean())
    assert pixels.shrunk(image, 30) is image
