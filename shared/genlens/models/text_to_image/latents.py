"""Between pictures and what a latent diffusion model denoises: a VAE's latents in its own scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from diffusers import AutoencoderKL


def to_latents(vae: AutoencoderKL, images: torch.Tensor) -> torch.Tensor:
    """(n, 3, h, w) in [0, 1] -> (n, c, h', w') float32: the posterior's means, scaled."""
    mean, std = _shift(vae)
    encoded = vae.encode((images * 2 - 1).to(vae.dtype))
    # AutoencoderTiny has no spread: it gives latents, in the diffusion's own scale.
    means = encoded.latents if "latents" in encoded else encoded.latent_dist.mean
    scaled: torch.Tensor = (means.float() - mean) / std * vae.config.scaling_factor
    return scaled


def to_pixels(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """(n, c, h', w') -> (n, 3, h, w) in [-1, 1] and a little beyond, in the VAE's own type."""
    mean, std = _shift(vae)
    z = latents.to(vae.dtype) / vae.config.scaling_factor
    decoded: torch.Tensor = vae.decode(z * std.to(z) + mean.to(z), return_dict=False)[0]
    return decoded


def _shift(vae: AutoencoderKL) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation by channel (1, c, 1, 1), of a VAE whose latents have them; 0 and
    1 otherwise."""
    mean, std = vae.config.get("latents_mean"), vae.config.get("latents_std")
    if mean is None or std is None:
        mean, std = [0.0], [1.0]
    shift, spread = (torch.tensor(v, device=vae.device).view(1, -1, 1, 1) for v in (mean, std))
    return shift, spread
