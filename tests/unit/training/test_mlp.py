"""The training of PXGen's model A: the paper's loss and steps, seeds, stops."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.training.loss import seeded
from genlens.training.mlp import MlpSettings, train_mlp_vae

pytestmark = pytest.mark.unit
TINY = MlpSettings(hidden=(12,), latents=3, epochs=2, batch=4, seed=5)


def pictures(n=10, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 1, 4, 4), np.uint8)


def weights(vae):
    return torch.cat([p.detach().flatten() for p in vae.parameters()])


def test_the_defaults_are_the_papers():
    settings = dataclasses.asdict(MlpSettings())
    assert settings == {
        "hidden": (400, 400),
        "latents": 200,
        "epochs": 35,
        "batch": 50,
        "rate": 1e-3,
        "seed": 1,
    }


def test_the_steps_are_those_of_the_papers_code():
    """Binary cross-entropy of the sigmoid, summed, + KLD, by Adam: written out once more."""
    images = pictures()
    got = train_mlp_vae(images, TINY)
    vae = seeded(MlpVAE((1, 4, 4), TINY.hidden, TINY.latents), TINY.seed)
    adam = torch.optim.Adam(vae.parameters(), lr=1e-3)
    x = torch.from_numpy(images).float() / 255
    for epoch in range(2):
        chance = torch.Generator().manual_seed(5 * 1_000_003 + epoch)
        order = torch.randperm(10, generator=chance)
        for start in (0, 4, 8):  # the last batch has two pictures
            batch = x[order[start : start + 4]]
            mean, logvar = vae.encode(batch)
            noise = torch.randn(mean.shape, generator=chance)
            out = vae.decoder(mean + torch.exp(logvar / 2) * noise)
            loss = F.binary_cross_entropy(out, batch, reduction="sum")
            loss = loss - 0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp())
            adam.zero_grad()
            loss.backward()
            adam.step()
    torch.testing.assert_close(weights(got), weights(vae), rtol=1e-4, atol=1e-5)


def test_seeds_decide_and_bytes_and_floats_are_the_same_pictures():
    images = pictures()
    first = weights(train_mlp_vae(images, TINY))
    assert torch.equal(first, weights(train_mlp_vae(images, TINY)))
    floats = images.astype(np.float32) / 255
    assert torch.allclose(first, weights(train_mlp_vae(floats, TINY)), atol=1e-6)
    other = dataclasses.replace(TINY, seed=6)
    assert not torch.allclose(first, weights(train_mlp_vae(images, other)), atol=1e-2)


def test_it_learns_its_pictures_and_not_others():
    rng = np.random.default_rng(0)
    square = np.zeros((60, 1, 6, 6), np.uint8)
    square[:, :, 1:4, 1:4] = rng.integers(150, 256, (60, 1, 3, 3))
    vae = train_mlp_vae(square, MlpSettings((30,), 4, epochs=60, batch=10))
    x = torch.from_numpy(square).float() / 255

    @torch.no_grad()
    def miss(images):
        return float((vae.decoder(vae.encode(images)[0]) - images).square().mean())

    assert miss(x) < 0.02 < 10 * miss(x) < miss(x.flip(-1, -2))


def test_each_round_is_shown_and_progress_counts_the_steps():
    seen, steps = [], []
    train_mlp_vae(
        pictures(),
        TINY,
        after_epoch=lambda epoch, vae: seen.append((epoch, weights(vae).clone())),
        progress=lambda done, total, text: steps.append((done, total, text)),
    )
    assert [epoch for epoch, _ in seen] == [1, 2]
    assert not torch.equal(seen[0][1], seen[1][1])
    assert [done for done, _, _ in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[-1] == (6, 6, "Training, round 2 of 2")


def test_it_stops_between_steps():
    asked = iter([False, False, True])
    with pytest.raises(Cancelled, match="round 1 of 2"):
        train_mlp_vae(pictures(), TINY, cancel=lambda: next(asked))


@pytest.mark.parametrize(
    "images",
    [
        pictures()[0],
        pictures()[:0],
        pictures().tolist(),
        np.full((4, 1, 4, 4), np.nan, np.float32),
        pictures().astype(np.float32),
    ],
    ids=["one picture", "none", "a list", "NaN", "0 to 255"],
)
def test_what_is_no_set_of_pictures_is_refused(images):
    with pytest.raises(InputError, match="pictures"):
        train_mlp_vae(images, TINY)


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"batch": 0}, {"rate": float("nan")}, {"seed": -1}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        MlpSettings(**wrong)


def test_a_training_that_diverges_says_so():
    with pytest.raises(ModelError, match="diverged"):
        train_mlp_vae(pictures(), MlpSettings((64, 64), 8, epochs=50, batch=5, rate=1.0))
