"""On the shipped models: the quantile form lands where the paper's does, with 100 times fewer."""

from __future__ import annotations

import numpy as np
import pytest

import genlens
from genlens.anchors import score_anchors, thresholds_of
from genlens.anchors.sets import own

pytestmark = pytest.mark.truth


@pytest.mark.parametrize("name", ["zeros-vae", "digits-vae"])
def test_both_forms_of_a_threshold_are_one_number(name: str) -> None:
    model = genlens.load(name, contract="Autoencoder", device="cpu")
    size, repeats = 500, 60 if name == "zeros-vae" else 30
    paper = thresholds_of(model, form="mean of maxima", samples=size, iterations=repeats)
    ours = [thresholds_of(model, samples=size, iterations=100, seed=s) for s in range(1, 9)]
    for criterion in ("kld", "mse"):
        truth = paper[criterion]
        found = np.array([(t[criterion].value, t[criterion].low, t[criterion].high) for t in ours])
        assert ours[0][criterion].samples == size
        error = (truth.high - truth.low) / truth.value
        assert found[:, 0].mean() == pytest.approx(truth.value, rel=0.1 + error)
        assert np.sum((found[:, 1] <= truth.high) & (truth.low <= found[:, 2])) >= 7


def test_a_model_calls_its_own_pictures_its_own_and_noise_a_stranger() -> None:
    """Most of what the model draws is below a threshold of 60,000 of its pictures, noise is not."""
    model = genlens.load("zeros-vae", contract="Autoencoder", device="cpu")
    limits = thresholds_of(model, samples=2000)
    rng = np.random.default_rng(0)
    noise = score_anchors(model, own.array(rng.random((200, 1, 28, 28), np.float32)))
    for column, criterion in enumerate(("kld", "mse")):
        assert (noise.values[:, column] > limits[criterion].value).mean() > 0.95, criterion
