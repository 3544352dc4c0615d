"""Tests of explanations, on explanations that are known to be right, wrong, or about nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.attribution.faithfulness import (
    deletion,
    mass_inside,
    pointing_game,
    rank_agreement,
    spearman,
)
from genlens.attribution.gradients import integrated_gradients, saliency
from genlens.attribution.lrp import lrp
from genlens.attribution.randomisation import randomisation_test, shuffle_weights
from genlens.attribution.results import Attribution
from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, latent_mean
from tiny_vaes import code, conv_model, hooks_on, image, linear_model

pytestmark = pytest.mark.unit

WEIGHTS = torch.arange(16.0).reshape(1, 4, 4) - 4


def ramp():
    """f(x) = sum of weights * x, with some weights below 0, at a white picture."""
    target = Target("f", "image", "", lambda x: (x * WEIGHTS).sum(dim=(1, 2, 3)), (1, 4, 4))
    return target, torch.ones(1, 4, 4)


def map_of(values, **more):
    return Attribution(np.asarray(values, dtype=float), "m", "t", **more)


def test_deletion_of_a_linear_function_is_known():
    target, x = ramp()
    weights = WEIGHTS.double().numpy()
    found = deletion(target, x, map_of(weights), steps=16, orders=30)
    falling = np.sort(weights.reshape(-1))[::-1]
    curve = weights.sum() - np.concatenate([[0], np.cumsum(falling)])
    assert np.allclose(found.values, curve, atol=1e-4)
    assert found.auc == pytest.approx(np.trapezoid(curve / weights.sum(), np.linspace(0, 1, 17)))
    assert found.random_auc == pytest.approx(0.5, abs=0.15)
    assert found.gain > 0 and found.beats == 1.0
    assert found.made_by.model_calls == 2 + 31 * 15  # both ends are known
    worst = deletion(target, x, map_of(-weights), steps=16, orders=30)
    assert worst.gain < 0 and worst.beats == 0.0
    json.dumps(found.to_dict(), allow_nan=False)


def test_deletion_of_a_number_that_grows_by_deleting():
    """Below the baseline's value, what pulls the number down goes first."""
    target, x = ramp()
    mirrored = replace(target, function=lambda x: -target.function(x))
    weights = WEIGHTS.double().numpy()
    best = deletion(mirrored, x, map_of(-weights), steps=16)
    plain = deletion(target, x, map_of(weights), steps=16)
    assert best.auc == pytest.approx(plain.auc, abs=1e-6)


def test_an_explanation_of_nothing_is_worth_nothing():
    target, x = ramp()
    noise = np.random.default_rng(0).normal(size=(1, 4, 4))
    gains = [
        deletion(target, x, map_of(noise * 0), orders=20, seed=s, steps=16).gain for s in range(8)
    ]
    assert abs(np.mean(gains)) < 0.12  # a flat map is a random order
    flat = Target("f", "image", "", lambda x: 0 * x.sum(dim=(1, 2, 3)))
    none = deletion(flat, x, map_of(noise))
    assert np.isnan(none.auc) and np.isnan(none.gain) and none.to_dict()["auc"] is None
    with pytest.raises(InputError, match="another input"):
        deletion(target, x, map_of(np.ones((3, 3))))


def test_deletion_of_latents_and_of_sizes():
    model, z = conv_model(), code()
    target = decoded_region(model, np.eye(16))
    found = deletion(target, z, integrated_gradients(target, z), steps=20)
    assert found.fractions.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.random.shape == (10, 5)
    assert np.allclose(found.random[:, 0], found.values[0])
    assert np.allclose(found.random[:, -1], found.values[-1])
    x = image((1, 16, 16))
    mean = latent_mean(model, 0)
    sized = deletion(mean, x, saliency(mean, x), orders=2)
    again = deletion(mean, x, saliency(mean, x), orders=2)
    assert np.array_equal(sized.values, again.values) and len(sized.values) == 21


def test_pointing_game():
    values = np.zeros((9, 9))
    values[2, 3], values[7, 7] = 5.0, -9.0
    mask = np.zeros((9, 9), dtype=bool)
    mask[1:4, 1:4] = True
    assert not pointing_game(map_of(values), mask)  # the largest size is outside
    assert pointing_game(map_of(values), mask, size=False)
    near = np.zeros((9, 9), dtype=bool)
    near[7, 4] = True
    assert not pointing_game(map_of(values), near, tolerance=2)
    assert pointing_game(map_of(values), near, tolerance=3)
    assert not pointing_game(map_of(np.ones((9, 9))), mask)
    assert not pointing_game(map_of(np.ones((9, 9))), ~mask)  # though most pixels are inside
    with pytest.raises(InputError, match="empty"):
        pointing_game(map_of(values), np.zeros((9, 9)))
    with pytest.raises(InputError, match=r"\(h, w\)"):
        pointing_game(map_of(values), np.ones((3, 3)))


def test_mass_inside():
    values = np.array([[[1.0, -3.0], [0.0, 4.0]]])
    assert mass_inside(map_of(values), [[0, 1], [0, 0]]) == (3 / 8, 1 / 4)
    assert mass_inside(map_of(values), [[1, 1], [1, 1]]) == (1.0, 1.0)
    assert np.isnan(mass_inside(map_of(values * 0), [[0, 1], [0, 0]])[0])


def test_rank_agreement():
    values = np.array([1.0, -5.0, 3.0, 2.0])
    assert rank_agreement([map_of(values), map_of(values**3)]) == pytest.approx(1)
    assert rank_agreement([map_of(values), map_of(-values)]) == pytest.approx(-1)
    sizes = map_of(np.abs(values), signed=False)
    assert rank_agreement([map_of(-values), sizes]) == pytest.approx(1)
    three = rank_agreement([map_of(values), map_of(values), map_of(-values)])
    assert three == pytest.approx(-1 / 3)
    # 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: d = (1, 1, 0)
    assert spearman(np.array([1.0, 2, 3]), np.array([2.0, 1, 3])) == pytest.approx(1 - 6 * 2 / 24)
    assert np.isnan(spearman(np.ones(3), np.arange(3.0)))
    with pytest.raises(InputError):
        rank_agreement([map_of(values)])
    with pytest.raises(InputError):
        rank_agreement([map_of(values), map_of(values[:2])])


def edges(model, x):
    """A map that knows nothing of the model, though it looks at it: the picture's own edges."""
    found = saliency(latent_mean(model, 0), x)
    rows = np.abs(np.diff(x[0].numpy(), axis=0, append=0))
    return replace(found, values=rows, method="edges")


def test_a_map_that_ignores_the_weights_is_unreliable():
    model, x = conv_model(), image((1, 16, 16))
    found = randomisation_test(lambda m: edges(m, x), model)
    assert found.unreliable and found.final == pytest.approx(1.0) and found.method == "edges"
    assert found.similarity.shape == (1, 3) and found.stages == ("all",)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_flat_map_that_stays_flat_has_not_changed():
    model, x = conv_model(), image((1, 16, 16))
    found = randomisation_test(lambda m: replace(edges(m, x), values=np.ones((16, 16))), model)
    assert found.final == 1.0 and found.unreliable


def test_every_repeat_is_another_shuffle():
    model, x = conv_model(), image((1, 16, 16))
    seen = []

    def explain(shuffled):
        seen.append(saliency(latent_mean(shuffled, 0), x))
        return seen[-1]

    randomisation_test(explain, model)
    assert len({found.values.tobytes() for found in seen}) == 4  # the model's own and three more


@pytest.mark.parametrize(
    "explain",
    [
        lambda m, x: saliency(latent_mean(m, 0), x),
        lambda m, x: saliency(latent_mean(m, 0), x, absolute=False),
        lambda m, x: integrated_gradients(latent_mean(m, 0), x, steps=30),
        lambda m, x: lrp(latent_mean(m, 0), x),
    ],
    ids=["saliency", "gradient", "integrated-gradients", "lrp"],
)
def test_maps_of_the_model_change_with_its_weights(explain):
    model, x = conv_model(), image((1, 16, 16))
    before = {k: v.clone() for k, v in model.module.state_dict().items()}
    wanted = explain(model, x).values
    found = randomisation_test(lambda m: explain(m, x), model, repeats=2)
    assert not found.unreliable and abs(found.final) < 0.5
    assert all(torch.equal(before[k], v) for k, v in model.module.state_dict().items())
    assert hooks_on(model) == 0 and np.array_equal(explain(model, x).values, wanted)


def test_the_cascade_goes_from_the_output_back():
    model, x = conv_model(), image((1, 16, 16))
    for explain in (saliency, lrp):
        found = randomisation_test(
            lambda m, explain=explain: explain(latent_mean(m, 0), x), model, cascade=True, repeats=1
        )
        names = ("encoder.code", "encoder.hidden", "encoder.conv2", "encoder.conv1")
        assert found.stages == names and found.similarity.shape == (4, 1)
        once = randomisation_test(
            lambda m, explain=explain: explain(latent_mean(m, 0), x), model, repeats=1
        )
        assert once.similarity[-1] == pytest.approx(found.similarity[-1])


def test_shuffling_keeps_the_weights_of_each_layer():
    model = conv_model()
    twin = shuffle_weights(model, 3)
    for name, weight in model.module.state_dict().items():
        other = twin.module.state_dict()[name]
        assert torch.equal(weight.flatten().sort().values, other.flatten().sort().values)
    part = shuffle_weights(model, 3, ["encoder.conv1"])
    changed = [
        name
        for name, weight in model.module.state_dict().items()
        if not torch.equal(weight, part.module.state_dict()[name])
    ]
    assert changed == ["encoder.conv1.weight", "encoder.conv1.bias"]
    assert torch.equal(
        shuffle_weights(model, 3).module["encoder"].conv1.weight,
        twin.module["encoder"].conv1.weight,
    )


def test_only_the_pixels_of_a_mask_are_compared():
    model, x = linear_model(), image()
    mask = np.zeros((6, 6), dtype=bool)
    mask[2:4] = True
    found = randomisation_test(lambda m: saliency(latent_mean(m, 1), x), model, within=mask)
    assert found.made_by.settings["within"] and found.similarity.shape == (1, 3)
    with pytest.raises(InputError, match="does not fit"):
        randomisation_test(lambda m: saliency(latent_mean(m, 1), x), model, within=np.ones((2, 2)))
