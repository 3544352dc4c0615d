"""Accumulated local effects against closed forms (Apley & Zhu 2020)."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.attribution.target import Target
from genlens.errors import Cancelled, InputError, ModelError
from genlens.latents.traversals.effects import first_order, second_order

pytestmark = pytest.mark.unit


def gaussian(n=4000, rho=0.0, d=3, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, d))
    z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    return z


def test_linear_output_gives_a_straight_line_of_its_slope():
    z = gaussian(rho=0.8)
    found = first_order(lambda x: 2 * x[:, 0] - 3 * x[:, 1] + 7, z, 0)
    line = 2 * found.edges
    assert np.allclose(found.effect - found.effect[0], line - line[0], atol=1e-4)
    middle = (found.effect[:-1] + found.effect[1:]) / 2
    assert middle @ found.counts == pytest.approx(0.0, abs=1e-6)
    assert found.strength == pytest.approx(2 * z[:, 0].std(), rel=1e-4)
    assert found.counts.sum() == len(z) and found.counts.min() > 0


def test_a_latent_without_effect_has_none():
    found = first_order(lambda x: x[:, 0] ** 2, gaussian(), 2)
    assert np.abs(found.effect).max() < 1e-6 and found.strength < 1e-6


def test_additive_outputs_are_taken_apart():
    z = gaussian(rho=0.9)
    found = first_order(lambda x: x[:, 0] ** 3 + 5 * x[:, 1], z, 0, bins=40)
    cubic = found.edges**3
    assert np.allclose(found.effect - found.effect[0], cubic - cubic[0], atol=1e-3)


def test_product_of_correlated_latents():
    # d/dz0 of z0 z1 is z1, and E[z1 | z0] = rho z0: the effect is rho z0² / 2, less its mean
    rho = 0.7
    z = gaussian(n=40_000, rho=rho)
    found = first_order(lambda x: x[:, 0] * x[:, 1], z, 0, bins=40)
    inner = np.abs(found.edges) < 2
    curve = rho * (found.edges**2 - 1) / 2
    assert np.abs(found.effect - curve)[inner].max() < 0.08


def test_second_order_of_a_product_is_the_product():
    z = gaussian(n=20_000)
    found = second_order(lambda x: x[:, 0] * x[:, 1], z, (0, 1), bins=8)
    a, b = found.edges
    # twice differenced, the product is exact whatever the cells
    twice = np.diff(np.diff(found.effect, axis=0), axis=1)
    full = found.counts > 0
    assert np.allclose(twice[full], np.outer(np.diff(a), np.diff(b))[full], atol=1e-3)
    expected = np.outer(a, b)
    inner = np.ix_(np.abs(a) < 2, np.abs(b) < 2)
    assert np.abs(found.effect - expected)[inner].max() < 0.15
    assert found.strength == pytest.approx((z[:, 0] * z[:, 1]).std(), rel=0.05)


def test_second_order_of_a_sum_is_nothing():
    z = gaussian(rho=0.6)
    found = second_order(lambda x: x[:, 0] ** 2 + x[:, 1].exp(), z, (0, 1), bins=6)
    assert np.abs(found.effect).max() < 1e-3


def test_second_order_has_no_first_order_part():
    z = gaussian(rho=0.5, n=5000)
    found = second_order(lambda x: (x[:, 0] * x[:, 1]).sin(), z, (0, 1), bins=7)
    for axis in (0, 1):
        effect = found.effect if axis == 0 else found.effect.T
        counts = found.counts if axis == 0 else found.counts.T
        steps = np.diff(effect, axis=0)
        along = ((steps[:, :-1] + steps[:, 1:]) / 2 * counts).sum(axis=1) / counts.sum(axis=1)
        assert np.abs(along).max() < 1e-6


def test_empty_cells_take_their_nearest():
    z = gaussian(rho=0.99, n=2000)
    found = second_order(lambda x: 3 * x[:, 0] * x[:, 1], z, (0, 1), bins=6)
    assert (found.counts == 0).any() and np.isfinite(found.effect).all()


def test_repeated_values_make_fewer_bins():
    z = np.repeat([[0.0, 1.0], [1.0, 1.5], [2.0, 0.5]], 20, axis=0)
    found = first_order(lambda x: x[:, 0], z, 0, bins=20)
    assert found.edges.tolist() == [0.0, 1.0, 2.0]
    assert found.counts.tolist() == [40, 20]


def test_targets_are_taken_as_they_are():
    z = gaussian(n=100)
    target = Target("ink", "latent", "pixel value", lambda x: x.sum(dim=1))
    assert first_order(target, z, 0).output == "ink"
    with pytest.raises(InputError, match="images"):
        first_order(Target("t", "image", "", lambda x: x), z, 0)


def test_what_is_refused():
    z = gaussian(n=50)
    with pytest.raises(InputError, match="latent"):
        first_order(lambda x: x[:, 0], z, 3)
    with pytest.raises(InputError, match="same value"):
        first_order(lambda x: x[:, 0], np.ones((9, 2)), 0)
    with pytest.raises(InputError, match="different"):
        second_order(lambda x: x[:, 0], z, (1, 1))
    with pytest.raises(ModelError, match="output"):
        first_order(lambda x: x, z, 0)
    with pytest.raises(ModelError, match="numbers"):
        first_order(lambda x: x[:, 0] * float("nan"), z, 0)
    with pytest.raises(Cancelled):
        first_order(lambda x: x[:, 0], z, 0, cancel=lambda: True)


def test_an_effect_of_rounding_is_nothing_and_a_small_true_one_is_not():
    z = gaussian(n=400)
    sure = Target("p", "latent", "probability", lambda x: (90 + x[:, 0]).sigmoid(), scale=1.0)
    assert first_order(sure, z, 0).nothing and second_order(sure, z, (0, 1)).nothing
    assert first_order(lambda x: 0.53 + 0 * x[:, 0], z, 0).nothing
    small = Target("p", "latent", "probability", lambda x: 0.5 + 1e-4 * x[:, 0], scale=1.0)
    found = first_order(small, z, 0)
    assert not found.nothing and found.to_dict()["nothing"] is False
    together = second_order(lambda x: 1e-3 * x[:, 0] * x[:, 1], z, (0, 1))
    assert not together.nothing
