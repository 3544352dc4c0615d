"""Two more numbers of an autoencoder, each the counterpart of one in ``targets``.

``targets`` explains the reconstruction error by pixels and a decoded region by latents; here the
error is explained by latents and the region by pixels. The region's way from pixel to pixel, in
by the encoder and out by the decoder, is one chain of layers, so that LRP walks it whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import decode_flat, decoded_region, elbo_latent, flat_means


def code_error(model: Any, images: torch.Tensor) -> Target:
    """How badly one image is rebuilt from code z: ||x - decode(z)||^2 over pixels and channels.

    Args:
        model: any autoencoder.
        images: one image, (c, h, w) or (1, c, h, w) in [0, 1].

    Raises:
        InputError: more than one image.
    """
    x = images if images.ndim == 4 else images[None]
    if len(x) != 1:
        raise InputError(f"{len(x)} images: the error is explained for one image at a time")

    def error(z: torch.Tensor) -> torch.Tensor:
        rebuilt = decode_flat(model, z)
        return (x.to(rebuilt) - rebuilt).square().flatten(1).sum(dim=1)

    return replace(
        elbo_latent(model, x),
        name="reconstruction error of the code",
        unit="sum of squared pixel differences",
        function=error,
    )


def rebuilt_region(model: Any, mask: np.ndarray) -> Target:
    """Mean of the reconstruction's pixels inside ``mask`` (h, w) bool, as a function of the image:
    over all channels, of decode(mean code of x), in [0, 1].

    Raises:
        InputError: a mask of another size, or an empty one.
    """
    region = decoded_region(model, mask)
    return replace(
        region,
        name=region.name.replace("decoded", "rebuilt"),
        kind="image",
        input_shape=tuple(model.image_shape),
        function=lambda x: region.function(flat_means(model, x)),
        network=_whole_chain(model, region.network),
    )


def _whole_chain(model: Any, decoder: nn.Module | None) -> nn.Module | None:
    """Encoder and decoder as one network, where the model has both as modules."""
    maker = getattr(model, "mean_module", None)
    if decoder is None or not callable(maker):
        return None
    return nn.Sequential(maker(), decoder).eval()
