"""``genlens evaluate zoo`` and the VAEs: measured where their weights are, left out where not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from genlens.errors import ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.zoo import evaluate
from genlens.zoo.measures import vae as measure_vae

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
    assert figures["n"] == 40 and figures["latents"] == 3
    assert figures["psnr_db"] > 0 and figures["kl"] >= 0 and 0 <= figures["active"] <= 3
    assert set(measure_vae.FIGURES) <= set(figures)


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
    cards = Path(evaluate.__file__).parent / "cards"
    stored = json.loads((cards / "zoo.json").read_text(encoding="utf-8"))
    given = {"psnr_db": 17.0, "kl": 20.0, "active": 10.0}
    absent = {"digits-cvae": {"left_out": "x"}, "avatars-vae": {"left_out": "y"}}
    table = evaluate.format_table({**stored, "digits-vae": given, **absent})
    assert "digits-vae       psnr_db                17.000" in table
    assert "digits-cvae      left out: x" in table and "avatars-vae      left out: y" in table
    assert set(evaluate.VAE_BARS) == set(measure_vae.VAES)


def test_a_bar_of_a_vae_is_judged(monkeypatch):
    monkeypatch.setitem(evaluate.VAE_BARS, "digits-vae", {"psnr_db": (">=", 18.0)})
    assert not evaluate.reached("digits-vae", "psnr_db", 17.0)
    table = evaluate.format_table({"digits-vae": {"psnr_db": 17.0, "kl": 1.0, "active": 3.0}})
    assert "below the bar" in table.splitlines()[1]
