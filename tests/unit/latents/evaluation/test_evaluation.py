"""The truth table's own arithmetic, on explanations that are right, random or blind by design."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.attribution.results import Attribution
from genlens.attribution.target import Target
from genlens.errors import Cancelled, InputError
from genlens.latents.evaluation import evaluate as evaluation
from genlens.latents.evaluation.cases import (
    Case,
    blank,
    changed_region,
    explainer,
    latent_cases,
    pixel_cases,
)
from genlens.latents.evaluation.evaluate import evaluate_latents
from genlens.latents.evaluation.methods import measure_method, measure_methods
from genlens.latents.evaluation.space import latent_structure, measure_space, pixel_structure
from genlens.latents.evaluation.table import format_table
from genlens.latents.rebuild import leaderboard as rebuild_table
from genlens.latents.rebuild.rules import Rules
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.module import ConvVAE, ModuleAutoencoder
from genlens.study.coder import Coder
from genlens.study.study import study_of, with_own_labels
from tiny_vaes import conv_model, linear_model

pytestmark = pytest.mark.unit
SIDE = 16


def pictures(n=40, side=SIDE, seed=0):
    """Two classes on black: a bar at the top or at the bottom, of random brightness and place."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = np.zeros((n, 1, side, side), np.float32)
    for i, label in enumerate(labels):
        top = (2 if label == 0 else side // 2 + 2) + rng.integers(0, 2)
        images[i, 0, top : top + 3, 2:-2] = rng.uniform(0.6, 1.0)
    return images, labels


def study(n=40, **more):
    images, labels = pictures(n)
    return study_of(conv_model(**more), images, labels=labels, names=("top", "bottom"))


def attribution(values, **more):
    return Attribution(np.asarray(values, dtype=float), "planted", "t", **more)


def edges(target, case, x, seed):
    """A map that runs the model and ignores it: the picture's own edges."""
    target.function(torch.from_numpy(x)[None])
    return attribution(np.abs(np.diff(x[0], axis=0, append=0)) + 0.01 * x[0], signed=False)


def noise(target, case, x, seed):
    target.function(torch.from_numpy(x)[None])
    return attribution(np.random.default_rng(seed + int(1e6 * x.sum())).random(x.shape[1:]))


# ------------------------------------------------------------------ methods


def test_a_method_that_ignores_the_weights_is_called_unreliable():
    cases = pixel_cases(study(), 3)
    found = measure_method("edges", edges, cases)
    assert not found.reliable and found.randomised == pytest.approx(1.0)
    assert found.seed_agreement == pytest.approx(1.0) and found.to_dict()["reliable"] is False
    honest = measure_method("saliency", explainer("saliency", {"absolute": False}), cases)
    assert honest.reliable and honest.randomised < 0.5 and honest.title == "Saliency"


def test_a_random_map_is_no_better_than_random_and_never_agrees():
    found = measure_method("noise", noise, pixel_cases(study(), 12), seed=3)
    assert abs(found.gain) < 0.15 and not found.better_than_random
    assert abs(found.seed_agreement) < 0.3 and abs(found.noise_agreement) < 0.3
    assert not found.reliable  # with one seed it is the same whatever the weights


def test_the_true_contributions_beat_every_random_order():
    """Of a linear number the contribution of a pixel is known, and deletion by it is the best."""
    weights = torch.linspace(-1, 3, 36).reshape(1, 6, 6)
    model, x = linear_model(), np.ones((1, 6, 6), np.float32)

    def target(model):
        module = model.module

        def function(x):
            model.encode(x)  # so that there are layers to shuffle
            return (x * weights).sum(dim=(1, 2, 3))

        return Target("f", "image", "", function, (1, 6, 6), modules=(module,))

    def perfect(target, case, x, seed):
        target.function(torch.from_numpy(x)[None])
        return attribution(weights.numpy() * x)

    found = measure_method("perfect", perfect, [Case(model, target, x, 0.0, x[None], 0.01)] * 2)
    assert found.beats == 1.0 and found.gain > 0.1 and found.better_than_random
    assert found.deletion == pytest.approx(found.random - found.gain)
    assert found.noise_agreement > 0.99


def test_every_method_is_measured_or_says_why_not():
    said = []
    wide = study(d=14)
    found, left_out = measure_methods(
        wide,
        pictures=2,
        names=("saliency", "lrp", "shap", "grad-cam"),
        progress=lambda done, total, text: said.append((done, total, text)),
    )
    kinds = {(m.method, m.kind) for m in found}
    assert kinds == {
        ("saliency", "image"), ("saliency", "latent"), ("lrp", "image"), ("lrp", "latent"),
        ("grad-cam", "image"),
    }  # fmt: skip
    assert list(left_out) == ["shap, latent"] and "12" in left_out["shap, latent"]
    assert said[0][:2] == (0, 6) and "Saliency" in said[0][2]
    with pytest.raises(Cancelled):
        measure_methods(wide, pictures=2, names=("saliency",), cancel=lambda: True)
    with pytest.raises(InputError, match="no cases"):
        measure_method("saliency", explainer("saliency"), [])


def test_latents_that_are_maps_play_in_blocks():
    torch.manual_seed(0)
    decoder = torch.nn.Sequential(torch.nn.ConvTranspose2d(2, 1, 4, 4), torch.nn.Sigmoid())
    model = ModuleAutoencoder(
        torch.nn.Conv2d(1, 2, 4, 4), decoder, image_shape=(1, SIDE, SIDE), device="cpu"
    )
    images, _ = pictures(12)
    case = latent_cases(study_of(model, images), 1)[0]
    found = explainer("shap")(case.target(model), case, case.x, 0)
    assert found.values.shape == (32,) and found.made_by.settings["players"] == 9
    assert found.relative_gap < 1e-3


# ------------------------------------------------------------------ cases


def test_cases_ask_for_what_sets_a_picture_apart():
    here = study()
    assert blank(here) == 0.0
    bright = replace(here, images=1 - here.images)
    assert blank(bright).shape == (1, SIDE, SIDE)
    case = pixel_cases(here, 2)[0]
    assert case.kind == "image" and case.within.sum() == (here.images[0] > 0.05).sum()
    codes = here.codes.mean
    dark = Coder(here.model).encode(np.zeros((1, 1, SIDE, SIDE), np.float32)).mean[0]
    j = int(np.abs((codes[0] - dark) / codes.std(axis=0)).argmax())
    assert case.target(case.model).name == f"mean of z{j}"
    assert np.abs(case.shaken(0) - case.x).max() < 0.2 and case.shaken(0).min() >= 0
    hidden = latent_cases(here, 1)[0]
    assert hidden.kind == "latent" and np.array_equal(hidden.shaken(1), hidden.shaken(1))


def test_the_changed_region_is_where_the_decoder_reacts():
    model = linear_model(d=2, shape=(1, 6, 6))
    with torch.no_grad():
        model.module["decoder"][0].weight.zero_()
        model.module["decoder"][0].weight[[3, 7, 20], 0] = torch.tensor([1.0, 3.0, -2.0])
    found = changed_region(model, np.array([1.0, 0.0]), share=2 / 36)
    assert np.flatnonzero(found).tolist() == [3, 7]
    assert np.flatnonzero(changed_region(model, np.array([-1.0, 0.0]), share=2 / 36)).tolist() == [
        3, 7,
    ]  # fmt: skip


# ------------------------------------------------------------------ spaces


def test_pixel_structure_is_class_structure_of_pixels():
    images, labels = pictures(60)
    images = images + np.random.default_rng(0).random(images.shape).astype(np.float32) * 0.01
    slow = latent_structure(images.reshape(60, -1), labels)
    fast = pixel_structure(images, labels)
    assert fast.purity == pytest.approx(slow.purity) and fast.chance == slow.chance
    assert fast.silhouette == pytest.approx(slow.silhouette, abs=1e-4)
    with pytest.raises(InputError, match="classes"):
        pixel_structure(images, np.zeros(60))


def test_space_measures_of_a_study():
    here = study()
    found = measure_space(here, maps=("pca",))
    assert found.classes == 2 and found.latents == 4 and 0 <= found.active <= 4
    assert found.mse == pytest.approx(np.mean(here.errors))
    assert found.maps[0].axes_for_90 >= 1 and sum(found.maps[0].explained) == pytest.approx(1)
    assert found.activations.within[-1] > found.activations.between[-1]
    json.dumps(found.to_dict(), allow_nan=False)
    nameless = replace(here, labels=np.full(len(here), -1))
    assert measure_space(nameless, maps=()).latent_space is None


def test_a_conditional_model_is_told_each_label():
    torch.manual_seed(0)
    net = ConvVAE((1, SIDE, SIDE), 3, (4, 6), 8, 2)
    images, labels = pictures(12)
    here = study_of(ConditionalAutoencoder(net, device="cpu"), images, labels=labels)
    own = with_own_labels(here)
    for i in (0, 1):
        model, expected = here.at(i)
        assert model.label == labels[i] and np.allclose(own.codes.mean[i], expected, atol=1e-5)
    assert not np.allclose(own.codes.mean[1], here.codes.mean[1])
    plain = study()
    assert with_own_labels(plain) is plain


def test_each_game_of_a_conditional_model_is_of_one_label(monkeypatch):
    torch.manual_seed(0)
    images = np.random.default_rng(0).random((12, 1, SIDE, SIDE)).astype(np.float32)
    labels = np.arange(12) % 2
    model = ConditionalAutoencoder(ConvVAE((1, SIDE, SIDE), 3, (4, 6), 32, 2), device="cpu")
    for parameter in model.net.parameters():
        parameter.data *= 3.0  # so that codes differ, in the two decimals that a game keeps
    model = model.given(0)
    here = with_own_labels(study_of(model, images, labels=labels))
    strict = lambda _: Rules("error", 1.5, 30.0)  # noqa: E731  (not to be won)
    monkeypatch.setattr(evaluation, "rules_of", strict)
    monkeypatch.setattr(rebuild_table, "rules_of", strict)
    line = evaluation._line(here, 3, 0, None)
    assert line.standing.games == 3 and line.latents == 3 and line.mig is None
    assert evaluation._line(study(), 2, 0, None).standing.games == 2


# ------------------------------------------------------------------ the whole


def test_what_is_not_shipped_is_named_and_not_made_up(monkeypatch):
    said = []
    here = study()
    found = evaluate_latents(
        40,
        models=(here, "no-such-vae"),
        pictures=2,
        methods=("saliency", "lrp", "shap", "lime-latents"),
        maps=("pca",),
        games=1,
        progress=lambda done, total, text: said.append((done, total)),
    )
    assert [m.model for m in found.models] == [here.id] and found.faces is None
    assert "not shipped" in found.left_out["no-such-vae"]
    assert said == sorted(said) and said[-1] == (200, 200)
    numbers = found.to_dict()
    json.dumps(numbers, allow_nan=False)
    assert "agree with the target" in numbers["models"][here.id]["left_out"]["rebuild"]
    text = format_table(numbers)
    assert text == format_table(json.loads(json.dumps(numbers)))
    for words in ("k-NN purity", "SHAP and LIME", "Saliency and LRP", "no-such-vae", "reliable"):
        assert words in text
    with pytest.raises(Cancelled):
        evaluate_latents(40, models=(here,), cancel=lambda: True)
    with pytest.raises(InputError, match="n is 3"):
        evaluate_latents(3)
    assert "No model was measured" in format_table(
        evaluate_latents(20, models=("gone-vae",)).to_dict()
    )
    assert evaluation._missing("emoji-vae") == ""
