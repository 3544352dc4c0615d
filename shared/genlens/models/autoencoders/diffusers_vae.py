"""The autoencoders of latent diffusion behind the ``Autoencoder`` contract.

AutoencoderKL (Rombach et al. 2022, arXiv:2112.10752) and AutoencoderTiny (TAESD), from a folder of
their own or from the ``vae`` of a pipeline's folder. Both work on pictures in [-1, 1] inside; here,
as everywhere in genlens, pictures are in [0, 1]. Latents are the model's own, without the scaling
factor that a diffusion model puts on top.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.autoencoders.module import POINT_LOGVAR, checked, in_parts, require_finite
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard, Posterior
from genlens.models.devices import pick_device

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, AutoencoderTiny

CLASSES = ("AutoencoderKL", "AutoencoderTiny")
DEFAULT_SIDE = 256  # where neither the config nor the settings say how large pictures are
MAX_SIDE = 2048
_PROBE = 64
_WEIGHTS = (
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
)


class DiffusersAutoencoder:
    """A diffusers autoencoder; latents are maps (n, c, h', w').

    The network is convolutional, so pictures of any size work whose sides are multiples of
    ``factor``; ``image_shape`` is the size it was trained on, or ``card.settings["side"]`` in
    pixels. Weights are float32 and frozen; gradients reach images and latents.

    Attributes:
        module: the diffusers model itself, with ``encoder`` and ``decoder``, for hooks.
        factor: pixels a latent, along each side.
        latent_shape: (c, h', w') at ``image_shape``.

    Raises:
        ModelError: the model does not run, or has NaN or infinite weights.
    """

    def __init__(
        self, vae: AutoencoderKL | AutoencoderTiny, card: ModelCard, device: str | None = None
    ) -> None:
        self.card, self.device = card, torch.device(pick_device(device))
        require_finite(vae, card.id)
        self.module = vae.to(self.device, torch.float32).eval().requires_grad_(False)
        channels = _channels(vae, card)
        latent_channels, self.factor = self._probe(channels)
        side = _side(vae, card, self.factor)
        self.image_shape = (channels, side, side)
        self.latent_shape = (latent_channels, side // self.factor, side // self.factor)

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> DiffusersAutoencoder:
        """Load an autoencoder's folder, or the ``vae`` in a pipeline's folder.

        Raises:
            ModelError: a pipeline without an autoencoder, another class of model, weights that are
                missing (a decoder alone, say), pickled, damaged, or do not fit the config.
        """
        name = folder.name
        if (folder / "model_index.json").is_file():
            index = weights.read_json(folder / "model_index.json")
            if "vae" not in weights.pipeline_components(index):
                raise ModelError(f"the pipeline in {folder} has no autoencoder (no part named vae)")
            folder = folder / "vae"
        config = weights.read_json(folder / "config.json")
        if config.get("_class_name") not in CLASSES:
            raise ModelError(
                f"{folder} holds a {config.get('_class_name')}; genlens reads {', '.join(CLASSES)}"
            )
        file = weights.find_weights(folder, *_WEIGHTS)
        vae = _read(folder, str(config["_class_name"]), "fp16" if ".fp16." in file.name else None)
        card = card or ModelCard(id=name, contract="Autoencoder", source="folder")
        return cls(vae, card_of(folder, card, contract="Autoencoder", defaults={}), device)

    def encode(self, images: torch.Tensor) -> Posterior:
        """The posterior of ``images`` (n, c, h, w) in [0, 1]: mean and logvar (n, c', h', w') on
        the model's device; differentiable. AutoencoderTiny has no spread: its logvar is -20.

        Raises:
            InputError: not a float tensor with the model's channels, or sides that are no
                multiples of ``factor``.
        """
        what = f"{self.card.id}'s images"
        checked(images, (self.image_shape[0], -1, -1), what)
        height, width = (max(n // self.factor, 1) * self.factor for n in images.shape[-2:])
        # names the nearest size that works
        checked(images, (self.image_shape[0], height, width), what)
        pairs = [self._posterior(part) for part in in_parts(images.to(self.device).float())]
        return Posterior(torch.cat([m for m, _ in pairs]), torch.cat([v for _, v in pairs]))

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Images (n, c, h, w) in [0, 1] of ``latents`` (n, c', h', w') of any size, or flat ones
        (n, product of ``latent_shape``); differentiable where nothing is clipped.

        Raises:
            InputError: not a float tensor of such a shape.
        """
        what = f"{self.card.id}'s latents"
        if isinstance(latents, torch.Tensor) and latents.ndim == 2:
            checked(latents, (math.prod(self.latent_shape),), what)
            latents = latents.unflatten(1, self.latent_shape)
        checked(latents, (self.latent_shape[0], -1, -1), what)
        # a latent becomes factor^2 pixels: cut where the pictures would not fit in memory
        pixels = self.image_shape[0] * self.factor**2 / self.latent_shape[0]
        parts = in_parts(latents.to(self.device).float(), grows=pixels)
        return torch.cat([self._picture(part) for part in parts])

    def mean_module(self) -> nn.Module:
        """A module that maps images to the flat posterior means (n, d)."""
        return _Means(self)

    def decoder_module(self) -> nn.Module:
        """A module that maps flat latents (n, d) to images (n, c, h, w) in [0, 1]."""
        return _Pictures(self)

    def _posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        out = self.module.encode(images * 2 - 1)
        if "latent_dist" in out:  # AutoencoderKL; AutoencoderTiny gives a point
            return out.latent_dist.mean, out.latent_dist.logvar
        return out.latents, torch.full_like(out.latents, POINT_LOGVAR)

    def _picture(self, latents: torch.Tensor) -> torch.Tensor:
        decoded: torch.Tensor = self.module.decode(latents).sample
        return (decoded / 2 + 0.5).clamp(0, 1)

    @torch.no_grad()
    def _probe(self, channels: int) -> tuple[int, int]:
        """(channels of the latents, pixels a latent), from one pass over a small grey picture."""
        grey = torch.full((1, channels, _PROBE, _PROBE), 0.5, device=self.device)
        try:
            mean, _ = self._posterior(grey)
            self._picture(mean)
        except (RuntimeError, ValueError, TypeError, AttributeError) as error:
            first = " ".join(str(error).split())[:300]
            raise ModelError(
                f"{self.card.id} cannot encode and decode a picture: {first}"
            ) from error
        return mean.shape[1], _PROBE // mean.shape[-1]


def _read(folder: Path, name: str, variant: str | None) -> AutoencoderKL | AutoencoderTiny:
    """The diffusers model in ``folder``; every weight has to be there."""
    torchvision_guard.ensure()
    import diffusers
    from safetensors import SafetensorError

    known = {cls.__name__: cls for cls in (diffusers.AutoencoderKL, diffusers.AutoencoderTiny)}
    try:
        vae, loading = known[name].from_pretrained(
            folder,
            variant=variant,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        first = " ".join(str(error).split())[:300]
        raise ModelError(f"the autoencoder in {folder} cannot be loaded: {first}") from error
    missing = sorted(loading.get("missing_keys", ()))
    if missing:
        # diffusers would use random numbers in their place
        parts = {key.split(".")[0] for key in missing}
        whole = parts & {"encoder", "decoder"}
        what = f"its {' and '.join(sorted(whole))} " if whole else ""
        raise ModelError(
            f"the autoencoder in {folder} lacks {len(missing)} weights of {what or 'its own '}"
            f"such as {missing[0]}: an autoencoder needs both halves"
        )
    return vae


def _channels(vae: AutoencoderKL | AutoencoderTiny, card: ModelCard) -> int:
    """Colours of a picture, 1 or 3."""
    channels = (int(vae.config.in_channels), int(vae.config.out_channels))
    if channels not in ((1, 1), (3, 3)):
        raise ModelError(
            f"{card.id} takes {channels[0]} colour channels and gives {channels[1]}: genlens shows "
            "pictures with 1 (grey) or 3 (RGB), the same number in and out"
        )
    return channels[0]


def _side(vae: AutoencoderKL | AutoencoderTiny, card: ModelCard, factor: int) -> int:
    """The usual side of a picture in pixels, a multiple of ``factor``."""
    wanted = card.settings.get("side") or vae.config.get("sample_size") or DEFAULT_SIDE
    if isinstance(wanted, (list, tuple)):
        wanted = wanted[0] if wanted else DEFAULT_SIDE
    if not isinstance(wanted, (int, float)) or not factor <= wanted <= MAX_SIDE:
        raise ModelError(
            f"{card.id} is said to work on pictures of side {wanted!r}: write a number of pixels "
            f'from {factor} to {MAX_SIDE} as "side" into a genlens.json in its folder'
        )
    return int(wanted) // factor * factor


class _Means(nn.Module):
    """Images to flat posterior means."""

    def __init__(self, model: DiffusersAutoencoder) -> None:
        super().__init__()
        self.vae = model.module  # so that its layers can be found by name
        self._posterior = model._posterior

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self._posterior(images)[0].flatten(1)


class _Pictures(nn.Module):
    """Flat latents to images in [0, 1]."""

    def __init__(self, model: DiffusersAutoencoder) -> None:
        super().__init__()
        self.vae = model.module
        self._picture, self._shape = model._picture, model.latent_shape

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self._picture(latents.unflatten(1, self._shape))
