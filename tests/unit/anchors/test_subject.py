"""Models that are asked by inversion: which they are, what is kept of them, and what they cost."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gaussian_denoiser import GaussianDenoiser
from genlens.anchors import subject
from genlens.anchors.criteria import by_generator
from genlens.anchors.groups import group_anchors
from genlens.anchors.results import AnchorScores
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets import own
from genlens.anchors.thresholds import thresholds_from, thresholds_of
from genlens.errors import Cancelled, InputError
from genlens.models.generators.stylegan2.files import save
from steering_page import small_stylegan
from tiny_gan import TinyGAN

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("zeros-vae", "Autoencoder"),
        ("avatars-gan", "Generator"),
        ("emoji-diffusion", "Denoiser"),
        ("someone/unknown", "Autoencoder"),
        ("./no-such-folder", "Autoencoder"),
    ],
)
def test_a_name_says_how_its_model_is_asked(name: str, asked: str) -> None:
    assert subject.asked_as(name) == asked


def test_a_folder_says_it_too(tmp_path) -> None:
    save(tmp_path / "gan", small_stylegan(), None, {})
    assert subject.asked_as(str(tmp_path / "gan")) == "Generator"
    model = subject.load_subject(str(tmp_path / "gan"))
    assert subject.contract_asked(model) == "Generator" and model.image_shape == (3, 16, 16)


def test_its_own_pictures_are_known_to_it_and_noise_is_not() -> None:
    gan = TinyGAN()
    pictures = subject.own_pictures(gan, 24, seed=5).pictures(range(24))
    noise = np.random.default_rng(0).random((24, 1, 8, 8)).astype(np.float32)
    scores = subject.score_by_inversion(gan, own.array(np.concatenate([pictures, noise])))
    assert scores.criteria == subject.AT_ONCE["Generator"]
    drawn = subject.score_by_inversion(gan, subject.own_pictures(gan))
    lines = thresholds_from(drawn, subject.SAMPLES)
    group = group_anchors(scores, lines["inversion"], lines["mse"]).group
    assert (group[:24] == 0).mean() > 0.9, "HIHE"
    assert np.isin(group[24:], (1, 3)).mean() > 0.9, "it cannot draw noise"


def test_what_is_kept_is_what_was_scored() -> None:
    gan = TinyGAN()
    anchors = subject.own_pictures(gan, 20, seed=2)
    scores = subject.score_by_inversion(gan, anchors)
    assert scores.rebuilt is not None and scores.rebuilt.dtype == np.uint8
    away = anchors.pictures(range(20)) - scores.rebuilt.astype(np.float32) / 255
    mse = scores.values[:, scores.criteria.index("mse")]
    assert np.square(away).sum((1, 2, 3)) == pytest.approx(mse, abs=0.05)
    assert score_anchors(gan, anchors, ("mse",), steps=3).rebuilt is None
    assert "rebuilt" not in scores.to_dict()


def test_few_pictures_are_in_memory_at_a_time(monkeypatch) -> None:
    """Gradients of 512 pictures of a StyleGAN2 would fill any memory."""
    sizes = []
    known = by_generator.GeneratorReader.invert

    def invert(self, images):
        sizes.append(len(images))
        return known(self, images)

    monkeypatch.setattr(by_generator.GeneratorReader, "invert", invert)
    score_anchors(TinyGAN(), subject.own_pictures(TinyGAN(), 40), ("mse",), steps=2)
    assert sizes == [16, 16, 8]


def test_more_steps_find_better_codes() -> None:
    gan = TinyGAN()
    anchors = subject.own_pictures(gan, 16, seed=9)
    few, many = (score_anchors(gan, anchors, ("mse",), steps=n).values.mean() for n in (1, 30))
    assert many < 0.8 * few


def test_a_diffusion_model_knows_its_own_pictures() -> None:
    model = GaussianDenoiser(shape=(3, 12, 12))
    pictures = subject.own_pictures(model, 30)
    stripes = np.zeros((30, 3, 12, 12), np.float32)
    stripes[..., ::2] = 1
    anchors = own.array(np.concatenate([pictures.pictures(range(30)), stripes]))
    scores = subject.score_by_inversion(model, anchors)
    assert scores.criteria == subject.AT_ONCE["Denoiser"] and scores.rebuilt is not None
    noise_error = scores.values[:, 0]
    assert noise_error[:30].max() < noise_error[30:].min()


def test_thresholds_of_own_pictures_are_those_of_the_same_values() -> None:
    gan = TinyGAN()
    known = thresholds_of(gan, ("mse",), samples=1_000, iterations=1, steps=5, seed=3)["mse"]
    assert known.samples == 100, "as few as a tail can be read off: each is inverted"
    scores = subject.score_by_inversion(gan, subject.own_pictures(gan))
    found = thresholds_from(scores, 1_000)
    assert set(found) == set(scores.criteria)
    for name, line in found.items():
        values = scores.values[:, scores.criteria.index(name)]
        assert line.low <= line.value <= line.high and line.samples == 100
        assert line.value > np.quantile(values, 0.9), name
    with pytest.raises(InputError, match="draw 100 or more"):
        thresholds_from(_first(scores, 99), 1_000)


def _first(scores: AnchorScores, n: int) -> AnchorScores:
    from dataclasses import replace

    return replace(scores, values=scores.values[:n])


def test_the_cost_is_told_with_the_sum() -> None:
    each = subject.seconds_each(TinyGAN(), subject.own_pictures(TinyGAN(), 4))
    assert 0 < each < 60
    subject.require_affordable("gan", 160, 1.0, 160)
    with pytest.raises(InputError, match=r"160 pictures × 1.5 s = 240 s: gan .* 200 s are allowed"):
        subject.require_affordable("gan", 160, 1.5, 200)


def test_a_stop_is_answered() -> None:
    with pytest.raises(Cancelled):
        subject.score_by_inversion(
            TinyGAN(), subject.own_pictures(TinyGAN(), 4), cancel=lambda: True
        )
    model = GaussianDenoiser(shape=(3, 12, 12))
    with pytest.raises(Cancelled):
        subject.own_pictures(model, 40, cancel=lambda: True)


def test_codes_have_the_prior_of_the_generator() -> None:
    gan = TinyGAN()
    scores = subject.score_by_inversion(gan, subject.own_pictures(gan, 8))
    assert scores.codes.shape == (8, 8) and torch.isfinite(torch.from_numpy(scores.codes)).all()
