"""Autoencoders small enough to check by hand: linear ones, and a convolutional one of 16 px."""

from __future__ import annotations

import torch
from torch import nn

from genlens.models.autoencoders.module import ConvVAE, ModuleAutoencoder


def linear_model(*, bias=False, d=4, shape=(1, 6, 6), seed=0):
    """mean = W x (+ b) and x^ = D z (+ c): every explanation has a closed form."""
    generator = torch.Generator().manual_seed(seed)
    pixels = shape[0] * shape[1] * shape[2]
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, d, bias=bias))
    decoder = nn.Sequential(nn.Linear(d, pixels, bias=bias), nn.Unflatten(1, shape))
    for parameter in [*encoder.parameters(), *decoder.parameters()]:
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
    return ModuleAutoencoder(encoder, decoder, image_shape=shape, device="cpu")


def conv_model(*, shape=(1, 16, 16), d=4, seed=0):
    """A ``ConvVAE`` with random weights, and biases that matter."""
    generator = torch.Generator().manual_seed(seed)
    net = ConvVAE(shape, latents=d, widths=(6, 8), hidden=16)
    for parameter in net.parameters():
        scale = 0.1 if parameter.ndim == 1 else 1.5 / parameter[0].numel() ** 0.5
        parameter.data = torch.randn(parameter.shape, generator=generator) * scale
    return ModuleAutoencoder(
        net.encoder, net.decoder, image_shape=shape, latent_shape=(d,), device="cpu", split=True
    )


def weights_of(model):
    """(W, D) of a linear model as float64 arrays (d, pixels) and (pixels, d)."""
    encoder, decoder = model.module["encoder"], model.module["decoder"]
    return encoder[1].weight.double().numpy(), decoder[0].weight.double().numpy()


def image(shape=(1, 6, 6), seed=1):
    """One picture (c, h, w) of random pixels in [0, 1]."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def code(d=4, seed=2):
    """One flat code (d,)."""
    return torch.randn(d, generator=torch.Generator().manual_seed(seed))


def hooks_on(model):
    """How many hooks of any kind are on the model's layers."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(m, kind)) for m in model.module.modules() for kind in kinds)
