"""The autoencoders of latent diffusion behind the ``Autoencoder`` contract.

AutoencoderKL (Rombach et al. 2022, arXiv:2112.10752; SDXL's and Flux's too), AutoencoderTiny
(TAESD), AutoencoderDC (Chen et al. 2024, arXiv:2410.10733), AsymmetricAutoencoderKL and Flux 2's,
from a folder of their own or from the folder ``vae`` in it. All work on pictures in [-1, 1] inside;
here, as everywhere in genlens, pictures are in [0, 1]. Latents are the model's own, without the
scaling factor and shift that a diffusion model puts on top.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.autoencoders.inputs import checked
from genlens.models.autoencoders.module import POINT_LOGVAR, in_parts
from genlens.models.autoencoders.reading import cast_note
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard, Posterior
from genlens.models.devices import pick_device
from genlens.models.loading.components import class_of, read_component
from genlens.models.loading.fitting import require_finite
from genlens.models.loading.layout import AUTOENCODERS
from genlens.models.loading.quiet import quiet

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, AutoencoderTiny

DEFAULT_SIDE = 256  # where neither the config nor the settings say how large pictures are
WORKING_SIDE = 256  # the largest that is taken unasked: a map encodes hundreds of pictures
MAX_SIDE = 2048
_PROBE = 128


class DiffusersAutoencoder:
    """A diffusers autoencoder; latents are maps (n, c, h', w').

    The network is convolutional, so pictures of any size work whose sides are multiples of
    ``factor``; ``image_shape`` is the size it was trained on, but at most 256 pixels a side unless
    ``card.settings["side"]`` says so. Weights are float32 and frozen; gradients reach images and
    latents.

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
        require_finite(vae.state_dict(), card.id)
        cast = cast_note(vae)
        if cast:
            self.card = card = replace(card, notes=(*card.notes, cast))
            vae = vae.to(dtype=torch.float32)
        self.module = vae.to(self.device).eval().requires_grad_(False)
        channels = _channels(vae, card)
        latent_channels, self.factor = self._probe(channels)
        side, note = _side(vae, card, self.factor)
        if note:
            self.card = replace(card, notes=(*card.notes, note))
        self.image_shape = (channels, side, side)
        self.latent_shape = (latent_channels, side // self.factor, side // self.factor)

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> DiffusersAutoencoder:
        """Load an autoencoder's folder, or the folder ``vae`` in it (a pipeline's, say).

        Raises:
            ModelError: a pipeline without an autoencoder, another class of model, weights that are
                missing (a decoder alone, say), pickled, damaged, or do not fit the config.
        """
        card = card or ModelCard(id=folder.name, contract="Autoencoder", source="folder")
        what = f"the autoencoder {card.id}"
        if (folder / "model_index.json").is_file():
            index = weights.read_json(folder / "model_index.json")
            if "vae" not in weights.pipeline_components(index):
                raise ModelError(f"the pipeline {card.id} has no autoencoder (no part named vae)")
            folder, what = folder / "vae", f"the vae of {card.id}"
        elif not (folder / "config.json").is_file() and (folder / "vae").is_dir():
            folder, what = folder / "vae", f"the vae of {card.id}"
        config = weights.read_json(folder / "config.json")
        kind = _class(str(config.get("_class_name")), what)
        with quiet():
            read = read_component(
                kind,
                folder,
                what,
                variant=str(card.settings.get("variant") or ""),
                hint="An autoencoder needs both halves, encoder and decoder, with all weights",
            )
        card = card_of(folder, card, contract="Autoencoder", defaults={}, notes=read.notes)
        return cls(read.module, card, device)

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
        if "latent_dist" in out:
            return out.latent_dist.mean, out.latent_dist.logvar
        point = out.latents if "latents" in out else out.latent  # AutoencoderTiny, AutoencoderDC
        return point, torch.full_like(point, POINT_LOGVAR)

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


def _class(name: str, what: str) -> type[Any]:
    """The diffusers class of that name."""
    torchvision_guard.ensure()
    if name not in AUTOENCODERS:
        raise ModelError(f"{what} is a {name}; genlens reads {', '.join(AUTOENCODERS)}")
    return class_of("diffusers", name, what)


def _channels(vae: AutoencoderKL | AutoencoderTiny, card: ModelCard) -> int:
    """Colours of a picture, 1 or 3."""
    taken = int(vae.config.in_channels)
    channels = (taken, int(vae.config.get("out_channels", taken)))
    if channels not in ((1, 1), (3, 3)):
        raise ModelError(
            f"{card.id} takes {channels[0]} colour channels and gives {channels[1]}: genlens shows "
            "pictures with 1 (grey) or 3 (RGB), the same number in and out"
        )
    return channels[0]


def _side(vae: AutoencoderKL | AutoencoderTiny, card: ModelCard, factor: int) -> tuple[int, str]:
    """The side of a picture in pixels, a multiple of ``factor``; and, where it is smaller than what
    the model was made for, a sentence that says so."""
    wanted = card.settings.get("side") or vae.config.get("sample_size") or DEFAULT_SIDE
    if isinstance(wanted, (list, tuple)):
        wanted = wanted[0] if wanted else DEFAULT_SIDE
    if not isinstance(wanted, (int, float)) or not factor <= wanted <= MAX_SIDE:
        raise ModelError(
            f"{card.id} is said to work on pictures of side {wanted!r}: write a number of pixels "
            f'from {factor} to {MAX_SIDE} as "side" into a genlens.json in its folder'
        )
    asked, note = int(wanted), ""
    if "side" not in card.settings and asked > WORKING_SIDE:
        note = (
            f"made for pictures of {asked} pixels a side, studied at {WORKING_SIDE}, which takes "
            f"{(asked / WORKING_SIDE) ** 2:.0f} times less memory and time; write "
            f'"side": {asked} into a genlens.json in its folder for the full size'
        )
        asked = WORKING_SIDE
    return asked // factor * factor, note


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
