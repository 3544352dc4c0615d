"""The scenes' autoencoder in use: loading it, its two ways, and its latents' spread."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from genlens import torchvision_guard
from genlens.zoo.recipes.common import to_tensor


class Posterior(Protocol):
    """What diffusers' ``DiagonalGaussianDistribution`` gives."""

    mean: torch.Tensor

    def sample(self) -> torch.Tensor: ...
    def kl(self) -> torch.Tensor: ...


def encode(vae: torch.nn.Module, images: torch.Tensor) -> Posterior:
    """The posterior of (n, 3, h, w) images in [0, 1]."""
    posterior: Posterior = vae.encode(images * 2 - 1).latent_dist  # type: ignore[operator]
    return posterior


def decode(vae: torch.nn.Module, latents: torch.Tensor) -> torch.Tensor:
    """(n, c, h / 8, w / 8) -> (n, 3, h, w) float32, about in [0, 1]."""
    out: torch.Tensor = vae.decode(latents).sample  # type: ignore[operator]
    return (out.float() + 1) / 2


def load_vae(folder: Path, device: str) -> torch.nn.Module:
    """An exported autoencoder, float32, not to be trained."""
    torchvision_guard.ensure()
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32)
    module: torch.nn.Module = vae.eval().requires_grad_(False).to(device)
    return module


@torch.no_grad()
def even_out(
    vae: torch.nn.Module, images: np.ndarray, power: float, batch: int = 32
) -> dict[str, float]:
    """Make directions of the latents differ less in spread; the autoencoder stays what it is.

    A scene's colours move its latents far, an eye or a wheel little. A denoiser's loss is
    a sum over directions: what spreads little has next to no weight in it, is drowned by noise at
    all but the last steps, and stays blurred. So the latents z become A (z - m), A = U diag(l **
    (-power / 2)) U^T, where m is their mean and U diag(l) U^T their covariance, noise of the
    posterior included; the decoder undoes it. Both maps are folded into the 1 x 1 convolutions that
    AutoencoderKL has there, so diffusers' pipelines need not know. Power 0 only centres, 1 makes
    all directions alike (whitening). Flattened spectra are what Ning et al. 2026 (arXiv 2603.14645)
    find easier to learn; at this size trials found no gain, and a loss at 1: see NOTES.md.

    Changes ``vae`` in place, by what its latents of ``images`` (n, h, w, 3) uint8 are like.

    The posterior's variances cannot be turned exactly by a convolution: they are fitted by least
    squares. Returns ``before`` and ``after``, the largest over the smallest spread (standard
    deviation) of any direction, and ``fit``, the share of the variance of the log variances that
    the fit explains.
    """
    device = next(vae.parameters()).device
    inputs: list[torch.Tensor] = []
    convolution: torch.nn.Conv2d = vae.quant_conv  # type: ignore[assignment]
    hook = convolution.register_forward_pre_hook(lambda _, args: inputs.append(_rows(args[0])))
    for i in range(0, len(images), batch):
        encode(vae, to_tensor(np.array(images[i : i + batch])).to(device))
    hook.remove()
    seen = torch.cat(inputs).double()  # (pixels, 2 c)
    weight = convolution.weight[:, :, 0, 0].double()
    bias = convolution.bias.double()  # type: ignore[union-attr]
    mean, logvar = (seen @ weight.T + bias).chunk(2, 1)
    middle = mean.mean(0)
    covariance = torch.cov(mean.T) + torch.diag(logvar.exp().mean(0))
    values, turn = torch.linalg.eigh(covariance)
    change = turn @ torch.diag(values ** (-power / 2)) @ turn.T
    back = turn @ torch.diag(values ** (power / 2)) @ turn.T
    target = (logvar.exp() @ change.square().T).log()
    ones = torch.cat([seen, torch.ones_like(seen[:, :1])], 1)
    fitted = torch.linalg.lstsq(ones, target).solution  # (2 c + 1, c)
    left = (ones @ fitted - target).var(0).sum() / target.var(0).sum().clamp_min(1e-12)
    c = len(middle)
    _set(
        convolution,
        torch.cat([change @ weight[:c], fitted[:-1].T]),
        torch.cat([change @ (bias[:c] - middle), fitted[-1]]),
    )
    after: torch.nn.Conv2d = vae.post_quant_conv  # type: ignore[assignment]
    out, shift = after.weight[:, :, 0, 0].double(), after.bias.double()  # type: ignore[union-attr]
    _set(after, out @ back, shift + out @ middle)
    spread = values.sqrt()
    evened = values ** ((1 - power) / 2)
    return {
        "before": float(spread.max() / spread.min()),
        "after": float(evened.max() / evened.min()),
        "fit": float(1 - left),
    }


def _rows(x: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) -> (n h w, c)."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]).float()


def _set(convolution: torch.nn.Conv2d, weight: torch.Tensor, bias: torch.Tensor) -> None:
    convolution.weight.copy_(weight[:, :, None, None])
    convolution.bias.copy_(bias)  # type: ignore[union-attr]
