"""A VAE of fully connected layers, as the one that PXGen explains (arXiv:2501.11827, section 4.1).

784-400-400-200 with LeakyReLU of slope 0.2 and a Sigmoid at the end, as in that paper's code; of
any size here.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from torch import nn

from genlens.errors import InputError
from genlens.models.autoencoders.small_vae import MAX_PARAMETERS, MAX_SIDE, SmallVAE, check_sizes

MODEL_TYPE = "genlens-mlp-vae"
SLOPE = 0.2


class MlpVAE(SmallVAE):
    """A VAE whose encoder and decoder are a Linear and a LeakyReLU for each number in ``hidden``.

    Layer names: encoder ``flatten hidden1 leaky1 ... code``; decoder ``hidden1 leaky1 ... spread
    unflatten sigmoid``.

    Args:
        image_shape: (channels, h, w), at most 512 pixels a side.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        latents: d.

    Raises:
        InputError: sizes that do not fit together or are out of bounds.
    """

    model_type = MODEL_TYPE
    arguments = ("image_shape", "hidden", "latents")

    def __init__(
        self,
        image_shape: Sequence[int] = (1, 28, 28),
        hidden: Sequence[int] = (400, 400),
        latents: int = 200,
    ) -> None:
        super().__init__()
        self.image_shape = check_sizes(image_shape, latents, (), hidden)
        self.hidden, self.latents = tuple(hidden), int(latents)
        pixels = math.prod(self.image_shape)
        widths = (pixels, *self.hidden, self.latents)
        if max(self.image_shape[1:]) > MAX_SIDE:
            raise InputError(f"{self.image_shape} is too large: take at most {MAX_SIDE} pixels")
        if 2 * sum(a * b for a, b in pairwise(widths)) > MAX_PARAMETERS:
            raise InputError(
                f"layers of {widths} have more than {MAX_PARAMETERS:,} weights: take fewer"
            )
        self.encoder = nn.Sequential(
            OrderedDict(
                flatten=nn.Flatten(),
                **_hidden((pixels, *self.hidden)),
                code=nn.Linear((pixels, *self.hidden)[-1], 2 * self.latents),
            )
        )
        back = (self.latents, *self.hidden[::-1])
        self.decoder = nn.Sequential(
            OrderedDict(
                **_hidden(back),
                spread=nn.Linear(back[-1], pixels),
                unflatten=nn.Unflatten(1, self.image_shape),
                sigmoid=nn.Sigmoid(),
            )
        )

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that build this network again, as JSON-able values."""
        return {
            "image_shape": list(self.image_shape),
            "hidden": list(self.hidden),
            "latents": self.latents,
        }


def _hidden(widths: Sequence[int]) -> dict[str, nn.Module]:
    """A Linear and a LeakyReLU from each width to the next."""
    layers: dict[str, nn.Module] = {}
    for i in range(1, len(widths)):
        layers[f"hidden{i}"] = nn.Linear(widths[i - 1], widths[i])
        layers[f"leaky{i}"] = nn.LeakyReLU(SLOPE)
    return layers
