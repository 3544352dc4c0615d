"""VAE-TracIn: which training pictures pulled the model towards what it draws.

Kong and Chaudhuri 2021, *Understanding Instance-based Interpretability of Variational
Auto-Encoders* (NeurIPS; arXiv:2105.14203), after TracIn (Pruthi et al. 2020, arXiv:2002.08484). Of
a training picture x and another picture y, over checkpoints c with learning rate r_c:

    influence(x, y) = sum over c of r_c * grad l(x; c) · grad l(y; c)

l being the negative evidence lower bound at one sampled code. Positive: training on x lowers the
loss of y. Adam is no plain gradient step, so this is TracIn's first-order story of it, as in that
paper.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad, jvp, vmap
from torch.nn import functional as F

from genlens.common.progress import Cancel
from genlens.errors import Cancelled
from genlens.models.autoencoders.small_vae import SmallVAE
from genlens.models.contracts import Posterior

Weights = dict[str, torch.Tensor]


class _Loss(nn.Module):
    """The loss of pictures as a module, so that its weights can be exchanged."""

    def __init__(self, vae: SmallVAE) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, images: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """(n,) in nats, of ``images`` (n, c, h, w) at the codes that ``noise`` (n, d) gives."""
        mean, logvar = self.vae.encode(images)
        logits = self.vae.decode_logits(mean + (0.5 * logvar).exp() * noise)
        miss = F.binary_cross_entropy_with_logits(logits, images, reduction="none")
        return miss.flatten(1).sum(1) + Posterior(mean, logvar).kl().sum(1)


def pair_influence(
    checkpoints: Sequence[SmallVAE],
    train: torch.Tensor,
    others: torch.Tensor,
    *,
    rate: float = 1e-3,
    seed: int = 0,
    batch: int = 25,
    cancel: Cancel | None = None,
) -> np.ndarray:
    """(n, m): the influence of each of ``train`` (n, c, h, w) on each of ``others`` (m, c, h, w),
    by one gradient a picture and checkpoint, as published.

    Memory: m + ``batch`` gradients, each as large as the model.
    """
    total = torch.zeros(len(train), len(others))
    for index, vae in enumerate(checkpoints):
        own, theirs = _noise(vae, len(train), len(others), seed, index)
        pieces = zip(others.split(batch), theirs.split(batch), strict=True)
        rows = torch.cat([gradients(vae, x, e) for x, e in pieces])
        done = 0
        for x, e in zip(train.split(batch), own.split(batch), strict=True):
            if cancel is not None and cancel():
                raise Cancelled(f"stopped in checkpoint {index + 1} of {len(checkpoints)}")
            total[done : done + len(x)] += rate * (gradients(vae, x, e) @ rows.T)
            done += len(x)
    return total.numpy()


def mean_influence(
    checkpoints: Sequence[SmallVAE],
    train: torch.Tensor,
    others: torch.Tensor,
    *,
    rate: float = 1e-3,
    seed: int = 0,
    batch: int = 250,
    cancel: Cancel | None = None,
) -> np.ndarray:
    """(n,): the mean over ``others`` of ``pair_influence``, which is what PXGen ranks by.

    A mean of products with one vector is the product with the mean: so one gradient, that of the
    mean loss of ``others``, and one derivative of each training picture's loss along it (forward
    mode) give the same numbers, without n or m gradients in memory.
    """
    total = torch.zeros(len(train))
    for index, vae in enumerate(checkpoints):
        own, theirs = _noise(vae, len(train), len(others), seed, index)
        loss, weights = _Loss(vae), _weights(vae)
        along = _mean_gradient(loss, weights, others, theirs, batch)
        done = 0
        for x, e in zip(train.split(batch), own.split(batch), strict=True):
            if cancel is not None and cancel():
                raise Cancelled(f"stopped in checkpoint {index + 1} of {len(checkpoints)}")
            total[done : done + len(x)] += rate * _slopes(loss, weights, along, x, e)
            done += len(x)
    return total.numpy()


def _slopes(
    loss: _Loss, weights: Weights, along: Weights, images: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """(n,): the derivative of each picture's loss as the weights move ``along``."""

    def losses(w: Weights) -> torch.Tensor:
        return functional_call(loss, w, (images, noise))

    return torch.as_tensor(jvp(losses, (weights,), (along,))[1])


def _mean_gradient(
    loss: _Loss, weights: Weights, images: torch.Tensor, noise: torch.Tensor, batch: int
) -> Weights:
    """The gradient of the mean loss of ``images`` (m, c, h, w)."""
    along = {name: torch.zeros_like(value) for name, value in weights.items()}
    for x, e in zip(images.split(batch), noise.split(batch), strict=True):

        def total(w: Weights, x: torch.Tensor = x, e: torch.Tensor = e) -> torch.Tensor:
            return functional_call(loss, w, (x, e)).sum() / len(images)

        for name, value in grad(total)(weights).items():
            along[name] += value
    return along


def gradients(vae: SmallVAE, images: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """(n, weights): the gradient of each picture's loss."""
    loss, weights = _Loss(vae), _weights(vae)

    def one(w: Weights, x: torch.Tensor, e: torch.Tensor) -> torch.Tensor:
        return functional_call(loss, w, (x[None], e[None]))[0]

    each = vmap(grad(one), in_dims=(None, 0, 0))(weights, images, noise)
    return torch.cat([value.flatten(1) for value in each.values()], dim=1)


def _weights(vae: SmallVAE) -> Weights:
    return {f"vae.{name}": value.detach() for name, value in vae.named_parameters()}


def _noise(vae: SmallVAE, n: int, m: int, seed: int, index: int) -> tuple[torch.Tensor, ...]:
    """(n, d) and (m, d) of checkpoint ``index``."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + index)
    return tuple(torch.randn((count, vae.latents), generator=generator) for count in (n, m))
