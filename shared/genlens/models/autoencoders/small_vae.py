"""What genlens' own VAEs have in common: two chains of layers, one training pass, one file format.

Kingma and Welling 2014 (arXiv:1312.6114). The layers are plain ``nn.Sequential`` chains in which
each layer is used once: what LRP, Grad-CAM and guided backpropagation need.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import nn

from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.loading.fitting import fill, without_prefixes

# What a config may ask for: a file from elsewhere must not make us allocate the whole memory.
MAX_SIDE, MAX_LATENTS, MAX_WIDTH = 512, 1024, 2048
MAX_PARAMETERS = 100_000_000


class SmallVAE(nn.Module, ABC):
    """Images (n, c, h, w) in [0, 1] -> means and log-variances (n, d) -> images in [0, 1].

    ``encoder`` ends in a Linear to 2 d numbers (means, then log-variances) that is called "code",
    ``decoder`` in a Sigmoid. ``model_type`` is what a config calls such a network, ``arguments``
    what its ``__init__`` takes from there.
    """

    model_type: ClassVar[str]
    arguments: ClassVar[tuple[str, ...]]
    image_shape: tuple[int, int, int]
    latents: int
    encoder: nn.Sequential
    decoder: nn.Sequential

    @property
    @abstractmethod
    def config(self) -> dict[str, Any]:
        """The ``arguments`` that build this network again, as JSON-able values."""

    def encode(
        self, images: torch.Tensor, labels: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Means and log-variances, (n, d) each; ``labels`` (n,) int64 where there are classes."""
        _no_labels(labels)
        mean, logvar = self.encoder(images).chunk(2, dim=1)
        return mean, logvar

    def decode_logits(
        self, latents: torch.Tensor, labels: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What the final Sigmoid is applied to, (n, c, h, w): for a loss that is stable."""
        _no_labels(labels)
        return torch.as_tensor(self.decoder[:-1](latents))

    def forward(
        self,
        images: torch.Tensor,
        labels: torch.Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """One training pass: logits (n, c, h, w) of a sampled code, means, log-variances.

        The code is mean + exp(logvar / 2) * noise (Kingma and Welling 2014, section 2.4), the
        noise from ``generator`` (a CPU one), or from torch's global generator.
        """
        mean, logvar = self.encode(images, labels)
        # in float32: under autocast, exp of a half-precision number is coarse
        mean, logvar = mean.float(), logvar.float()
        if generator is None:
            noise = torch.randn_like(mean)
        else:  # the same numbers on every device
            noise = torch.randn(mean.shape, generator=generator).to(mean)
        code = mean + (0.5 * logvar).exp() * noise
        return self.decode_logits(code, labels), mean, logvar

    def save(self, folder: Path, *, about: dict[str, Any] | None = None) -> None:
        """Write ``config.json`` and ``model.safetensors`` (float16) to ``folder``; ``about`` adds
        keys to the config (data set, class names, measured figures)."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        state = {k: v.detach().cpu().half().contiguous() for k, v in self.state_dict().items()}
        save_file(state, folder / "model.safetensors")
        config = {"model_type": self.model_type, **self.config, **(about or {})}
        text = json.dumps(config, indent=1, ensure_ascii=False)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote; float32, on the CPU, in eval mode."""
        return cls.read(folder)[0]

    @classmethod
    def read(cls, folder: Path) -> tuple[Self, tuple[str, ...]]:
        """What :meth:`save` wrote, and what was changed to read it, for the model's card.

        Raises:
            ModelError: a file is missing, damaged or pickled, the config is not of this kind, or
                weights and config do not fit.
        """
        config = weights.read_json(folder / "config.json")
        if config.get("model_type") != cls.model_type:
            kind = config.get("model_type") or config.get("_class_name")
            raise ModelError(
                f"{weights.shown(folder)} holds a {kind or 'model without a type'}, not a "
                f"{cls.model_type}"
            )
        state = weights.load_state(weights.find_weights(folder, "model.safetensors"))
        try:
            net = cls(**{key: config[key] for key in cls.arguments if key in config})
        except (InputError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"{weights.shown(folder / 'config.json')}: {error}") from error
        wanted = net.state_dict()
        own = {k: v for k, v in without_prefixes(state, wanted)[0].items() if k in wanted}
        _check_state(own, weights.shown(folder))
        return net.eval(), fill(net, state, weights.shown(folder))


def check_sizes(
    image_shape: Sequence[int],
    latents: int,
    widths: Sequence[int],
    hidden: Sequence[int],
) -> tuple[int, int, int]:
    """``image_shape`` as (1 or 3, height, width), once all sizes are whole numbers in bounds.

    A config from elsewhere may hold anything.

    Raises:
        InputError: naming the size and its limit.
    """
    for name, sizes in (("image_shape", image_shape), ("widths", widths), ("hidden", hidden)):
        if not isinstance(sizes, (list, tuple)):
            raise InputError(f"{name} is {sizes!r}: give a list of whole numbers")
    if len(image_shape) != 3 or image_shape[0] not in (1, 3):
        raise InputError(f"image_shape {image_shape} should be (1 or 3, height, width)")
    if not all(isinstance(n, int) for n in (*image_shape, latents, *widths, *hidden)):
        raise InputError("the sizes of a VAE are whole numbers")
    limits = [("latents", latents, MAX_LATENTS), *(("hidden", w, MAX_WIDTH) for w in hidden)]
    limits += [("width", w, MAX_WIDTH) for w in widths]
    for name, value, limit in limits:
        if not 1 <= value <= limit:
            raise InputError(f"{name} {value} is out of range: take 1 to {limit}")
    channels, height, width = image_shape
    return channels, height, width


def _no_labels(labels: torch.Tensor | None) -> None:
    if labels is not None:
        raise InputError("this VAE has no classes: leave the labels out")


def _check_state(state: dict[str, torch.Tensor], folder: str) -> None:
    """Refuse weights of half an autoencoder, or of another number format, in plain words."""
    for part, does in (("encoder", "turn a picture into latents"), ("decoder", "draw latents")):
        if not any(name.startswith(f"{part}.") for name in state):
            raise ModelError(
                f"the weights in {folder} have no {part}, so this model cannot {does}: an "
                "autoencoder needs both halves"
            )
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            raise ModelError(
                f"the weights {name} in {folder} are {tensor.dtype}: save them as floating-point "
                "numbers (float16 or float32)"
            )
