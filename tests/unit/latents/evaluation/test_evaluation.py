"""The truth table's own arithmetic, on explanations that are right, random or blind by design."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from bars_study import SIDE, pictures, study
from genlens.errors import Cancelled, InputError
from genlens.latents.activations import layer_activations
from genlens.latents.evaluation import evaluate as evaluation
from genlens.latents.evaluation import rebuild as rebuilding
from genlens.latents.evaluation.evaluate import QUICK, Size, evaluate_latents
from genlens.latents.evaluation.map_quality import by_distance, kept_both_ways, kept_neighbours
from genlens.latents.evaluation.rebuild import measure_rebuild
from genlens.latents.evaluation.space import class_measures, measure_space
from genlens.latents.evaluation.table import format_table
from genlens.latents.maps.latent_map import quality
from genlens.latents.maps.neighbours import class_structure
from genlens.latents.rebuild import leaderboard as rebuild_table
from genlens.latents.rebuild.rules import Rules
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.module import ConvVAE
from genlens.study.study import study_of, with_own_labels

pytestmark = pytest.mark.unit


def test_class_measures_are_those_of_the_map_page():
    images, labels = pictures(60)
    images = images + np.random.default_rng(0).random(images.shape).astype(np.float32) * 0.01
    slow = class_structure(images.reshape(60, -1), labels)
    fast = class_measures(images, labels)
    assert fast.purity.value == pytest.approx(slow.purity) and fast.chance.value == slow.chance
    assert fast.silhouette.value == pytest.approx(slow.silhouette, abs=1e-4)
    assert fast.purity.low < fast.purity.value or fast.purity.value == 1
    with pytest.raises(InputError, match="classes"):
        class_measures(images, np.zeros(60))


def test_the_quality_of_a_map_is_the_mean_over_its_points():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(80, 5))
    shown = codes[:, :2] + 0.3 * rng.normal(size=(80, 2))
    trust, continuity = quality(shown, codes)
    assert kept_neighbours(codes, shown, 15).mean() == pytest.approx(trust)
    assert kept_neighbours(shown, codes, 15).mean() == pytest.approx(continuity)
    assert trust != continuity and kept_neighbours(codes, codes, 15).min() == 1
    both = kept_both_ways(by_distance(codes), by_distance(shown), 15)
    assert [kept.mean() for kept in both] == [pytest.approx(trust), pytest.approx(continuity)]


def test_space_measures_of_a_study():
    here = study()
    found = measure_space(here, maps=("pca",))
    assert found.classes == 2 and found.latents == 4 and 0 <= found.active.value <= 4
    assert found.mse.value == pytest.approx(np.mean(here.errors)) and found.mse.n == 40
    shares = np.linalg.svd(here.codes.mean - here.codes.mean.mean(axis=0), compute_uv=False) ** 2
    assert found.two_axes.value == pytest.approx(shares[:2].sum() / shares.sum())
    reached = np.cumsum(shares / shares.sum())
    assert found.axes_for_90.value == 1 + (reached < 0.9).sum()
    slow = layer_activations(
        here.model, torch.from_numpy(here.images), here.labels.tolist(), centre=True
    )
    for side, values in (("within", slow.within), ("between", slow.between)):
        fast = [m.value for m in getattr(found.activations, side)]
        np.testing.assert_allclose(fast, values, atol=1e-6)
    assert found.activations.within[-1].value > found.activations.between[-1].value
    written = found.to_dict()
    json.dumps(written, allow_nan=False)
    assert set(written["kl"]) == {"value", "low", "high", "n", "left_out"}
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
    monkeypatch.setattr(rebuilding, "rules_of", strict)
    monkeypatch.setattr(rebuild_table, "rules_of", strict)
    found = measure_rebuild(here, 3)
    assert found.won.n == 3 and found.latents == 3 and found.mig is None
    assert measure_rebuild(study(), 2).moves.n == 2


# ------------------------------------------------------------------ the whole


def test_what_is_not_shipped_is_named_and_not_made_up(monkeypatch):
    said = []
    here = study()
    found = evaluate_latents(
        40,
        models=(here, "no-such-vae"),
        size=Size(pictures=2, maps=("pca",), games=1),
        methods=("saliency", "lrp", "shap", "lime-latents"),
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
    for words in (
        "k-NN purity", "SHAP and LIME", "Saliency and LRP", "no-such-vae", "too few cases", "40",
        "Random map", "(control) Constant values",
    ):  # fmt: skip
        assert words in text
    with pytest.raises(Cancelled):
        evaluate_latents(40, models=(here,), cancel=lambda: True)
    with pytest.raises(InputError, match="pictures is 3"):
        evaluate_latents(3)
    assert "No model was measured" in format_table(
        evaluate_latents(20, models=("gone-vae",)).to_dict()
    )
    assert evaluation._missing("emoji-vae") == ""
    assert QUICK.n < Size().n and QUICK.light


def test_several_processes_measure_the_same_in_the_same_order():
    size = Size(pictures=1, maps=(), games=0)
    asked = {"models": ("digits-vae", "maritime-vae"), "methods": ("saliency",), "size": size}
    two, one = evaluate_latents(20, processes=2, **asked), evaluate_latents(20, **asked)
    assert [m.model for m in two.models] == ["digits-vae", "maritime-vae"]
    for ours, theirs in zip(two.models, one.models, strict=True):
        assert ours.space.mse.value == pytest.approx(theirs.space.mse.value, rel=1e-4)
        gains = [[m.gain.value for m in found.methods] for found in (ours, theirs)]
        assert gains[0] == pytest.approx(gains[1], abs=1e-3)
    assert two.made_by.settings["processes"] == 2
    with pytest.raises(InputError, match="name them, or pass 1"):
        evaluate_latents(20, models=(study(),), processes=2)


def measures_in(value: object) -> Iterator[dict]:
    """Every figure of a written evaluation."""
    if isinstance(value, dict):
        if {"low", "high"} <= set(value):
            yield value
        else:
            for item in value.values():
                yield from measures_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from measures_in(item)


def test_every_figure_is_written_with_its_interval():
    size = Size(pictures=2, maps=("pca",), games=1)
    found = evaluate_latents(40, models=(study(),), methods=("saliency",), size=size).to_dict()
    figures = list(measures_in(found))
    assert len(figures) > 60
    assert all(set(f) == {"value", "low", "high", "n", "left_out"} for f in figures)
    model = next(iter(found["models"].values()))
    bare = {"classes", "n", "latents"}  # counted, not estimated
    assert {k for k, v in model["space"].items() if isinstance(v, (int, float))} == bare
    assert not [k for m in model["methods"] for k, v in m.items() if type(v) in (int, float)]
