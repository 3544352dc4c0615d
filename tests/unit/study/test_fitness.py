"""Whether a model gives its pictures back: foreign models that are read wrongly, and good ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import genlens
from genlens.models import catalog
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.study.fitness import fitness
from genlens.study.study import load_study, study_of

pytestmark = pytest.mark.unit
SHAPE, D = (1, 9, 7), 6


def pictures(n=96, seed=0):
    """Bright bars on dark, in two directions: what a small linear model can learn in a second."""
    rng = np.random.default_rng(seed)
    images = np.zeros((n, *SHAPE), np.float32)
    for image in images:
        at, down = rng.integers(0, 6), rng.integers(0, 2)
        if down:
            image[0, :, at : at + 2] = 1
        else:
            image[0, at : at + 2] = 1
    return images


class Head(nn.Module):
    """A functional encoder that puts out means and log-variances in a chosen order."""

    def __init__(self, order):
        super().__init__()
        self.order = order
        self.body, self.mean, self.logvar = nn.Linear(63, 64), nn.Linear(64, D), nn.Linear(64, D)

    def forward(self, x):
        h = F.relu(self.body(x.reshape(len(x), -1)))
        mean, logvar = self.mean(h), F.hardtanh(self.logvar(h), -8, -2)
        if self.order == "pair":
            return mean, logvar
        if self.order == "swapped":
            return logvar, mean
        if self.order == "mean":
            return mean
        if self.order == "interleaved":
            return torch.stack([mean, logvar], 2).flatten(1)
        return torch.cat([logvar, mean] if self.order == "logvar first" else [mean, logvar], 1)


class Draw(nn.Module):
    """A functional decoder with a chosen end."""

    def __init__(self, end):
        super().__init__()
        self.end, self.a, self.b = end, nn.Linear(D, 64), nn.Linear(64, 63)

    def forward(self, z):
        out = self.b(torch.relu(self.a(z)))
        if self.end == "tanh":
            out = torch.tanh(out)
        elif self.end == "sigmoid":
            out = torch.sigmoid(out)
        elif self.end == "bytes":
            out = torch.sigmoid(out) * 255
        return out.view(-1, *SHAPE)


def trained(order="pair", end="sigmoid", wants="unit", steps=400):
    """A pair trained on bars, as somebody would: the loss fits the decoder's end."""
    torch.manual_seed(1)
    encoder, decoder = Head(order), Draw(end)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 3e-3)
    images = torch.from_numpy(pictures(256, 7))
    for _ in range(steps):
        h = F.relu(encoder.body((images * 2 - 1 if wants == "tanh" else images).flatten(1)))
        out = decoder(encoder.mean(h))
        if end == "logits":
            loss = F.binary_cross_entropy_with_logits(out, images)
        elif end == "tanh":
            loss = F.mse_loss(out, images * 2 - 1)
        else:
            loss = F.mse_loss(out / 255 if end == "bytes" else out, images)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return encoder, decoder


def notes(pair, **reading):
    model = ModuleAutoencoder(*pair, image_shape=SHAPE, device="cpu", **reading)
    return study_of(model, pictures()).notes


@pytest.mark.parametrize("end", ["sigmoid", "linear"])
def test_a_good_model_is_not_warned_about(end):
    assert notes(trained(end=end)) == ()


@pytest.mark.parametrize(
    ("made", "reading"),
    [
        ({"end": "logits"}, {"output": "logits"}),
        ({"end": "tanh"}, {"output": "tanh"}),
        ({"end": "tanh", "wants": "tanh"}, {"output": "tanh", "input": "tanh"}),
        ({"order": "swapped"}, {"split": "logvar first"}),
        ({"order": "logvar first"}, {"split": "logvar first"}),
        ({"order": "interleaved"}, {"split": "interleaved"}),
    ],
)
def test_a_wrong_reading_is_found_and_the_advice_works(made, reading):
    pair = trained(**made)
    wrong = {"split": True} if made.get("order") in ("logvar first", "interleaved") else {}
    said = notes(pair, **wrong)
    call = ", ".join(
        f"{name}={reading[name]!r}" for name in ("split", "output", "input") if name in reading
    )
    assert len(said) >= 2 and said[-1].endswith(f"{call})"), said
    assert notes(pair, **reading) == ()


def test_a_range_without_a_name():
    pair = trained(end="bytes")
    said = notes(pair)
    assert "draws numbers from" in said[1] and "outside [0, 1], where pixels are" in said[1]
    assert notes(pair, output=(0, 255)) == ()


def test_an_untrained_model_is_warned_about():
    for end in ("sigmoid", "linear", "tanh", "logits"):
        torch.manual_seed(0)
        said = notes((Head("pair"), Draw(end)))
        assert "no better than their mean picture would" in said[0], end
    torch.manual_seed(0)
    net = ConvVAE((1, 12, 8), 4, (4, 6), 12)
    images = np.pad(pictures(), ((0, 0), (0, 0), (0, 3), (0, 1)))
    said = study_of(ModuleAutoencoder.of(net, device="cpu"), images).notes
    assert "no better than their mean picture" in said[0]


def test_a_model_of_other_pictures_is_warned_about():
    model = ModuleAutoencoder(*trained(), image_shape=SHAPE, device="cpu")
    others = np.random.default_rng(0).random((64, *SHAPE)).astype(np.float32)
    assert "trained on other pictures" in study_of(model, others).notes[0]


def test_the_measures_against_brute_force():
    rng = np.random.default_rng(3)
    images, rebuilt = rng.random((9, 3, 4, 5)), rng.normal(0.5, 1, (9, 3, 4, 5))
    found = fitness(images, rebuilt)
    others = [np.delete(images, i, 0).mean(0) for i in range(9)]
    assert found.mean_picture == pytest.approx(np.square(images - others).mean())
    assert found.error == pytest.approx(np.square(images - rebuilt).mean())
    assert found.outside == pytest.approx(np.mean((rebuilt < -0.1) | (rebuilt > 1.1)))
    assert not found.rebuilds and not found.in_range
    assert fitness(images, images).rebuilds
    assert fitness(images[:3], rebuilt[:3]).rebuilds, "three pictures judge nothing"
    assert fitness(images[[0] * 9], rebuilt).rebuilds, "nor do nine times the same"
    many = rng.random((60, 1, 4, 5))
    mean = np.broadcast_to(many.mean(0), many.shape)
    assert not fitness(many, mean).rebuilds, "a collapsed model draws the mean picture"


@pytest.mark.parametrize(
    "model_id", ["digits-vae", "digits-cvae", "avatars-vae", "maritime-vae", "emoji-vae"]
)
def test_the_shipped_models_are_not_warned_about(model_id):
    if not catalog.weights_folder(model_id).is_dir():
        pytest.skip("its weights are not in this checkout")
    assert load_study(model_id, 40).notes == ()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_number_formats_are_computed_in_float32(dtype):
    pair = [part.to(dtype) for part in trained()]
    model = ModuleAutoencoder(*pair, image_shape=SHAPE, device="cpu")
    name = str(dtype).removeprefix("torch.")
    said = study_of(model, pictures()).notes
    assert said == (f"its weights were {name} and are computed with in float32",)
    from genlens.latents.targets.latent import latent_mean

    target = latent_mean(model, 0)
    picture = torch.from_numpy(pictures()[0])
    for method in ("saliency", "integrated-gradients", "lrp"):
        values = genlens.attribute(method, target, picture).values
        assert np.isfinite(values).all() and np.abs(values).max() > 0, method
