"""The scores that ship: whole, of the right anchors, and what the model says today."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import genlens
from genlens.anchors import CRITERIA
from genlens.anchors.packing import carrying, pack
from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets.sets import anchor_set
from genlens.anchors.shipped import (
    MODEL,
    PAPERS,
    SAMPLES,
    joined,
    planes,
    shipped_anchors,
    shipped_latents,
    shipped_scores,
    shipped_thresholds,
)
from genlens.anchors.thresholds import thresholds_of
from genlens.cli.main import main as run_cli
from genlens.errors import InputError
from genlens.ui.anchors import scored
from genlens.worlds.digits import LAST_TRAINING_ZERO, TRAINING_ZEROS

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))


def test_all_of_mnist_but_the_4000_training_zeros():
    scores = shipped_scores()
    missing = np.setdiff1d(np.arange(70_000), scores.ids)
    assert len(scores) == 66_000 and len(missing) == TRAINING_ZEROS == 4_000
    assert missing.max() == LAST_TRAINING_ZERO
    paper = scores.labels[:PAPERS]
    assert (scores.ids[:PAPERS] < 60_000).all() and (scores.ids[PAPERS:] >= 60_000).all()
    assert (paper == 0).sum() == 1_923 and (paper > 0).sum() == 54_077
    assert scores.criteria[:2] == ("kld", "mse") and scores.sides[:2] == ("intrinsic", "extrinsic")
    assert (
        scores.values.shape == (66_000, len(scores.criteria)) and np.isfinite(scores.values).all()
    )
    assert scores.codes.shape == (66_000, len(shipped_latents()))
    assert scores.made_by.model == MODEL


def test_they_are_what_the_shipped_model_says_of_the_shipped_pictures():
    scores, model = shipped_scores(), genlens.load(MODEL, contract="Autoencoder", device="cpu")
    assert scores.made_by.revision == model.card.revision
    anchors = shipped_anchors()
    rows = np.flatnonzero(anchors.here(np.arange(len(anchors))))[::20]
    some = anchors.rows(rows, "some")
    again = score_anchors(model, some, scores.criteria)
    np.testing.assert_array_equal(again.ids, scores.ids[rows])
    np.testing.assert_array_equal(again.labels, scores.labels[rows])
    np.testing.assert_allclose(again.values, scores.values[rows], rtol=1e-3)
    np.testing.assert_allclose(again.codes[:, shipped_latents()], scores.codes[rows], atol=0.02)


def test_a_threshold_ships_for_each_criterion_read_off_60000_pictures():
    limits, scores = shipped_thresholds(), shipped_scores()
    assert tuple(limits) == scores.criteria
    model = genlens.load(MODEL, contract="Autoencoder", device="cpu")
    fewer = thresholds_of(model, ("kld", "mse"), samples=SAMPLES, iterations=2, seed=3)
    for name, limit in limits.items():
        low, high = CRITERIA[name].range
        assert low <= limit.low < limit.value < limit.high <= high
        assert (limit.samples, limit.form) == (60_000, "quantile")
        assert limit.made_by.revision == model.card.revision
        assert limit.made_by.settings["samples"] == 60_000
    for name, limit in fewer.items():  # other pictures, and fewer: the same place
        assert limit.low < limits[name].value < limit.high


def test_the_page_and_the_command_line_take_the_thresholds_that_ship(monkeypatch, capsys):
    for module in (scored, genlens.anchors.thresholds):
        monkeypatch.setattr(module, "thresholds_of", lambda *a, **k: pytest.fail("drawn anew"))
    assert scored.scored(MODEL).thresholds == shipped_thresholds()
    assert run_cli(["anchors", MODEL, "--set", "digits", "--k", "1"]) == 0
    said = capsys.readouterr().out
    assert f"threshold of mse: {shipped_thresholds()['mse'].value:.4g}" in said
    assert "60,000 samples" in said


def test_pictures_that_do_not_ship_say_what_to_fetch():
    anchors = shipped_anchors()
    assert len(anchors) == 66_000 and anchors.title == shipped_scores().data
    here = anchors.here(np.arange(66_000))
    assert here.sum() == len(anchor_set("digits")) and here[:PAPERS].sum() > 1_000
    assert anchors.pictures(np.flatnonzero(here)[:4]).shape == (4, 1, 28, 28)
    absent = np.flatnonzero(~here)[:3]
    with pytest.raises(InputError, match="3 of 3 pictures do not ship.*genlens fetch digits"):
        anchors.pictures(absent)
    with pytest.raises(InputError, match="do not ship"):
        next(anchors.batches(10))


def test_planes_and_back():
    rng = np.random.default_rng(0)
    for numbers in (
        rng.normal(size=(3, 5)).astype(np.float32),
        rng.integers(-9, 9, (2, 4), np.int16),
    ):
        parts = planes(numbers)
        assert parts.dtype == np.uint8 and parts.shape == (numbers.itemsize, *numbers.shape)
        np.testing.assert_array_equal(joined(parts, numbers.dtype.type), numbers)


def test_packing_keeps_the_latents_that_carry_something(tmp_path):
    torch.manual_seed(0)
    model = genlens.load(MODEL, contract="Autoencoder", device="cpu")
    images = np.zeros((20, 1, 28, 28), np.float32)
    images[:, :, 5:20, 5:20] = np.random.default_rng(0).random((20, 1, 15, 15))
    latents = carrying(model, images)
    kl = model.encode(torch.from_numpy(images)).kl().mean(0)
    assert (kl[latents] >= 0.1).all() and (kl.sum() - kl[latents].sum()) < 0.1 * 200
    assert list(latents) == sorted(latents, key=lambda i: -kl[i])
    scores = AnchorScores(
        ("kld",), ("intrinsic",), ("nats",), np.ones((3, 1), np.float32) * [[1], [2.00001], [3e-5]],
        np.random.default_rng(1).normal(size=(3, 200)).astype(np.float32), np.array([0, 1, -1]),
        np.array([5, 9, 60_001]), ("a", "b"), "three",
    )  # fmt: skip
    limit = {"kld": Threshold("kld", 2.0, 1.0, 3.0, "quantile", 60_000)}
    pack(scores, limit, latents, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as stored:
        values = joined(stored["values"], np.float32).T
        np.testing.assert_allclose(values, scores.values, rtol=1e-5)
        np.testing.assert_array_equal(np.cumsum(stored["ids"]), scores.ids)
        codes = joined(stored["codes"], np.int16).T / 64
        np.testing.assert_allclose(codes, scores.codes[:, latents], atol=1 / 128 + 1e-6)
