"""The measures of face generators: what is a face passes, what is none does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.models.catalog import weights_folder
from genlens.models.contracts import Generator, ModelCard
from genlens.models.distances.ssim import DssimDistance
from genlens.models.generators.decoder import prior_sample
from genlens.worlds.avatars import draw_faces
from genlens.zoo import evaluate
from genlens.zoo.measures import faces as measured
from genlens.zoo.measures.attributes import measure as measure_attributes
from genlens.zoo.table import format_table

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(
        not weights_folder("avatars-attributes").is_dir(), reason="the judge does not ship yet"
    ),
]


class Album:
    """A generator whose latents pick drawn faces: as good as one can be, or spoiled."""

    layers = ("latent",)
    latent_shape = (1,)
    image_shape = (3, 64, 64)
    device = "cpu"
    module = nn.Identity()

    def __init__(self, pictures: torch.Tensor) -> None:
        self.pictures, self.card = pictures, ModelCard(id="album", contract="Generator")

    def sample_latents(self, n: int, seed: int) -> torch.Tensor:
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        return z[:, None]

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        share = torch.special.ndtr(styles[:, 0, 0])  # evenly spread over [0, 1]
        return self.pictures[(share * len(self.pictures)).long().clamp(max=len(self.pictures) - 1)]


@pytest.fixture(scope="module")
def drawn() -> torch.Tensor:
    return draw_faces(300, 7).tensor()


def test_drawn_faces_reach_the_ceiling_and_the_controls_do_not(drawn) -> None:
    album = Album(drawn)
    assert isinstance(album, Generator)
    found = measured.measure(album, 100)
    assert found["confident"].value > 0.9 and found["ceiling"].value > 0.9
    assert found["mixed"].high < 0.2 and found["blurred"].high < 0.3
    assert found["values_found"].value == 1.0 and found["values_found"].left_out == {}
    assert "copies_lpips" not in found


def test_mixtures_and_single_kinds_are_noticed(drawn) -> None:
    ghosts = measured.measure(Album((drawn + drawn.flip(0)) / 2), 60)
    assert ghosts["confident"].high < 0.3
    bare = draw_faces(200, 8, fixed={"glasses": "none", "mouth": "smile"}).tensor()
    found = measured.measure(Album(bare), 100)["values_found"]
    assert "no glasses is round" in found.left_out and "no mouth is sad" in found.left_out
    assert found.value < 0.7 and not any("skin" in name for name in found.left_out)


def test_copies_are_noticed_and_new_faces_are_none(drawn) -> None:
    training = draw_faces(400, 9).images
    held = draw_faces(150, 10).tensor()
    copied = torch.from_numpy(training[:100]).permute(0, 3, 1, 2).float() / 255
    slightly = (copied + 0.01 * torch.randn(copied.shape)).clamp(0, 1)
    distance = DssimDistance()
    assert measured.copies(copied, held, training, distance).value == 1
    assert measured.copies(slightly, held, training, distance).value > 0.9
    assert measured.copies(drawn[:150], held, training, distance).high < 0.12


def test_the_nearest_face_is_found() -> None:
    training = draw_faces(200, 11).images
    own = torch.from_numpy(training[[3, 50]]).permute(0, 3, 1, 2).float() / 255
    assert np.allclose(measured.nearest(own, training, DssimDistance()), 0, atol=1e-6)


def test_the_judge_is_measured_on_faces_it_has_not_seen() -> None:
    found = measure_attributes(200, 1)
    assert found["four_factors"].value > 0.98 and found["all_factors"].value > 0.95
    assert found["four_factors"].n == 800 and found["all_factors"].n == 2200


def test_it_is_part_of_the_zoo(tmp_path, monkeypatch) -> None:
    found = evaluate.evaluate_zoo(20, models=["avatars-attributes"]).to_dict()
    table = format_table(found)
    assert "skin, hair, mouth and glasses named right" in table and "≥ 98.0 %" in table
