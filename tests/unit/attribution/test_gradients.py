"""Gradient methods against closed forms: a linear encoder, one ReLU layer, one convolution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.gradients import gradient_shap, integrated_gradients, saliency, smoothgrad
from genlens.attribution.guided import grad_cam, guided_backprop, guided_grad_cam, layers_of
from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, elbo_latent, latent_mean, reconstruction_error
from tiny_vaes import code, conv_model, hooks_on, image, linear_model, weights_of

pytestmark = pytest.mark.unit


def flat(found):
    return found.values.reshape(-1)


@pytest.mark.parametrize("bias", [False, True])
def test_every_method_on_a_linear_encoder(bias):
    model, x = linear_model(bias=bias), image()
    w = weights_of(model)[0][1]
    pixels = x.double().numpy().reshape(-1)
    target = latent_mean(model, 1)
    assert np.allclose(flat(saliency(target, x)), np.abs(w), atol=1e-6)
    assert np.allclose(flat(smoothgrad(target, x, samples=5)), np.abs(w), atol=1e-6)
    assert np.allclose(flat(smoothgrad(target, x, samples=5, absolute=False)), w, atol=1e-6)
    squares = smoothgrad(target, x, samples=5, kind="smoothgrad_sq")
    assert np.allclose(flat(squares), w**2, atol=1e-6) and not squares.signed
    assert np.allclose(flat(smoothgrad(target, x, samples=5, kind="vargrad")), 0, atol=1e-6)
    assert np.allclose(flat(guided_backprop(target, x)), w, atol=1e-6)
    assert np.allclose(flat(integrated_gradients(target, x)), w * pixels, atol=1e-5)
    assert np.allclose(
        flat(integrated_gradients(target, x, baseline=0.25)), w * (pixels - 0.25), atol=1e-5
    )
    assert np.allclose(flat(gradient_shap(target, x, samples=7)), w * pixels, atol=1e-5)


def test_latents_of_a_linear_decoder():
    model, z = linear_model(), code()
    row = weights_of(model)[1].mean(axis=0)
    target = decoded_region(model, np.ones((6, 6)))
    assert np.allclose(flat(saliency(target, z, absolute=False)), row, atol=1e-6)
    found = integrated_gradients(target, z)
    assert np.allclose(flat(found), row * z.numpy(), atol=1e-6)
    assert found.labels == ("z0", "z1", "z2", "z3") and found.values.shape == (4,)


def test_gradient_shap_averages_over_baselines():
    model, x = linear_model(), image()
    w = weights_of(model)[0][0]
    starts = torch.rand(5, 1, 6, 6, generator=torch.Generator().manual_seed(3))
    found = gradient_shap(latent_mean(model, 0), x, baselines=starts, samples=3000)
    wanted = w * (x.double().numpy() - starts.double().numpy().mean(axis=0)).reshape(-1)
    assert np.allclose(flat(found), wanted, atol=0.02)
    assert found.made_by.settings["baselines"] == 5 and abs(found.gap) < 0.1
    again = gradient_shap(latent_mean(model, 0), x, baselines=starts, samples=3000)
    assert np.array_equal(found.values, again.values)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_gradient_shaps_noise_is_added_to_the_input(noise):
    """Of f = sum x² from 0, the mean of (x + e) * 2a(x + e) is x² + noise²."""
    target = Target("squares", "latent", "", lambda z: z.square().flatten(1).sum(1))
    z = code()
    found = gradient_shap(target, z, noise=noise, samples=20_000)
    assert np.allclose(flat(found), z.numpy() ** 2 + noise**2, atol=0.05)


@pytest.mark.parametrize("baseline", [0.0, 0.5])
def test_integrated_gradients_are_complete_to_one_percent(baseline):
    model, x, z = conv_model(), image((1, 16, 16)), code()
    for target, start in [
        (latent_mean(model, 0), x),
        (reconstruction_error(model), x),
        (elbo_latent(model, x), z),
        (decoded_region(model, np.eye(16)), z),
    ]:
        found = integrated_gradients(target, start, baseline=baseline, steps=200)
        assert found.relative_gap <= 0.01
        assert found.values.sum() == pytest.approx(found.output - found.base + found.gap, abs=1e-6)


def test_more_steps_leave_a_smaller_gap():
    target, x = reconstruction_error(conv_model()), image((1, 16, 16))
    gaps = [abs(integrated_gradients(target, x, steps=n, tolerance=None).gap) for n in (2, 200)]
    assert gaps[1] < gaps[0] / 2


def test_points_are_doubled_until_it_is_complete():
    step = Target("f", "latent", "", lambda z: torch.relu(z - 0.3).sum(dim=1), (1,))
    # Gauss-Legendre misses the kink by 8 % with 5 points, 7 % with 10 and 3.1 % with 20
    found = integrated_gradients(step, [1.0], steps=5, tolerance=0.04)
    assert found.relative_gap <= 0.04 and found.made_by.settings["steps"] == 5
    assert found.details["steps"] == 20 and found.notes == ()
    once = integrated_gradients(step, [1.0], steps=5, tolerance=None)
    assert once.details["steps"] == 5 and once.relative_gap > 0.04
    strict = integrated_gradients(step, [1.0], steps=5, tolerance=1e-9)
    assert strict.details["steps"] == 40 and "not complete" in strict.notes[0]


def test_guided_backprop_drops_what_speaks_against():
    hidden, out = nn.Linear(36, 8), nn.Linear(8, 1, bias=False)
    net = nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), out)
    target = Target("f", "image", "", lambda x: net(x)[:, 0], modules=(net,))
    x = image()
    w1, w2 = hidden.weight.detach().numpy(), out.weight.detach().numpy()[0]
    active = (w1 @ x.numpy().reshape(-1) + hidden.bias.detach().numpy()) > 0
    guided = guided_backprop(target, x)
    assert np.allclose(flat(guided), w1.T @ (active * np.maximum(w2, 0)), atol=1e-6)
    assert guided.notes == ()
    assert np.allclose(flat(saliency(target, x, absolute=False)), w1.T @ (active * w2), atol=1e-6)


def test_guided_backprop_says_when_there_is_nothing_to_guide():
    found = guided_backprop(latent_mean(linear_model(), 0), image())
    assert "plain gradient" in found.notes[0]


def conv_target(seed=0):
    """f(x) = sum over positions and channels of v_k ReLU(conv_k(x)), and its parts."""
    torch.manual_seed(seed)
    conv = nn.Conv2d(1, 3, 3, stride=2, padding=1)
    net = nn.Sequential(conv, nn.ReLU())
    v = torch.tensor([1.0, -2.0, 0.5])
    target = Target(
        "f", "image", "", lambda x: (net(x) * v[:, None, None]).sum(dim=(1, 2, 3)), modules=(net,)
    )
    return target, conv, v


def test_grad_cam_of_one_convolution():
    target, conv, v = conv_target()
    x = image((1, 8, 8))
    with torch.no_grad():
        maps = conv(x[None])[0]  # (3, 4, 4)
    slope = ((maps > 0) * v[:, None, None]).mean(dim=(1, 2))  # mean of df/dA over positions
    wanted = (slope[:, None, None] * maps).sum(dim=0)
    large = nn.functional.interpolate(
        wanted[None, None], (8, 8), mode="bilinear", align_corners=False
    )[0, 0]
    found = grad_cam(target, x, layer="0", relu=False)
    assert np.allclose(found.values, large.numpy(), atol=1e-6) and found.values.shape == (8, 8)
    positive = nn.functional.interpolate(
        wanted.clamp(min=0)[None, None], (8, 8), mode="bilinear", align_corners=False
    )[0, 0]
    assert np.allclose(grad_cam(target, x, layer="0").values, positive.numpy(), atol=1e-6)
    both = guided_grad_cam(target, x, layer="0")
    product = guided_backprop(target, x).values * positive.numpy()
    assert np.allclose(both.values, product, atol=1e-6)


def test_the_default_layer_is_the_encoders_last_convolution():
    model, x = conv_model(), image((1, 16, 16))
    target = reconstruction_error(model)
    assert list(layers_of(target, x)) == [
        "encoder.conv1", "encoder.relu1", "encoder.conv2", "encoder.relu2",
        "decoder.unflatten", "decoder.deconv1", "decoder.relu1", "decoder.deconv2",
        "decoder.sigmoid",
    ]  # fmt: skip
    assert layers_of(target, x)["encoder.conv2"] == (8, 4, 4)
    assert grad_cam(target, x).made_by.settings["layer"] == "encoder.conv2"
    assert grad_cam(latent_mean(model, 0), x, layer="encoder.relu1").values.shape == (16, 16)
    with pytest.raises(InputError, match="encoder.conv1"):
        grad_cam(target, x, layer="encoder.hidden")
    with pytest.raises(InputError, match="no layer that gives maps"):
        grad_cam(latent_mean(linear_model(), 0), image())
    with pytest.raises(InputError, match="explains image targets"):
        grad_cam(decoded_region(model, np.eye(16)), code())


def test_no_hook_and_no_gradient_stays():
    model, x = conv_model(), image((1, 16, 16))
    before = {k: v.clone() for k, v in model.module.state_dict().items()}
    target = reconstruction_error(model)
    for explain in (saliency, guided_backprop, grad_cam, guided_grad_cam, integrated_gradients):
        explain(target, x)
        assert hooks_on(model) == 0
    with pytest.raises(InputError):
        grad_cam(target, x, layer="nowhere")
    assert hooks_on(model) == 0
    assert all(p.grad is None and not p.requires_grad for p in model.module.parameters())
    assert all(torch.equal(before[k], v) for k, v in model.module.state_dict().items())


def test_seeds_decide():
    target, x = reconstruction_error(conv_model()), image((1, 16, 16))
    for explain in (smoothgrad, gradient_shap):
        first, same, other = (explain(target, x, samples=8, seed=s) for s in (1, 1, 2))
        assert np.array_equal(first.values, same.values)
        assert not np.array_equal(first.values, other.values)


def test_settings_out_of_range_are_refused():
    target, x = latent_mean(linear_model(), 0), image()
    for call in (
        lambda: smoothgrad(target, x, samples=0),
        lambda: smoothgrad(target, x, noise=-1),
        lambda: smoothgrad(target, x, kind="smooth"),
        lambda: integrated_gradients(target, x, steps=0),
        lambda: integrated_gradients(target, x, steps=2.5),
        lambda: gradient_shap(target, x, baselines=np.zeros((0, 1, 6, 6))),
    ):
        with pytest.raises(InputError):
            call()
