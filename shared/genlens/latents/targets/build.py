"""What every target is made with: codes and pictures of a model, and its facts for explainers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from genlens.attribution.target import Kind, Target
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder


def flat_means(model: Autoencoder, images: torch.Tensor) -> torch.Tensor:
    """Posterior means (n, d) of ``images``, spatial latents flattened."""
    return model.encode(images).mean.flatten(1)


def decode_flat(model: Autoencoder, latents: torch.Tensor) -> torch.Tensor:
    """Images (n, c, h, w) of flat ``latents`` (n, d)."""
    return model.decode(latents.reshape(len(latents), *model.latent_shape))


def one_image(images: torch.Tensor, what: str) -> torch.Tensor:
    """``images`` (c, h, w) or (1, c, h, w) as (1, c, h, w); ``what`` is explained of it.

    Raises:
        InputError: more than one image.
    """
    x = images if images.ndim == 4 else images[None]
    if len(x) != 1:
        raise InputError(f"{len(x)} images: {what} is explained for one image at a time")
    return x


def target_of(
    model: Autoencoder,
    name: str,
    kind: Kind,
    unit: str,
    function: Callable[[torch.Tensor], torch.Tensor],
    *,
    network: nn.Module | None = None,
    weights: np.ndarray | None = None,
    scale: float = 0.0,
) -> Target:
    """A target of ``model``, with all that explainers may ask about it."""
    d = math.prod(model.latent_shape)
    return Target(
        name=name,
        kind=kind,
        unit=unit,
        function=function,
        input_shape=tuple(model.image_shape) if kind == "image" else (d,),
        modules=(model.module,),
        network=network,
        weights=weights,
        model=model.card.id,
        revision=model.card.revision,
        device=model.device,
        numel=max(d, math.prod(model.image_shape)),
        latent_shape=tuple(model.latent_shape),
        scale=scale,
    )
