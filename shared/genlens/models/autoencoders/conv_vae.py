"""A small convolutional VAE whose every layer can be walked by name.

Kingma and Welling 2014 (arXiv:1312.6114); with ``classes`` it is the conditional VAE of Sohn et
al. 2015 (*Learning Structured Output Representation using Deep Conditional Generative Models*).
The layers are plain ``nn.Sequential`` chains of Conv2d, ConvTranspose2d, Linear, ReLU, Sigmoid,
Flatten and Unflatten, each used once: what LRP, Grad-CAM and guided backpropagation need.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from genlens.errors import InputError
from genlens.models.autoencoders.small_vae import (
    MAX_PARAMETERS,
    MAX_SIDE,
    SmallVAE,
    check_sizes,
)

MODEL_TYPE = "genlens-conv-vae"
MAX_CLASSES = 1000


class ConvVAE(SmallVAE):
    """Images (n, c, h, w) in [0, 1] -> means and log-variances (n, d) -> images in [0, 1].

    Each width is a convolution (kernel 4, stride 2, padding 1) that halves the picture, then come
    one hidden Linear and a Linear to 2 d numbers (means, then log-variances); the decoder mirrors
    that with transposed convolutions and ends in a Sigmoid. ReLU after every layer but the last.

    Layer names: encoder ``conv1 relu1 conv2 ... flatten hidden relu_hidden code``; decoder
    ``hidden relu_hidden spread relu_spread unflatten deconv1 relu1 ... deconvN sigmoid``.

    With ``classes`` > 0, a label adds a learned vector to the input of both hidden ReLUs. That is
    what a Linear layer over the concatenation [features, one-hot label] computes, and it folds
    into the bias: see :meth:`given`.

    Args:
        image_shape: (channels, h, w); h and w multiples of 2**len(widths), at most 512.
        latents: d.
        widths: channels after each halving.
        hidden: width of the hidden Linear layers.
        classes: number of labels, 0 for an unconditional VAE.

    Raises:
        InputError: sizes that do not fit together or are out of bounds.
    """

    model_type = MODEL_TYPE
    arguments = ("image_shape", "latents", "widths", "hidden", "classes")

    def __init__(
        self,
        image_shape: Sequence[int] = (1, 28, 28),
        latents: int = 10,
        widths: Sequence[int] = (32, 32),
        hidden: int = 96,
        classes: int = 0,
    ) -> None:
        super().__init__()
        channels, height, width = _check(image_shape, latents, widths, hidden, classes)
        self.image_shape, self.latents = (channels, height, width), int(latents)
        self.widths, self.hidden, self.classes = tuple(widths), int(hidden), int(classes)
        factor = 2 ** len(self.widths)
        grid = (self.widths[-1], height // factor, width // factor)
        self.encoder = _encoder((channels, *self.widths), math.prod(grid), hidden, latents)
        self.decoder = _decoder((channels, *self.widths), grid, hidden, latents)
        self.encoder_label = nn.Embedding(classes, hidden) if classes else None
        self.decoder_label = nn.Embedding(classes, hidden) if classes else None

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that build this network again, as JSON-able values."""
        return {
            "image_shape": list(self.image_shape),
            "latents": self.latents,
            "widths": list(self.widths),
            "hidden": self.hidden,
            "classes": self.classes,
        }

    def encode(
        self, images: torch.Tensor, labels: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Means and log-variances, (n, d) each; ``labels`` (n,) int64 where there are classes."""
        code = _run(self.encoder, images, self._offset(self.encoder_label, labels))
        mean, logvar = code.chunk(2, dim=1)
        return mean, logvar

    def decode_logits(
        self, latents: torch.Tensor, labels: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What the final Sigmoid is applied to, (n, c, h, w): for a loss that is stable."""
        return _run(self.decoder[:-1], latents, self._offset(self.decoder_label, labels))

    def given(self, label: int) -> ConvVAE:
        """The unconditional VAE that this conditional one is for a fixed ``label``: the same
        layers, with the label's vector added to the biases of the two ``hidden`` layers. Exact.

        Raises:
            InputError: there are no classes, or no such label.
        """
        if not 0 <= int(label) < self.classes:
            known = f"take 0 to {self.classes - 1}" if self.classes else "this VAE has no classes"
            raise InputError(f"label {label} is out of range: {known}")
        plain = ConvVAE(**{**self.config, "classes": 0})
        own = {k: v for k, v in self.state_dict().items() if "_label." not in k}
        plain.load_state_dict(own)
        with torch.no_grad():
            for chain, vectors in (
                (plain.encoder, self.encoder_label),
                (plain.decoder, self.decoder_label),
            ):
                hidden = chain.get_submodule("hidden")
                assert isinstance(hidden, nn.Linear) and vectors is not None
                hidden.bias.add_(vectors.weight[int(label)].to(hidden.bias))
        return plain.to(next(self.parameters()).device).train(self.training)

    def _offset(
        self, vectors: nn.Embedding | None, labels: torch.Tensor | None
    ) -> torch.Tensor | None:
        """(n, hidden) that the labels add to a hidden layer, or None without classes."""
        if vectors is None:
            if labels is not None:
                raise InputError("this VAE has no classes: leave the labels out")
            return None
        if labels is None:
            raise InputError(f"this VAE needs a label for each picture, 0 to {self.classes - 1}")
        offset: torch.Tensor = vectors(labels)
        return offset


def _run(chain: nn.Module, x: torch.Tensor, offset: torch.Tensor | None) -> torch.Tensor:
    """``chain(x)``, with ``offset`` added to what the layer called "hidden" puts out."""
    if offset is None:
        return torch.as_tensor(chain(x))
    for name, layer in chain.named_children():
        x = layer(x)
        if name == "hidden":
            x = x + offset
    return x


def _encoder(widths: tuple[int, ...], flat: int, hidden: int, latents: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i in range(1, len(widths)):
        layers[f"conv{i}"] = nn.Conv2d(widths[i - 1], widths[i], 4, 2, 1)
        layers[f"relu{i}"] = nn.ReLU()
    layers["flatten"] = nn.Flatten()
    layers["hidden"] = nn.Linear(flat, hidden)
    layers["relu_hidden"] = nn.ReLU()
    layers["code"] = nn.Linear(hidden, 2 * latents)
    return nn.Sequential(layers)


def _decoder(
    widths: tuple[int, ...], grid: tuple[int, int, int], hidden: int, latents: int
) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["hidden"] = nn.Linear(latents, hidden)
    layers["relu_hidden"] = nn.ReLU()
    layers["spread"] = nn.Linear(hidden, math.prod(grid))
    layers["relu_spread"] = nn.ReLU()
    layers["unflatten"] = nn.Unflatten(1, grid)
    back = widths[::-1]
    for i in range(1, len(back)):
        layers[f"deconv{i}"] = nn.ConvTranspose2d(back[i - 1], back[i], 4, 2, 1)
        if i < len(back) - 1:
            layers[f"relu{i}"] = nn.ReLU()
    layers["sigmoid"] = nn.Sigmoid()
    return nn.Sequential(layers)


def _check(
    image_shape: Sequence[int], latents: int, widths: Sequence[int], hidden: int, classes: int
) -> tuple[int, int, int]:
    """The image shape, once all sizes are known to fit together."""
    if isinstance(widths, (list, tuple)) and not widths:
        raise InputError("give one width or more")
    channels, height, width = check_sizes(image_shape, latents, widths, (hidden,))
    if not isinstance(classes, int) or not 0 <= classes <= MAX_CLASSES:
        raise InputError(f"classes {classes} is out of range: take 0 to {MAX_CLASSES}")
    factor = 2 ** len(widths)
    for side in (height, width):
        if not factor <= side <= MAX_SIDE or side % factor:
            raise InputError(
                f"a side of {side} pixels does not work with {len(widths)} halvings: take a "
                f"multiple of {factor}, at most {MAX_SIDE}"
            )
    flat = widths[-1] * (height // factor) * (width // factor)
    if 2 * flat * hidden > MAX_PARAMETERS:
        raise InputError(
            f"{2 * flat * hidden:,} weights in the hidden layers are more than "
            f"{MAX_PARAMETERS:,}: take fewer hidden units or more widths"
        )
    return channels, height, width
