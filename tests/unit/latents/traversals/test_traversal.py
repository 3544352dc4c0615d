"""Traversals and ways between latents against linear decoders and the geometry of the sphere."""

from __future__ import annotations

import numpy as np
import pytest

import tiny_vaes
from genlens.common.records import MadeBy
from genlens.errors import InputError
from genlens.latents.traversals.traversal import grid, interpolate, latent_use, slerp, traverse
from genlens.study.coder import Codes

pytestmark = pytest.mark.unit

MODEL = tiny_vaes.linear_model(d=4)


def codes(n=50, seed=0):
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=(n, 4)) * [1.0, 3.0, 0.05, 2.0]
    return Codes(mean, np.tile(np.log([0.5, 0.1, 1.0, 1.0]), (n, 1)), (4,), MadeBy(model="m"))


def test_use_is_variance_and_kl_by_hand():
    given = codes()
    use = latent_use(given)
    assert use.order.tolist() == [1, 3, 0, 2]
    assert use.active.tolist() == [True, True, False, True]
    var = np.exp(given.logvar)
    by_hand = 0.5 * (given.mean**2 + var - 1 - given.logvar).mean(axis=0)
    assert np.allclose(use.kl, by_hand) and (use.kl >= 0).all()
    assert latent_use(given, by="kl").order.tolist() == np.argsort(-by_hand).tolist()
    assert use.to_dict()["made_by"]["model"] == "m"


def test_a_latents_range_leaves_out_the_rarest_codes():
    """From the 1st to the 99th percentile: one odd picture does not stretch a slider."""
    mean = np.linspace(0, 100, 1001)[:, None] * [1.0, -2.0]
    mean[0], mean[-1] = [-900.0, 900.0], [900.0, -900.0]
    use = latent_use(Codes(mean, np.zeros_like(mean), (2,)))
    assert np.allclose(use.low, [1, -198], atol=0.3) and np.allclose(use.high, [99, -2], atol=0.3)


def test_prior_has_no_kl():
    use = latent_use(Codes(np.zeros((3, 2)), np.zeros((3, 2)), (2,)))
    assert use.kl.tolist() == [0.0, 0.0]


def test_traversal_moves_one_latent_only():
    origin = np.array([0.5, -0.5, 1.0, 0.0])
    found = traverse(MODEL, origin, latents=(2, 0), steps=5, span=2.0)
    assert found.images.shape == (2, 5, 1, 6, 6) and found.latents == (2, 0)
    _, decoder = tiny_vaes.weights_of(MODEL)
    for row, j in enumerate(found.latents):
        for step, value in enumerate(found.values[row]):
            z = origin.copy()
            z[j] = value
            assert np.allclose(found.images[row, step].ravel(), decoder @ z, atol=1e-4)
    rms = np.sqrt(np.mean(decoder[:, 2] ** 2))
    assert found.change[0] == pytest.approx(4.0 * rms, rel=1e-4)  # span 4 along a straight line
    assert found.made_by.model_calls == 10


def test_traversal_follows_use():
    use = latent_use(codes())
    found = traverse(MODEL, np.zeros(4), use=use, steps=3)
    assert found.latents == tuple(use.order)
    assert found.values[0].tolist() == np.linspace(use.low[1], use.high[1], 3).tolist()


def test_grid_has_x_across_and_y_down():
    found = grid(MODEL, np.zeros(4), (1, 3), steps=3, span=1.0)
    _, decoder = tiny_vaes.weights_of(MODEL)
    z = np.zeros(4)
    z[1], z[3] = found.x[2], found.y[0]
    assert np.allclose(found.images[0, 2].ravel(), decoder @ z, atol=1e-4)
    with pytest.raises(InputError, match="different"):
        grid(MODEL, np.zeros(4), (1, 1))


@pytest.mark.parametrize("mode", ["linear", "spherical"])
def test_ways_start_and_end_where_they_should(mode):
    a, b = np.array([1.0, 0, 0, 2]), np.array([0.0, 1, 1, 0])
    found = interpolate(MODEL, a, b, steps=7, mode=mode)
    assert np.allclose(found.vectors[0], a) and np.allclose(found.vectors[-1], b)
    assert found.change.shape == (6,) and found.images.shape[0] == 7


def test_spherical_turns_evenly_and_keeps_the_length():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=8), rng.normal(size=8)
    b *= 2 * np.linalg.norm(a) / np.linalg.norm(b)
    t = np.linspace(0, 1, 11)
    way = slerp(a, b, t)
    sizes = np.linalg.norm(way, axis=1)
    assert np.allclose(sizes, np.linalg.norm(a) * (1 + t))
    unit = way / sizes[:, None]
    turns = np.arccos(np.clip((unit[:-1] * unit[1:]).sum(axis=1), -1, 1))
    assert np.allclose(turns, turns[0])


def test_spherical_of_one_direction_and_of_none():
    a = np.array([1.0, 2.0])
    assert np.allclose(slerp(a, 3 * a, np.array([0.5])), 2 * a)
    with pytest.raises(InputError, match="opposite"):
        slerp(a, -a, np.array([0.5]))
    with pytest.raises(InputError, match="zero"):
        slerp(a, 0 * a, np.array([0.5]))


def test_what_is_refused():
    with pytest.raises(InputError, match="latent"):
        traverse(MODEL, np.zeros(4), latents=(4,))
    with pytest.raises(InputError, match="steps"):
        traverse(MODEL, np.zeros(4), steps=1)
    with pytest.raises(InputError, match="mode"):
        interpolate(MODEL, np.zeros(4), np.ones(4), mode="cubic")
    with pytest.raises(InputError, match="by"):
        latent_use(codes(), by="size")
