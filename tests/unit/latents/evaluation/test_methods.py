"""What is measured of attribution methods, on explanations that are right, random or blind by
design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from bars_study import SIDE, attribution, edges, noise, pictures, study
from genlens.attribution.controls import CONTROLS
from genlens.attribution.target import Target
from genlens.errors import Cancelled, InputError
from genlens.latents.evaluation.cases import (
    Case,
    blank,
    changed_region,
    control,
    explainer,
    latent_cases,
    pixel_cases,
)
from genlens.latents.evaluation.methods import measure_method, measure_methods
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.study.coder import Coder
from genlens.study.study import study_of
from tiny_vaes import linear_model

pytestmark = pytest.mark.unit


def test_a_method_that_ignores_the_weights_fails():
    cases = pixel_cases(study(), 12)
    found = measure_method("edges", edges, cases)
    assert found.verdict == "unchanged" and found.alike.value == pytest.approx(1.0)
    assert found.seed_agreement.value == pytest.approx(1.0)
    assert found.to_dict()["reliable"] is False and not found.reliable
    honest = measure_method("saliency", explainer("saliency", {"absolute": False}), cases)
    assert honest.alike.high < 0.5 and honest.title == "Saliency" and not honest.control


@pytest.mark.parametrize("make", [pixel_cases, latent_cases])
def test_no_control_is_reliable_on_a_foreign_model(make):
    """A model that nobody trained, as a visitor's may be."""
    cases = make(study(d=6), 10)
    for each in CONTROLS.values():
        found = measure_method(each.name, control(each), cases)
        assert not found.reliable and found.control, each.name
        assert found.verdict == "unchanged" or each.name == "random"
        if each.name == "random":  # it changes with the weights: only deletion gives it away
            assert found.alike.high < 0.5 and found.gain.low <= 0


def test_a_random_map_is_no_better_than_random_and_never_agrees():
    found = measure_method("noise", noise, pixel_cases(study(), 12))
    assert abs(found.gain.value) < 0.15 and found.gain.low <= 0 <= found.gain.high
    assert abs(found.seed_agreement.value) < 0.3 and abs(found.noise_agreement.value) < 0.3
    assert not found.reliable  # with one seed it is the same whatever the weights


def test_cases_share_no_random_orders_and_no_shuffle():
    """With orders and shuffled weights in common, cases are not independent, and intervals over
    them are too narrow."""
    first, second = pixel_cases(study(), 2)
    assert first.seed != second.seed and pixel_cases(study(), 1, seed=7)[0].seed != first.seed
    one, two = (case.random_orders for case in (first, second))
    assert first.random_orders is one and one.curves.shape == two.curves.shape
    same = replace(second, x=first.x, target=first.target, seed=first.seed)
    other = replace(same, seed=second.seed)
    assert np.array_equal(same.random_orders.curves, one.curves)
    assert not np.array_equal(other.random_orders.curves, one.curves)
    weights = [next(case.shuffled.module.parameters()) for case in (first, second)]
    assert not torch.equal(*weights)


def test_intervals_are_of_ninety_five_per_cent():
    """Of maps whose gain varies by chance alone, the interval holds the true gain, 0, as often as
    it says: a standard deviation, or a standard error, would not."""
    cases = pixel_cases(study(60), 60)
    gains = np.array(
        [
            measure_method("noise", noise, [replace(c, seed=1000 * r + i) for i, c in
                                            enumerate(cases[10 * r : 10 * r + 10])]).gain
            for r in range(6)
        ]
    )  # fmt: skip
    assert sum(m.low <= 0 <= m.high for m in gains) >= 5
    alone = measure_method("noise", noise, cases[:1]).gain
    assert alone.n == 1 and alone.low == float("-inf")


def test_what_a_method_refuses_is_counted_and_the_rest_measured():
    cases = pixel_cases(study(), 3)

    def picky(target, case, x, seed):
        if np.array_equal(case.x, cases[0].x):
            raise InputError("it has no edges")
        return noise(target, case, x, seed)

    found = measure_method("picky", picky, cases)
    assert found.gain.n == 2 and found.gain.left_out == {"it has no edges": 1}
    assert found.left_out == {"it has no edges": 1} == found.seconds.left_out
    flat = measure_method("flat", lambda *_: attribution(np.ones((SIDE, SIDE))), cases)
    assert flat.noise_agreement.n == 0
    assert flat.noise_agreement.left_out == {"the map is flat: it ranks nothing": 3}
    with pytest.raises(InputError, match="no edges"):
        measure_method("picky", picky, cases[:1])


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
    assert found.beats.value == 1.0 and found.gain.value > 0.1
    assert found.deletion.value == pytest.approx(found.random.value - found.gain.value)
    assert found.noise_agreement.value > 0.99


def test_every_method_is_measured_or_says_why_not():
    said = []
    wide = study(d=14)
    found, left_out = measure_methods(
        wide,
        pictures=2,
        names=("saliency", "lrp", "shap", "grad-cam"),
        progress=lambda done, total, text: said.append((done, total, text)),
    )
    kinds = {(m.method, m.kind) for m in found if not m.control}
    controls = [(m.method, m.kind) for m in found if m.control]
    assert controls == [(name, kind) for kind in ("image", "latent") for name in CONTROLS]
    assert kinds == {
        ("saliency", "image"), ("saliency", "latent"), ("lrp", "image"), ("lrp", "latent"),
        ("grad-cam", "image"),
    }  # fmt: skip
    assert list(left_out) == ["shap, latent"] and "12" in left_out["shap, latent"]
    assert said[0][:2] == (0, 14) and "Saliency" in said[0][2]
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
    assert 0 < np.abs(case.shaken() - case.x).max() < 0.2 and case.shaken().min() >= 0
    hidden = latent_cases(here, 1)[0]
    assert hidden.kind == "latent" and np.array_equal(hidden.shaken(), hidden.shaken())


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
