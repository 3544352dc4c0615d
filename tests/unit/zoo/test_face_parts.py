"""The reader of face parts: right on drawn faces it was not counted on, of any size."""

from __future__ import annotations

import pytest
import torch

from genlens.errors import InputError
from genlens.worlds.avatars import draw_faces
from genlens.zoo.face_parts import NAMES, FaceParts, bins, load_face_parts, save
from genlens.zoo.recipes.steering.parts import counted, ious

pytestmark = pytest.mark.unit


def test_the_shipped_reader_knows_the_large_parts() -> None:
    found = ious(load_face_parts(), draw_faces(40, 777_000))
    assert min(found[part] for part in ("background", "clothing", "skin", "hair", "glasses")) > 0.7
    assert found["mouth"] > 0.6


def test_counting_and_saving_give_the_same_reader(tmp_path) -> None:
    reader = counted(60)
    save(reader, tmp_path)
    assert torch.equal(FaceParts.load(tmp_path).table, reader.table)
    assert ious(reader, draw_faces(10, 5))["background"] > 0.8


def test_pictures_of_other_sizes_and_what_is_no_picture() -> None:
    reader = load_face_parts()
    assert reader.labels(torch.rand(2, 3, 50, 70)).shape == (2, 50, 70)
    assert reader.labels(torch.zeros(1, 3, 64, 64)).max() < len(NAMES)
    assert all(index.max() < 6 for index in bins(torch.ones(1, 3, 64, 64), 6, 6))
    with pytest.raises(InputError):
        reader.labels(torch.rand(1, 1, 64, 64))
