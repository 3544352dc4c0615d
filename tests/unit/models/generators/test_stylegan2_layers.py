"""StyleGAN2's layers against a slow implementation of the paper's equations, written without a look
at ours: weights scaled for each picture (equations 1 to 3), filters by loops over pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from genlens.models.generators.stylegan2.layers import StyledConv, ToColour, doubled
from genlens.models.generators.stylegan2.network import StyleGAN2

pytestmark = pytest.mark.unit
TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64.0


def leaky(x):
    return np.where(x < 0, 0.2 * x, x) * math.sqrt(2)


def linear(x, layer, rate, lively=False):
    """A layer with equalised learning rate: N(0, 1) weights over the root of their inputs."""
    weight, bias = (p.detach().double().numpy() for p in (layer.weight, layer.bias))
    y = x @ (weight.T * rate / math.sqrt(weight.shape[1])) + bias * rate
    return leaky(y) if lively else y


def correlate(x, kernel):
    """(c, h, w) and (o, c, k, k) -> (o, h, w), zeros around, pixel by pixel."""
    k = kernel.shape[-1]
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    out = np.zeros((len(kernel), *x.shape[1:]))
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            out[:, i, j] = (kernel * padded[None, :, i : i + k, j : j + k]).sum((1, 2, 3))
    return out


def grown(x, kernel):
    """A transposed convolution of stride 2: each pixel puts down its kernel, (2h + 1) wide."""
    _, h, w = x.shape
    out = np.zeros((len(kernel), 2 * h + 1, 2 * w + 1))
    for i in range(h):
        for j in range(w):
            stamp = (kernel * x[None, :, i, j, None, None]).sum(1)
            out[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += stamp
    return out


def filtered(x, pad, gain):
    """(c, h, w) through the binomial filter; ``pad`` (before, behind) on each axis."""
    padded = np.pad(x, ((0, 0), pad, pad))
    h, w = padded.shape[1] - 3, padded.shape[2] - 3
    out = np.zeros((len(x), h, w))
    for i in range(h):
        for j in range(w):
            out[:, i, j] = (padded[:, i : i + 4, j : j + 4] * TAPS * gain).sum((1, 2))
    return out


def zoomed(x):
    """Twice the size: zeros behind each pixel, then the filter, centred."""
    spread = np.zeros((x.shape[0], 2 * x.shape[1], 2 * x.shape[2]))
    spread[:, ::2, ::2] = x
    return filtered(spread, (2, 1), 4)


def styled(x, w, conv, noise=None):
    """Equations 1 to 3 for one picture x (c, h, w) and style w."""
    scale = linear(w, conv.affine, 1.0)  # s
    kernel = conv.weight.detach().double().numpy() * scale[None, :, None, None]  # equation 1
    kernel = kernel / np.sqrt((kernel**2).sum((1, 2, 3), keepdims=True) + 1e-8)  # equation 3
    y = filtered(grown(x, kernel), (1, 1), 4) if conv.up else correlate(x, kernel)
    grain = conv.noise_const.double().numpy() if noise is None else noise
    y = y + grain * conv.noise_strength.item()
    return leaky(y + conv.bias.detach().double().numpy()[:, None, None])


def to_colour(x, w, layer):
    """No demodulation; the style is divided by the root of the inputs."""
    scale = linear(w, layer.affine, 1.0) / math.sqrt(layer.weight.shape[1])
    kernel = layer.weight.detach().double().numpy() * scale[None, :, None, None]
    return correlate(x, kernel) + layer.bias.detach().double().numpy()[:, None, None]


def slow(net, styles, noise=None):
    """A whole picture: styles (layers, w)."""
    layer, picture = 0, None
    x = net.synthesis.blocks[0].const.detach().double().numpy()
    for block in net.synthesis.blocks:
        for conv in block.convolutions:
            if net.places and not block.first and conv is block.conv1:
                x = x + block.const.detach().double().numpy()
            x = styled(x, styles[layer], conv, None if noise is None else noise[layer])
            layer += 1
        added = to_colour(x, styles[layer], block.torgb)
        picture = added if picture is None else zoomed(picture) + added
    return picture


def lively(module, seed=0):
    """Every parameter and buffer random, so that each counts."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if not name.endswith("resample_filter"):
            scale = 100 if name.startswith("mapping.fc") else 1  # its rate is 0.01
            tensor.copy_(scale * torch.randn(tensor.shape, generator=generator))
    return module


@pytest.mark.parametrize("up", [False, True])
def test_a_modulated_convolution_is_the_papers(up) -> None:
    conv = lively(StyledConv(3, 4, 5, 10 if up else 5, up=up))
    x, w = torch.randn(3, 3, 5, 5), torch.randn(3, 5)
    got = conv(x, w, None).detach().numpy()
    for one, style, y in zip(x.double().numpy(), w.double().numpy(), got, strict=True):
        np.testing.assert_allclose(y, styled(one, style, conv), rtol=1e-4, atol=1e-4)
    noise = torch.randn(3, 1, *got.shape[2:])
    fresh = conv(x, w, noise).detach().numpy()
    wanted = styled(x[1].double().numpy(), w[1].double().numpy(), conv, noise[1].double().numpy())
    np.testing.assert_allclose(fresh[1], wanted, rtol=1e-4, atol=1e-4)
    assert np.abs(fresh - got).max() > 0.1


def test_colours_and_doubling_are_the_papers() -> None:
    layer = lively(ToColour(4, 3, 5))
    x, w = torch.randn(2, 4, 6, 6), torch.randn(2, 5)
    got = layer(x, w).detach().numpy()
    for one, style, y in zip(x.double().numpy(), w.double().numpy(), got, strict=True):
        np.testing.assert_allclose(y, to_colour(one, style, layer), rtol=1e-4, atol=1e-4)
    taps = torch.tensor(TAPS, dtype=torch.float32)
    np.testing.assert_allclose(
        doubled(x, taps)[0].numpy(), zoomed(x[0].double().numpy()), atol=1e-5
    )
    flat = doubled(torch.ones(1, 1, 6, 6), taps)[0, 0, 2:-2, 2:-2]
    torch.testing.assert_close(flat, torch.ones_like(flat))  # what is even stays even


@pytest.mark.parametrize("places", [False, True])
def test_a_whole_picture_of_mixed_styles_and_the_mapping(places: bool) -> None:
    sizes = {"side": 16, "channels": (6, 5, 4), "latents": 7, "styles": 8, "mapping_layers": 3}
    net = lively(StyleGAN2(**sizes, places=places))
    assert sum("const" in name for name in net.state_dict()) == 1 + 5 + 2 * places
    z = torch.randn(2, 7)
    x = z.double().numpy()
    x = x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-8)
    for name in net.mapping.names:
        x = linear(x, net.mapping.get_submodule(name), 0.01, lively=True)
    w = net.mapping(z)
    np.testing.assert_allclose(w.detach().numpy(), x, rtol=1e-4, atol=1e-4)
    styles = net.shared(w)[:1].clone()
    styles[0, 3:] = w[1]
    got = net.synthesis(styles)[0].detach().numpy()
    wanted = slow(net, styles[0].detach().double().numpy())
    np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3)
    other = slow(net, net.shared(w)[0].detach().double().numpy())
    assert np.abs(wanted - other).max() > 0.1, "mixing counts"
    drawn = torch.Generator().manual_seed(4)
    grain = [
        torch.randn(1, 1, conv.side, conv.side, generator=drawn)[0].double().numpy()
        for block in net.synthesis.blocks
        for conv in block.convolutions
    ]
    fresh = net.synthesis(styles, torch.Generator().manual_seed(4))[0].detach().numpy()
    wanted = slow(net, styles[0].detach().double().numpy(), grain)
    np.testing.assert_allclose(fresh, wanted, rtol=1e-3, atol=1e-3)
