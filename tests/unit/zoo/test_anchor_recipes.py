"""How the anchors' models are trained: their pictures, and the Soft-IntroVAE's two losses."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest
import torch
from torch import nn

import genlens
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.pictures.datasets import Dataset
from genlens.worlds.avatars import draw_faces
from genlens.worlds.digits import TRAINING_ZEROS
from genlens.zoo.recipes.anchors import autos, intro_vae, no_glasses, zeros
from genlens.zoo.recipes.anchors.intro_vae import Betas, Halves

pytestmark = pytest.mark.unit


def tiny() -> ConvVAE:
    return ConvVAE((3, 8, 8), 4, (6, 8), 10)


def test_the_first_4000_zeros_are_the_training_set():
    labels = np.tile([0, 5], 4500)
    images = np.zeros((9000, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(9000) % 251, np.arange(9000) // 251
    train, held = zeros.zeros(images, labels)
    assert train.shape == (TRAINING_ZEROS, 1, 28, 28) == (4000, 1, 28, 28) and len(held) == 500

    def number(pictures):
        return pictures[:, 0, 0, 0] + 251 * pictures[:, 0, 0, 1].astype(int)

    assert number(train).tolist() == list(range(0, 8000, 2))
    assert number(held).tolist() == list(range(8000, 9000, 2))


def test_the_zeros_recipe_runs(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4020, 28, 28), np.uint8)
    monkeypatch.setattr(zeros, "mnist", lambda: {"train": (images, np.zeros(4020, int))})
    monkeypatch.setattr(zeros, "PRESETS", {"cpu": zeros.MlpSettings((5,), 3, epochs=2, batch=2000)})
    line = ["zeros", "--run", str(tmp_path / "run"), "--export", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", [*line, "--device", "cpu"])
    zeros.main()
    model = genlens.load(str(tmp_path / "out"), contract="Autoencoder", device="cpu")
    assert model.latent_shape == (3,) and model.card.settings["trained_on"] == "4,000 zeros"
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["round-01", "round-02"]


def test_no_face_of_the_other_recipe_wears_glasses():
    faces = draw_faces(300, seed=1, fixed=no_glasses.BARE)
    assert not faces.has("glasses").any() and faces.has("beard").any()


def test_a_folded_network_is_the_same_function_without_norms():
    torch.manual_seed(0)
    vae = tiny()
    net = Halves(vae)
    images = torch.rand(40, 3, 8, 8)
    for _ in range(3):  # statistics and gains that are not 1 and 0
        net.decoder(net.code(images)[0])
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias, -1, 1)
    intro_vae.settle(net, images, batch=20)
    plain = intro_vae.folded(net, tiny()).eval()
    assert not any("norm" in name for name, _ in plain.named_modules())
    z = torch.randn(5, 4)
    torch.testing.assert_close(plain.encoder(images), net.encoder(images), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(plain.decoder(z), net.decoder(z), rtol=1e-4, atol=1e-5)


def test_settled_norms_hold_the_means_of_the_pictures():
    torch.manual_seed(0)
    net = Halves(tiny())
    net.train()
    net.encoder(torch.rand(50, 3, 8, 8) * 0.1)  # other pictures
    images = torch.rand(60, 3, 8, 8)
    intro_vae.settle(net, images, batch=60)
    got = net.encoder.norm_conv1.running_mean
    torch.testing.assert_close(got, net.encoder.conv1(images).mean((0, 2, 3)), rtol=1e-4, atol=1e-5)
    assert not net.training and net.encoder.norm_conv1.momentum == 0.1


@pytest.fixture
def halves():
    torch.manual_seed(3)
    return Halves(tiny()).eval()  # eval: each call is the same function


def elbo(net, images, kl_weight, chance):
    """(n,): -(squared error + weighted KL), both over 192 pixel values; ``chance`` the noise."""
    mean, logvar = net.encoder(images).chunk(2, 1)
    out = net.decoder(mean + torch.exp(logvar / 2) * chance)
    error = ((out - images) ** 2).sum((1, 2, 3))
    kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).sum(1)
    return -(error + kl_weight * kl) / 192, out


def test_the_encoders_loss_is_the_papers(halves, monkeypatch):
    """-ELBO(x) + 1/2 E exp(2 ELBO(D(z))), half from noise and half from reconstructions."""
    chance = torch.randn(3, 6, 4)
    draws = iter(chance)
    monkeypatch.setattr(torch, "randn_like", lambda x: next(draws))
    x, noise = torch.rand(6, 3, 8, 8), torch.randn(6, 4)
    got = intro_vae.encoder_loss(halves, x, noise, Betas(neg=7.0))
    real, copy_ = elbo(halves, x, 1.0, chance[0])
    drawn = [
        elbo(halves, y, 7.0, c)[0]
        for y, c in zip((halves.decoder(noise), copy_), chance[1:], strict=True)
    ]
    wanted = -real.mean() + 0.25 * sum(torch.exp(2 * bound).mean() for bound in drawn)
    torch.testing.assert_close(got, wanted)


def test_the_decoders_loss_wants_its_pictures_taken_for_real(halves, monkeypatch):
    monkeypatch.setattr(torch, "randn_like", lambda x: torch.zeros_like(x))
    x, noise = torch.rand(6, 3, 8, 8), torch.randn(6, 4)
    zero = torch.zeros(6, 4)
    got = intro_vae.decoder_loss(halves, x, noise, Betas(own=0.0))
    mean = halves.encoder(x).chunk(2, 1)[0]
    copy_ = halves.decoder(mean)
    wanted = ((copy_ - x) ** 2).sum((1, 2, 3)).mean() / 192
    for drawn in (halves.decoder(noise), copy_):
        alone = -elbo(halves, drawn, 1.0, zero)[0]
        error = ((halves.decoder(halves.encoder(drawn).chunk(2, 1)[0]) - drawn) ** 2).sum((1, 2, 3))
        wanted = wanted + 0.5 * (alone - error / 192).mean()
    torch.testing.assert_close(got, wanted)


def test_an_encoder_alone_learns_to_tell_drawn_from_real():
    """The control: without the exponential term, drawn pictures get no higher KL."""
    x, gaps = torch.rand(64, 3, 8, 8).round(), []
    for neg in (256.0, 0.0):
        torch.manual_seed(0)
        net = Halves(copy.deepcopy(tiny()))
        adam = torch.optim.Adam(net.encoder.parameters(), 3e-3)
        for _ in range(150):
            noise = torch.randn(64, 4)
            adam.zero_grad()
            intro_vae.encoder_loss(net, x, noise, Betas(neg=neg)).backward()
            adam.step()
        with torch.no_grad():
            kl = [intro_vae.divergence(*net.code(y)[1:]).mean() for y in (x, net.decoder(noise))]
        gaps.append(float(kl[1] - kl[0]))
    assert gaps[0] > gaps[1] + 1, gaps


def test_a_stopped_run_goes_on_as_an_unbroken_one(monkeypatch, tmp_path):
    monkeypatch.setattr(autos, "build", tiny)
    monkeypatch.setattr(autos, "LATENTS", 4)
    images = torch.rand(30, 3, 8, 8)

    def run(name, plain, steps):
        rounds = autos.AutoRounds(images, tmp_path / name, autos.Preset(plain, steps, 10), "cpu")
        rounds.train()
        return rounds

    whole = run("whole", 2, 4)
    run("parts", 2, 1)
    parts = run("parts", 2, 4)
    assert parts.step == whole.step == 6
    for a, b in zip(whole.average.parameters(), parts.average.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    vae = parts.model()
    assert isinstance(vae, ConvVAE) and vae.encode(images)[0].shape == (30, 4)


def test_the_automobiles_recipe_runs_and_exports_as_it_is(monkeypatch, tmp_path):
    rng = np.random.default_rng(0)

    def dataset(name, split):
        images = rng.integers(0, 256, (40, 8, 8, 3), np.uint8)
        return Dataset(images, np.arange(40) % 2, ("airplane", "automobile"))

    monkeypatch.setattr(autos, "read_dataset", dataset)
    monkeypatch.setattr(autos, "build", tiny)
    monkeypatch.setattr(autos, "LATENTS", 4)
    monkeypatch.setattr(autos, "PRESETS", {"cpu": autos.Preset(1, 2, 8)})
    line = ["autos", "--run", str(tmp_path / "run"), "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", line)
    autos.main()
    monkeypatch.setattr(sys, "argv", [*line, "--now", "--export", str(tmp_path / "out")])
    autos.main()
    model = genlens.load(str(tmp_path / "out"), contract="Autoencoder", device="cpu")
    assert model.image_shape == (3, 8, 8) and model.card.settings["steps"] == 3
    assert model.card.settings["measured"]["mse"] > 0
