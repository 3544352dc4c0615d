"""Contrasts against closed forms: with a linear decoder and linear scores, geometry knows all."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import tiny_vaes
from genlens.errors import Cancelled, InputError, ModelError
from genlens.latents.examples.contrast import contrast
from genlens.models.autoencoders.module import ModuleAutoencoder

pytestmark = pytest.mark.unit

D = 4


def identity_model(d=D):
    """Pixels are latents: a picture of 1 × d pixels."""
    encoder = nn.Flatten()
    decoder = nn.Unflatten(1, (1, 1, d))
    return ModuleAutoencoder(
        encoder, decoder, image_shape=(1, 1, d), latent_shape=(d,), device="cpu"
    )


def plane(w, b):
    """Two classes: class 1 where w · z + b > 0; scores (0, w · z + b)."""
    weights = torch.tensor(w, dtype=torch.float32)

    def scores(images):
        value = images.flatten(1) @ weights + b
        return torch.stack([torch.zeros_like(value), value], dim=1)

    return scores


W, B = np.array([2.0, -1.0, 0.5, 0.0]), -3.0
Z0 = np.array([0.2, 0.4, -0.3, 0.6])


@pytest.mark.parametrize("kappa", [0.0, 1.0])
def test_negative_is_the_foot_of_the_perpendicular(kappa):
    found = contrast(identity_model(), Z0, plane(W, B), beta=0.0, kappa=kappa)
    missing = kappa - (W @ Z0 + B)
    exact = missing * W / (W @ W)
    assert found.found and (found.class_before, found.class_after) == (0, 1)
    assert found.l2 == pytest.approx(np.linalg.norm(exact), rel=0.03)
    assert found.delta @ exact / (found.l2 * np.linalg.norm(exact)) > 0.995
    assert found.scores_after[1] >= kappa - 1e-5


def elastic_optimum(w, missing, beta):
    """min beta |d|_1 + |d|² with w · d = missing: d_j = sign(w_j) max(lam |w_j| - beta, 0) / 2."""
    low, high = 0.0, 1e4
    for _ in range(200):
        lam = (low + high) / 2
        d = np.sign(w) * np.maximum(lam * np.abs(w) - beta, 0) / 2
        low, high = (lam, high) if w @ d < missing else (low, lam)
    return d


@pytest.mark.parametrize("beta", [0.5, 2.0, 10.0])
def test_elastic_net_leaves_latents_alone(beta):
    found = contrast(identity_model(), Z0, plane(W, B), beta=beta)
    exact = elastic_optimum(W, -(W @ Z0 + B), beta)
    cost = beta * found.l1 + found.l2**2
    best = beta * np.abs(exact).sum() + exact @ exact
    assert found.found and best * (1 - 1e-3) <= cost <= best * 1.03
    assert found.delta[3] == pytest.approx(0.0, abs=1e-6)  # this latent says nothing
    if beta == 10.0:
        assert found.order.tolist() == [0]


def test_scale_says_what_a_unit_is():
    # latent 1 is cheap to move: in its own units it hardly moves
    scale = np.array([1.0, 10.0, 1.0, 1.0])
    found = contrast(identity_model(), Z0, plane(W, B), beta=0.0, scale=scale)
    exact = -(W @ Z0 + B) * (W * scale) / ((W * scale) @ (W * scale)) * scale
    assert found.found and np.allclose(found.delta, exact, atol=0.03 * np.abs(exact).max())


def three(images):
    z = images.flatten(1)
    return torch.stack([torch.zeros_like(z[:, 0]), z[:, 0] - 1, z[:, 1] - 3], dim=1)


def test_any_class_is_the_nearest_and_to_is_the_given_one():
    any_ = contrast(identity_model(), np.zeros(D), three, beta=0.0)
    assert any_.class_after == 1 and any_.delta[0] == pytest.approx(1.0, abs=0.03)
    given = contrast(identity_model(), np.zeros(D), three, to=2, beta=0.0)
    assert given.class_after == 2 and given.delta[1] == pytest.approx(3.0, abs=0.06)
    assert abs(given.delta[0]) < 0.1


def test_positive_keeps_what_is_enough():
    z0 = np.array([3.0, 0.5, -2.0, 1.0])
    found = contrast(identity_model(), z0, plane([1.0, 0, 0, 0], -1.0), kind="positive", beta=0.1)
    assert found.found and found.class_after == found.class_before == 1
    assert found.order.tolist() == [0]  # the others say nothing and are dropped
    assert found.after == pytest.approx([1.0, 0, 0, 0], abs=0.05)


def test_positive_stays_between_base_and_picture():
    z0 = np.array([3.0, -2.0, 1.0, 0.5])
    base = np.array([1.0, 1.0, 0.0, 0.0])
    found = contrast(
        identity_model(), z0, plane([1.0, -1, 0.5, 0], -2.5), kind="positive", base=base, beta=0.2
    )
    low, high = np.minimum(z0, base), np.maximum(z0, base)
    assert found.found
    assert (found.after >= low - 1e-6).all() and (found.after <= high + 1e-6).all()
    assert found.l1 < np.abs(z0 - base).sum()


def test_positive_of_what_the_base_is_already_needs_nothing():
    found = contrast(identity_model(), Z0, plane(W, B), kind="positive")
    assert found.found and not found.delta.any() and found.order.size == 0


def test_what_cannot_be_reached_is_said():
    def stubborn(images):
        z = images.flatten(1)
        return torch.stack([torch.ones_like(z[:, 0]), torch.tanh(z[:, 0]) * 0.5], dim=1)

    found = contrast(identity_model(), Z0, stubborn, steps=20)
    assert not found.found and found.class_after == 0


def test_curved_models_and_reconstruction_term():
    model = tiny_vaes.conv_model(shape=(1, 16, 16), d=4)
    brighter = plane_of_mean(model)
    costs = {}
    for gamma in (0.0, 0.05):
        found = contrast(model, np.zeros(4), brighter, gamma=gamma, steps=40)
        assert found.found and found.class_before != found.class_after
        assert found.image_after.shape == (1, 16, 16)
        costs[gamma] = found.l2
        assert found.made_by.model_calls > 0
    assert found.to_dict()["found"] is True


def plane_of_mean(model):
    """Classes: darker and brighter than a little above the picture of z = 0."""
    with torch.no_grad():
        start = float(model.decode(torch.zeros(1, 4)).mean())

    def scores(images):
        value = (images.flatten(1).mean(dim=1) - start - 0.01) * 50
        return torch.stack([-value, value], dim=1)

    return scores


def test_what_is_refused():
    model = identity_model()
    for settings, message in (
        ({"kind": "neutral"}, "kind"),
        ({"to": 0}, "already"),
        ({"to": 5}, "reach .to. is 5"),
        ({"kind": "positive", "to": 1}, "keeps its class"),
        ({"scale": 0.0}, "scale"),
        ({"beta": -1.0}, "beta"),
    ):
        with pytest.raises(InputError, match=message):
            contrast(model, Z0, plane(W, B), **settings)
    with pytest.raises(ModelError, match="classifier"):
        contrast(model, Z0, lambda images: images.flatten())
    with pytest.raises(InputError, match="classes"):
        contrast(model, Z0, lambda images: images.flatten(1)[:, :1])
    with pytest.raises(Cancelled):
        contrast(model, Z0, plane(W, B), cancel=lambda: True)


def test_a_positive_is_confined_to_what_the_picture_has():
    """Latent 0 weighs most, and beyond its 0.1 it would be the cheapest way to keep the class."""
    z0 = np.array([0.1, 2.0, 0.0, -1.0])
    found = contrast(
        identity_model(), z0, plane([5.0, 1.0, 3.0, 0.0], -1.5), kind="positive", beta=0.05
    )
    assert found.found and found.class_after == found.class_before == 1
    assert 0 <= found.after[0] <= 0.1 + 1e-6
    assert found.after[2] == 0 and found.after[3] == pytest.approx(0, abs=1e-6)
    assert found.after[1] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("gamma", [0.0, 4.0])
def test_gamma_weighs_what_the_autoencoder_loses(gamma):
    """Its encoder drops latent 1, so a picture's own error is z_1²: with weight gamma the move is
    along w_j / (1 + gamma_j), gamma_1 = gamma and 0 elsewhere."""
    lossy = nn.Sequential(nn.Flatten(), nn.Linear(D, D, bias=False))
    lossy[1].weight.data = torch.diag(torch.tensor([1.0, 0.0, 1.0, 1.0]))
    model = ModuleAutoencoder(
        lossy, nn.Unflatten(1, (1, 1, D)), image_shape=(1, 1, D), latent_shape=(D,), device="cpu"
    )
    w, b = np.array([1.0, 1.2, 0.0, 0.0]), -2.0
    found = contrast(model, np.zeros(D), plane(w, b), beta=0.0, gamma=gamma)
    direction = w / np.array([1.0, 1.0 + gamma, 1.0, 1.0])
    exact = -b * direction / (w @ direction)
    assert found.found and found.delta == pytest.approx(exact, abs=0.06)


def test_what_wins_is_as_short_as_the_class_allows():
    found = contrast(identity_model(), np.zeros(D), plane(W, B), beta=0.0, steps=20, rounds=1)
    assert found.found and W @ found.after + B == pytest.approx(0.0, abs=0.001 * abs(B))


def test_a_tie_is_no_win():
    def tied(images):
        z = images.flatten(1)
        return torch.stack([z[:, 0] * 0 + 1, z[:, 0].clamp(max=1)], dim=1)  # never above 1

    found = contrast(identity_model(), np.zeros(D), tied, steps=30)
    assert not found.found
