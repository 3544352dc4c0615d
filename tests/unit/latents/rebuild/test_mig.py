"""The mutual information gap of codes whose gap is known."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.latents.rebuild.mig import mutual_information_gap

pytestmark = pytest.mark.unit


def factors(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(0, 4, n), rng.integers(0, 2, n)], axis=1)


def noise(n=4000, d=2, seed=1):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_one_latent_per_factor_is_one():
    truth = factors()
    found = mutual_information_gap(np.hstack([noise(), truth * 3.0 - 1]), truth, names=("a", "b"))
    assert found.score == pytest.approx(1.0, abs=0.02)
    assert found.best.tolist() == [2, 3] and found.factors == ("a", "b")
    assert found.entropy == pytest.approx([2.0, 1.0], abs=0.01)  # four and two equal kinds
    assert found.information[0, 2] == pytest.approx(found.entropy[0])


def test_two_latents_that_know_the_same_are_nothing():
    truth = factors()
    found = mutual_information_gap(np.hstack([truth, truth, noise()]).astype(float), truth)
    assert found.gaps == pytest.approx([0.0, 0.0], abs=1e-12)


def test_noise_knows_nothing():
    found = mutual_information_gap(noise(d=5), factors())
    assert found.score < 0.02 and found.information.max() < 0.05


def test_turning_the_latents_closes_the_gap():
    rng = np.random.default_rng(2)
    truth = rng.random((5000, 2))
    straight = mutual_information_gap(truth.copy(), truth).score
    turned = mutual_information_gap(truth @ np.array([[1, 1], [1, -1]]), truth).score
    assert straight > 0.9 and turned < 0.1


def test_known_joint_distribution():
    # z tells a fair coin right 3 times in 4: I = 1 - H(1/4) bits
    coin = np.repeat([0, 1], 400)
    told = np.concatenate([np.repeat([0, 1], [300, 100]), np.repeat([0, 1], [100, 300])])
    blind = np.tile([0, 1], 400)
    found = mutual_information_gap(np.stack([told, blind], axis=1).astype(float), coin[:, None])
    by_hand = 1 + 0.25 * np.log2(0.25) + 0.75 * np.log2(0.75)
    assert found.information[0] == pytest.approx([by_hand, 0.0], abs=1e-9)
    assert found.score == pytest.approx(by_hand, abs=1e-9)


def test_names_as_factors():
    truth = np.array([["cat", "x"], ["dog", "x"], ["cat", "y"], ["dog", "y"]] * 5)
    codes = np.stack([truth[:, 0] == "cat", truth[:, 1] == "x"], axis=1).astype(float)
    assert mutual_information_gap(codes, truth).score == pytest.approx(1.0)


def test_what_is_refused():
    with pytest.raises(InputError, match="one value"):
        mutual_information_gap(noise(9), np.ones((9, 1), int))
    with pytest.raises(InputError, match="factors"):
        mutual_information_gap(noise(9), np.ones(9, int))
    with pytest.raises(InputError, match="second latent"):
        mutual_information_gap(noise(9, 1), np.arange(9)[:, None])
    with pytest.raises(InputError, match="names"):
        mutual_information_gap(noise(9), np.arange(9)[:, None], names=("a", "b"))
