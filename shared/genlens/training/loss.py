"""What it takes to train a small VAE: the loss, where it starts, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional as F

from genlens.models.autoencoders.small_vae import SmallVAE
from genlens.models.contracts import ACTIVE, Posterior

V = TypeVar("V", bound=SmallVAE)


def vae_loss(
    vae: SmallVAE, images: torch.Tensor, labels: torch.Tensor | None = None, beta: float = 1.0
) -> torch.Tensor:
    """Negative evidence lower bound (Kingma and Welling 2014, eq. 10, Bernoulli pixels): binary
    cross-entropy summed over pixels + ``beta`` * KL to N(0, 1), the mean over pictures.

    It is divided by the number of pixel values, which changes no optimum and keeps gradients of
    one size for all picture sizes.
    """
    miss, spread = bound(vae, images, labels)
    return (miss + beta * spread) / images.numel()


def bound(
    vae: SmallVAE,
    images: torch.Tensor,
    labels: torch.Tensor | None = None,
    generator: torch.Generator | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of the negative evidence lower bound of ``images`` (n, c, h, w) in nats, each
    summed over the pictures: cross-entropy of the pixels for one sampled code, and KL.

    ``generator`` gives the samples; None takes torch's global one.
    """
    logits, mean, logvar = vae(images, labels, generator)
    miss = F.binary_cross_entropy_with_logits(logits.float(), images, reduction="sum")
    return miss, Posterior(mean, logvar).kl().sum()


def entropy(images: torch.Tensor) -> torch.Tensor:
    """(n,): the least cross-entropy that pixels between black and white allow, in nats: what a
    perfect copy of ``images`` (n, c, h, w) still costs."""
    pixels = images.flatten(1)
    return (torch.special.entr(pixels) + torch.special.entr(1 - pixels)).sum(1)


def seeded(vae: V, seed: int) -> V:
    """``vae`` with fresh weights drawn from ``seed`` alone, in torch's usual distribution (uniform
    within 1 / sqrt(inputs)); torch's global generator is left as it was."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in vae.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
                reach = layer.weight[0].numel() ** -0.5
                for part in (layer.weight, layer.bias):
                    if part is not None:
                        part.uniform_(-reach, reach, generator=generator)
    return vae


@dataclass(frozen=True)
class EachPicture:
    """Of n pictures: ``mse`` (n,) of a pixel value, ``kl`` (n,) in nats, ``mean`` (n, d) codes."""

    mse: torch.Tensor
    kl: torch.Tensor
    mean: torch.Tensor


@torch.no_grad()
def measure_each(
    vae: SmallVAE, images: torch.Tensor, labels: torch.Tensor | None = None
) -> EachPicture:
    """How well a VAE rebuilds each of ``images`` (n, c, h, w) from the mean of its code."""
    means, logvars, errors = [], [], []
    for i in range(0, len(images), 256):
        x = images[i : i + 256]
        y = None if labels is None else labels[i : i + 256]
        mean, logvar = (v.float() for v in vae.encode(x, y))
        out = torch.sigmoid(vae.decode_logits(mean, y).float())
        errors.append((out - x).square().mean((1, 2, 3)))
        means.append(mean)
        logvars.append(logvar)
    mean, logvar = torch.cat(means), torch.cat(logvars)
    return EachPicture(torch.cat(errors), Posterior(mean, logvar).kl().sum(1), mean)


def measure(
    vae: SmallVAE, images: torch.Tensor, labels: torch.Tensor | None = None
) -> dict[str, float]:
    """How good a VAE is on ``images`` (n, c, h, w): mean squared error a pixel value and PSNR in
    dB of reconstructions from the mean, KL in nats, and how many latents are in use."""
    each = measure_each(vae, images, labels)
    return {
        "mse": float(each.mse.mean()),
        "psnr_db": float(-10 * torch.log10(each.mse.clamp_min(1e-10)).mean()),
        "kl": float(each.kl.mean()),
        "active": float((each.mean.var(0) > ACTIVE).sum()),
    }
