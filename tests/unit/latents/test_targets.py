"""Targets of autoencoders against closed forms on linear models."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.attribution.gradients import saliency
from genlens.attribution.lrp import lrp
from genlens.attribution.perturbation import exact_shap
from genlens.errors import InputError
from genlens.latents.targets import (
    class_score,
    decoded_region,
    elbo_latent,
    latent_mean,
    reconstruction_error,
)
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.autoencoders.module import ModuleAutoencoder
from tiny_vaes import code, conv_model, image, linear_model, weights_of

pytestmark = pytest.mark.unit


def gradient(target, x):
    """Signed df/dx, flat float64."""
    return saliency(target, x, absolute=False).values.reshape(-1)


def test_a_latents_mean_is_a_row_of_the_encoder():
    model, x = linear_model(), image()
    w, _ = weights_of(model)
    found = saliency(latent_mean(model, 2), x, absolute=False)
    assert found.values.shape == (1, 6, 6) and found.values.dtype == np.float64
    assert np.allclose(found.values.reshape(-1), w[2], atol=1e-6)
    assert found.output == pytest.approx(float(w[2] @ x.numpy().reshape(-1)), abs=1e-5)
    assert (found.target, found.unit) == ("mean of z2", "latent units")


def test_the_gradient_of_the_reconstruction_error():
    model, x = linear_model(), image()
    w, d = weights_of(model)
    flat = x.double().numpy().reshape(-1)
    rest = flat - d @ (w @ flat)
    target = reconstruction_error(model)
    assert np.allclose(gradient(target, x), 2 * (rest - w.T @ (d.T @ rest)), atol=1e-4)
    assert saliency(target, x).output == pytest.approx(rest @ rest, rel=1e-5)


def test_the_bound_of_a_linear_gaussian_model():
    model, x, z = linear_model(), image(), code()
    _, d = weights_of(model)
    target = elbo_latent(model, x, likelihood="gaussian")
    rest = x.double().numpy().reshape(-1) - d @ z.double().numpy()
    assert np.allclose(gradient(target, z), d.T @ rest - z.numpy(), atol=1e-4)
    # KL of N(z, s^2) from N(0, 1), summed over latents; this model's logvar is -20
    kl = 0.5 * float((z.double().square() + np.exp(-20.0) - 1 + 20).sum())
    assert saliency(target, z).output == pytest.approx(-0.5 * rest @ rest - kl, rel=1e-5)


def test_the_bernoulli_bound_is_the_training_loss():
    model, x = conv_model(), image((1, 16, 16))
    posterior = model.encode(x[None])
    rebuilt = model.decode(posterior.mean)
    bce = torch.nn.functional.binary_cross_entropy(rebuilt, x[None], reduction="sum")
    kl = -0.5 * (1 + posterior.logvar - posterior.mean**2 - posterior.logvar.exp()).sum()
    found = saliency(elbo_latent(model, x), posterior.mean[0])
    assert found.output == pytest.approx(float(-bce - kl), rel=1e-4)
    with pytest.raises(InputError, match="one image at a time"):
        elbo_latent(model, torch.rand(2, 1, 16, 16))


def test_the_softmax_of_a_linear_classifier():
    model, x, z = linear_model(), image(), code()
    _, d = weights_of(model)
    head = torch.nn.Linear(36, 3, bias=False)

    def read(images):
        return head(images.flatten(1))

    rows = head.weight.detach().double().numpy()
    for path, flat, start in [
        ("input", x.double().numpy().reshape(-1), x),
        ("decoded", d @ z.double().numpy(), z),
    ]:
        p = np.exp(rows @ flat) / np.exp(rows @ flat).sum()
        slope = p[1] * (rows[1] - p @ rows)  # d softmax_1 / d pixels
        wanted = slope if path == "input" else d.T @ slope
        target = class_score(model, read, 1, path=path, scale="probability")
        assert np.allclose(gradient(target, start), wanted, atol=1e-5)
        assert saliency(target, start).output == pytest.approx(p[1], rel=1e-4)
    with pytest.raises(InputError, match="class 7 is not among"):
        saliency(class_score(model, read, 7), x)
    with pytest.raises(InputError, match="path"):
        class_score(model, read, 1, path="sideways")
    with pytest.raises(InputError, match="scale"):
        class_score(model, read, 1, scale="odds")
    codes = torch.nn.Linear(4, 3)
    assert saliency(class_score(model, codes, 0, path="code"), x).kind == "image"
    assert saliency(class_score(model, codes, 0, path="latents"), z).kind == "latent"


def test_a_decoded_region_is_a_mean_of_pixels():
    model, z = linear_model(shape=(3, 4, 4)), code()
    _, d = weights_of(model)
    mask = np.zeros((4, 4), dtype=bool)
    mask[1, 1:3] = True
    rows = d.reshape(3, 4, 4, 4)[:, mask].reshape(-1, 4)
    target = decoded_region(model, mask)
    assert np.allclose(gradient(target, z), rows.mean(axis=0), atol=1e-6)
    assert saliency(target, z).output == pytest.approx(
        float(rows.mean(axis=0) @ z.double().numpy()), abs=1e-5
    )
    with pytest.raises(InputError, match="empty"):
        decoded_region(model, np.zeros((4, 4), dtype=bool))
    with pytest.raises(InputError, match=r"\(5, 5\)"):
        decoded_region(model, np.ones((5, 5), dtype=bool))


def test_latents_that_are_maps_are_flattened():
    encoder = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 4, 4))
    decoder = torch.nn.Sequential(torch.nn.ConvTranspose2d(2, 1, 4, 4), torch.nn.Sigmoid())
    model = ModuleAutoencoder(encoder, decoder, image_shape=(1, 8, 8), device="cpu")
    x = image((1, 8, 8))
    means = model.encode(x[None]).mean[0]  # (2, 2, 2)
    assert saliency(latent_mean(model, 5), x).output == pytest.approx(
        float(means[1, 0, 1]), abs=1e-6
    )
    corner = np.zeros((8, 8), dtype=bool)
    corner[:4, 4:] = True
    target = decoded_region(model, corner)
    for given in (means, means.flatten()):
        found = saliency(target, given)
        # only the codes above the corner reach it: place (0, 1) of both channels
        assert np.flatnonzero(found.values).tolist() == [1, 5]
        assert np.allclose(lrp(target, given, bias="absorb").values[[0, 2, 3, 4, 6, 7]], 0)
    places = exact_shap(target, means, groups=np.arange(8) % 4).details["group_values"]
    assert np.allclose(places[[0, 2, 3]], 0, atol=1e-6) and abs(places[1]) > 1e-6


def test_a_conditional_model_is_its_own_classifier():
    net = ConvVAE((1, 8, 8), latents=3, widths=(4,), hidden=8, classes=4)
    model, x = ConditionalAutoencoder(net, label=1, device="cpu"), image((1, 8, 8))
    wanted = model.class_logits(x[None]).softmax(dim=1)[0, 2]
    target = class_score(
        model, model.class_logits, 2, path="input", scale="probability", modules=[model.net]
    )
    found = saliency(target, x)
    assert found.output == pytest.approx(float(wanted), rel=1e-4) and found.values.any()
    assert len(target.modules) == 2
