"""Static maps of assessors of which it is known where they look."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ModelCard
from genlens.steering.hypotheses.maps import MAPS, face_parts, static_maps
from genlens.worlds.avatars import draw_faces
from known_assessors import EYES, MOUTH, Windows

pytestmark = pytest.mark.unit


class WindowNet(Windows):
    """A network that reads one window only: a mask, a convolution, a sum."""

    def __init__(self, box):
        super().__init__(name="window-net")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            net = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 4, 3, 1, 1))
        mask = torch.zeros(64, 64)
        top, left, bottom, right = (round(64 * end) for end in box)
        mask[top:bottom, left:right] = 1
        object.__setattr__(self, "module", net.requires_grad_(False))
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "card", ModelCard("window-net", "Assessor"))

    def score(self, images):
        return torch.tanh(self.module(images * self.mask).mean((1, 2, 3)) * 20)


@pytest.fixture(scope="module")
def faces():
    return draw_faces(1, 3, fixed={"glasses": "round", "beard": "none", "mouth": "smile"})


@pytest.mark.parametrize(("box", "part"), [((0.36, 0.26, 0.49, 0.74), "glasses"), (MOUTH, "mouth")])
def test_maps_point_at_the_part_that_is_read(faces, box, part) -> None:
    maps = static_maps(WindowNet(box), faces.tensor()[0], face_parts(faces, 0))
    assert len(maps) == len(MAPS) == 4
    for each in maps:
        on = {share.part: share for share in each.shares}
        other = "mouth" if part == "glasses" else "glasses"
        assert on[part].times > 2 and on[part].weight > 5 * on[other].weight, each.title
        assert sum(share.weight for share in each.shares) == pytest.approx(1)
        assert sum(share.pixels for share in each.shares) == pytest.approx(1)


def test_a_map_cannot_point_at_what_is_not_there(faces) -> None:
    bare = draw_faces(1, 3, fixed={"glasses": "none", "beard": "none", "mouth": "smile"})
    assert np.array_equal(bare.codes["hair"], faces.codes["hair"])
    maps = static_maps(WindowNet(EYES), bare.tensor()[0], face_parts(bare, 0))
    assert all("glasses" not in {share.part for share in each.shares} for each in maps)


def test_what_is_no_network_has_no_maps_and_a_stop_is_heard(faces) -> None:
    with pytest.raises(InputError, match="no network"):
        static_maps(Windows(), faces.tensor()[0])
    with pytest.raises(Cancelled):
        static_maps(WindowNet(EYES), faces.tensor()[0], cancel=lambda: True)
