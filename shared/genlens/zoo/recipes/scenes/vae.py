"""The scenes' autoencoder in use: loading it, and its two ways."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch

from genlens import torchvision_guard


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
