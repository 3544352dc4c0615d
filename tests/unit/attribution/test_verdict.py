"""The verdict on a method, and the controls that have to fail it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from genlens.attribution.comparison import compare_methods
from genlens.attribution.controls import CONTROLS, edges
from genlens.attribution.faithfulness import spearman
from genlens.attribution.randomisation import (
    _chance,
    likeness,
    randomisation_test,
    shuffle_weights,
)
from genlens.attribution.target import Target
from genlens.attribution.verdict import LIMIT, MIN_CASES, Verdict, surely_above
from genlens.common.measures import Measure, mean
from genlens.latents.targets import decoded_region, latent_mean
from tiny_vaes import code, conv_model, image

pytestmark = pytest.mark.unit


def measure(low: float, high: float, n: int = 16) -> Measure:
    return Measure((low + high) / 2, low, high, n)


@pytest.mark.parametrize(
    ("alike", "gain", "verdict"),
    [
        (measure(0.0, 0.4), measure(0.1, 0.3), Verdict.RELIABLE),
        (measure(0.0, 0.4, MIN_CASES), measure(0.2, 0.3, MIN_CASES), Verdict.RELIABLE),
        (measure(0.0, 0.4, MIN_CASES - 1), measure(0.1, 0.3), Verdict.TOO_FEW),
        (measure(0.0, 0.4), measure(0.1, 0.3, MIN_CASES - 1), Verdict.TOO_FEW),
        (measure(0.0, LIMIT), measure(0.1, 0.3), Verdict.UNSURE),
        (measure(0.3, 0.8), measure(0.1, 0.3), Verdict.UNSURE),
        (measure(LIMIT, 0.8), measure(0.1, 0.3), Verdict.UNCHANGED),
        (measure(1.0, 1.0), measure(-0.5, 0.0), Verdict.UNCHANGED),
        (measure(0.0, 0.4), measure(-0.5, -0.1), Verdict.NO_BETTER),
        (measure(0.0, 0.4), measure(0.0, 0.05), Verdict.NO_BETTER),
        (measure(0.0, 0.4), measure(-0.1, 0.5), Verdict.UNSURE),
        (measure(0.0, 0.4), measure(0.01, 0.4), Verdict.UNSURE),  # above 0, not at 99.9 %
        (mean([]), mean([]), Verdict.TOO_FEW),
        (measure(0.0, 0.4), Measure(0.2, float("-inf"), float("inf"), 16), Verdict.UNSURE),
    ],
)
def test_both_tests_have_to_be_passed_with_certainty(alike, gain, verdict):
    assert Verdict.of(alike, gain) is verdict
    assert Verdict.read(verdict.key) is verdict and verdict.passed is (verdict.key == "reliable")


def test_chance_passes_once_in_a_thousand_maps_and_what_is_there_passes():
    """A map of pure chance has gains around 0. With the ends of a 95 % interval, 2.5 % passed."""
    rng, unlike = np.random.default_rng(0), measure(0.0, 0.1)
    gains = [mean(list(row)) for row in rng.normal(0, 0.1, (4000, MIN_CASES))]
    assert sum(Verdict.of(unlike, gain).passed for gain in gains) <= 12
    assert sum(gain.low > 0 for gain in gains) >= 60
    real = [mean(list(row)) for row in rng.normal(0.3, 0.1, (200, MIN_CASES))]
    assert sum(Verdict.of(unlike, gain).passed for gain in real) >= 180
    # n = 8: 4.785 (t of 7 at 0.999) over 2.365 (at 0.975) as far
    assert surely_above(Measure(0.5, 0.5 - 2.365, 1.0, 8)) == pytest.approx(0.5 - 4.785, abs=2e-3)


def test_one_picture_can_only_show_that_a_method_fails():
    assert Verdict.of_one(0.1, 1.0, 39) is Verdict.TOO_FEW
    assert Verdict.of_one(0.5, 1.0, 39) is Verdict.UNCHANGED
    assert Verdict.of_one(0.1, 0.9, 39) is Verdict.NO_BETTER
    assert Verdict.of_one(0.1, 1.0, 10) is Verdict.NO_BETTER  # ten orders cannot tell
    assert Verdict.read("magic") is None and Verdict.read(None) is None


def test_a_map_and_its_negative_are_alike():
    p = np.random.default_rng(0).normal(size=(20, 20))
    for q in (p, -p, p**3, -np.exp(p)):
        assert likeness(p, q).value == pytest.approx(1.0)
    other = np.random.default_rng(1).normal(size=(20, 20))
    assert abs(likeness(p, other).value) < 0.2
    assert likeness(p, p * np.sign(other)).sizes == pytest.approx(1.0)
    assert likeness(p, p * np.sign(other)).value < 0.3  # signs are part of an explanation


def test_flat_maps_are_unchanged_and_not_reliable():
    flat, ramp = np.ones((6, 6)), np.arange(36.0).reshape(6, 6)
    assert likeness(flat, 3 * flat).value == 1.0
    assert likeness(flat, flat + 1e-9 * ramp).value == 1.0  # rounding is no map
    assert likeness(flat, ramp).value == 0.0 == likeness(ramp, flat).value
    assert np.isnan(likeness(ramp, ramp * np.nan).value)
    only = np.zeros((6, 6), bool)
    only[0] = True
    assert likeness(ramp, np.where(only, 1.0, ramp), only).value == 0.0  # flat where it counts


def test_unrelated_orders_of_few_values_are_not_alike():
    rng = np.random.default_rng(0)
    for n in (3, 4, 7, 10, 24):
        first, orders = np.arange(n), rng.permuted(np.tile(np.arange(n), (3000, 1)), axis=1)
        rho = np.cov(first, orders[0])[0, 1] / first.var(ddof=1)
        assert spearman(first, orders[0]) == pytest.approx(rho)
        found = np.abs((orders - first.mean()) @ (first - first.mean())) / (n * first.var())
        assert _chance(n) == pytest.approx(found.mean(), abs=0.02)
        pairs = [likeness(rng.normal(size=n), rng.normal(size=n)).value for _ in range(400)]
        assert abs(np.mean(pairs)) < 0.06
    assert np.isnan(likeness(np.array([1.0, 2.0]), np.array([2.0, 1.0])).value)
    blocks = [np.kron(rng.normal(size=(2, 3)), np.ones((8, 8))) for _ in range(200)]
    pairs = [likeness(p, q).ranks for p, q in zip(blocks[::2], blocks[1::2], strict=True)]
    assert abs(np.mean(pairs)) < 0.12  # six superpixels are six values, not 384


def test_a_structure_that_ranks_hide_is_seen():
    """Each half of the map turned over by itself: ranks cancel, the structure stays."""
    p = np.random.default_rng(0).normal(size=(32, 32))
    q = p.copy()
    q[:, 20:] *= -1
    found = likeness(p, q)
    assert found.ranks < 0.4 and found.structure < 1
    shifted = likeness(p, p + 0.3 * np.random.default_rng(1).normal(size=p.shape))
    assert shifted.structure > 0.8


def test_edges_are_sobels():
    x = np.zeros((1, 5, 5))
    x[0, :, 3:] = 1.0
    assert edges(x)[2].tolist() == [0, 0, 16, 16, 0]
    assert edges(np.array([-2.0, 1.0])).tolist() == [2, 1]


def answers(model, target, x):
    """f of the model, and of eight with shuffled weights."""
    models = [model, *(shuffle_weights(model, seed) for seed in range(8))]
    return np.array([float(target(m).function(x[None])) for m in models])


def test_the_sign_of_the_answer_does_not_hide_the_edges():
    """Shuffled models answer now above and now below 0, and the mean of signed correlations, the
    old rule, is near 0 for a map that shows the same edges every time."""
    model, x = conv_model(), image((1, 16, 16))
    control, find = CONTROLS["edges-sign"], lambda m: latent_mean(m, 3)
    signs = np.sign(answers(model, find, x))
    assert abs((signs[1:] * signs[0]).mean()) < LIMIT  # what the old rule would have said
    found = randomisation_test(lambda m: control.explain(find(m), x), model, repeats=8)
    assert np.allclose(found.similarity, 1.0) and found.unreliable is True


@pytest.mark.parametrize("kind", ["image", "latent"])
def test_no_control_passes_on_one_picture(kind):
    model = conv_model()
    x = image((1, 16, 16)) if kind == "image" else code()
    make = (lambda m: latent_mean(m, 2)) if kind == "image" else (
        lambda m: decoded_region(m, np.eye(16))
    )  # fmt: skip
    found = compare_methods(make, model, x, methods=["saliency"], repeats=2)
    assert [trial.method for trial in found.controls] == list(CONTROLS)
    failed = {trial.method: trial.found for trial in found.controls}
    assert all(verdict in (Verdict.UNCHANGED, Verdict.NO_BETTER) for verdict in failed.values())
    assert failed["edges"] is failed["edges-sign"] is failed["constant"] is Verdict.UNCHANGED
    assert failed["random"] is Verdict.NO_BETTER
    written = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert written["controls"][2]["verdict"] == "unchanged"


def test_an_explanation_of_two_latents_cannot_be_told_from_chance():
    model = conv_model(d=2)
    explain = lambda m: CONTROLS["edges"].explain(decoded_region(m, np.eye(16)), code(2))  # noqa: E731
    found = randomisation_test(explain, model)
    assert found.unreliable is None and np.isnan(found.final)


def test_the_random_map_is_another_one_for_every_model():
    target = Target("f", "image", "", lambda x: x.sum(dim=(1, 2, 3)), (1, 4, 4))
    doubled = Target("f", "image", "", lambda x: 2 * x.sum(dim=(1, 2, 3)), (1, 4, 4))
    control, x = CONTROLS["random"], torch.ones(1, 4, 4)
    first = control.explain(target, x, 1)
    assert np.array_equal(first.values, control.explain(target, x, 1).values)
    assert not np.array_equal(first.values, control.explain(target, x, 2).values)
    assert not np.array_equal(first.values, control.explain(doubled, x, 1).values)
