"""``genlens evaluate zoo`` and the VAEs: measured where their weights are, left out where not."""

from __future__ import annotations

import pytest
import torch

from genlens.errors import ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.zoo import evaluate
from genlens.zoo.measures import vae as measure_vae
from genlens.zoo.table import format_table

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A digits VAE with random weights in the place of every shipped one."""
    monkeypatch.setattr(measure_vae, "weights_folder", lambda name: tmp_path / "vae")
    torch.manual_seed(0)
    ConvVAE((1, 28, 28), 3, (4, 6), 8, 10).save(tmp_path / "vae", about={"data": "digits"})
    return tmp_path / "vae"


def test_a_vae_is_measured_on_digits_it_has_not_seen(folder):
    assert measure_vae.left_out("digits-cvae") == ""
    figures = measure_vae.measure("digits-cvae", 40)
    assert {m.n for m in figures.values()} == {40} and figures["kl"].left_out == {}
    assert figures["psnr_db"].low < figures["psnr_db"].value < figures["psnr_db"].high
    assert figures["kl"].value >= 0 and 0 <= figures["active"].low <= figures["active"].high <= 3


def test_a_world_with_fewer_pictures_says_so(folder):
    """maritime has 400 pictures, and its figures were printed as of 500."""
    figures = measure_vae.measure("digits-vae", 3100)
    assert {m.n for m in figures.values()} == {3000}
    assert figures["psnr_db"].left_out == {"no more pictures are shipped": 100}


def test_worlds_give_pictures_of_their_own():
    faces, none = measure_vae.held_out("avatars", 3)
    assert faces.shape == (3, 3, 64, 64) and none.tolist() == [-1] * 3
    digits, labels = measure_vae.held_out("digits", 10**6)
    assert len(digits) == len(labels) == 3000
    with pytest.raises(ModelError, match="no world"):
        measure_vae.held_out("cats", 3)


def test_what_is_not_there_is_left_out_with_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(measure_vae, "weights_folder", lambda name: tmp_path / name)
    assert "no weights" in measure_vae.left_out("digits-vae")
    found = evaluate.evaluate_zoo(5, models=["digits-vae", "digits-cvae"]).to_dict()
    assert found["models"] == {} and set(found["left_out"]) == {"digits-vae", "digits-cvae"}
    assert "| `digits-vae` | no weights" in format_table(found)
    assert set(evaluate.VAE_BARS) == set(measure_vae.VAES)


def test_a_bar_of_a_vae_is_judged(monkeypatch, folder):
    monkeypatch.setitem(evaluate.ALL_BARS, "digits-vae", {"psnr_db": (">=", 99.0)})
    found = evaluate.evaluate_zoo(5, models=["digits-vae"]).to_dict()
    assert "≥ 99.0 (below the bar)" in format_table(found)
    assert found["made_by"]["settings"] == {"n": 5} and not found["quick"]
