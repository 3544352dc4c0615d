"""MobileSAM's published weights, where this machine has them, on scenes whose masks are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from genlens.errors import ModelError
from genlens.models import catalog
from genlens.models.contracts import Segmenter
from genlens.models.pictures.masks import iou
from genlens.models.segmenters.sam import SamSegmenter
from genlens.worlds.emoji_scenes import draw

pytestmark = pytest.mark.unit
FILE = Path(__file__).parents[5] / "shared" / "assets" / "mobile_sam.pt"


@pytest.fixture(scope="module")
def entry():
    return catalog.find("mobile-sam")


@pytest.fixture(scope="module")
def segmenter(entry):
    if not FILE.is_file():
        pytest.skip(f"MobileSAM's weights are not at {FILE}")
    return SamSegmenter.from_checkpoint(FILE, entry.card(""), sha256=entry.sha256, device="cpu")


def pixels(image):
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def test_the_file_is_what_the_catalogue_says(entry, segmenter):
    assert isinstance(segmenter, Segmenter)
    assert FILE.stat().st_size == entry.bytes == segmenter.card.bytes
    with pytest.raises(ModelError, match="sha256"):
        SamSegmenter.from_checkpoint(FILE, entry.card(""), sha256="0" * 64, device="cpu")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_point_on_a_thing_gives_the_thing(segmenter, seed):
    """Two things of a drawn scene; the control is the other one's mask."""
    scene = draw(seed, "a red car and a blue ball", size=256)
    image = pixels(scene.image)
    for thing, other in (scene.objects, scene.objects[::-1]):
        ys, xs = np.nonzero(thing.mask)
        inside = np.argmin(np.hypot(ys - ys.mean(), xs - xs.mean()))
        found = segmenter.segment_at(image, [(float(xs[inside]), float(ys[inside]))])
        best = max(found, key=lambda o: iou(o.mask, thing.mask))
        assert iou(best.mask, thing.mask) > 0.8
        assert iou(best.mask, other.mask) < 0.1
