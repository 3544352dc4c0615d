"""Diffusion models on an autoencoder's latents: text-to-image pipelines with the empty prompt.

::

    model = genlens.load("emoji-diffusion", contract="Denoiser")
    noise = model.invert(pictures)            # what it would have to start from
    again = model.generate(noise)             # and what it makes of that
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from genlens.errors import ModelError
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.denoisers.ddim import NoiseSchedule
from genlens.models.denoisers.denoiser import DEFAULTS, DiffusersDenoiser, sides
from genlens.models.devices import pick_device, pick_precision
from genlens.models.text_to_image.latents import to_latents, to_pixels
from genlens.models.text_to_image.pipelines import load_pipeline

if TYPE_CHECKING:
    from diffusers import StableDiffusionPipeline


class LatentDenoiser(DiffusersDenoiser):
    """The UNet of a text-to-image pipeline, with one ``prompt`` for all pictures. The empty one
    asks what it draws when it is told nothing: emoji-diffusion then draws an empty scene.

    What the autoencoder cannot keep is missing from every picture that comes out of here.

    Raises:
        ModelError: a pipeline with two text encoders.
    """

    def __init__(
        self, pipeline: StableDiffusionPipeline, card: ModelCard, device: str, prompt: str = ""
    ) -> None:
        from diffusers import StableDiffusionPipeline

        if not isinstance(pipeline, StableDiffusionPipeline):
            raise ModelError(
                f"{card.id} is a {type(pipeline).__name__}: as a Denoiser, genlens asks pipelines "
                "with one text encoder (StableDiffusionPipeline) and unconditional ones"
            )
        height, width = sides(pipeline.unet.config.sample_size)
        factor, vae = pipeline.vae_scale_factor, pipeline.vae.config
        super().__init__(
            NoiseSchedule(pipeline.scheduler),
            card,
            device,
            (int(vae.out_channels), height * factor, width * factor),
            (int(pipeline.unet.config.in_channels), height, width),
        )
        self._vae, self._unet = pipeline.vae, pipeline.unet
        self.prompt, self._pipeline = prompt, pipeline
        with torch.no_grad():
            self._text = pipeline.encode_prompt(prompt, self.device, 1, False)[0]  # (1, tokens, d)

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> LatentDenoiser:
        """A saved ``StableDiffusionPipeline``.

        Raises:
            ModelError: as for ``DiffusersTextToImage.from_folder``, or another pipeline.
        """
        card = card_of(folder, card, contract="Denoiser", defaults=DEFAULTS)
        where = pick_device(device)
        card.settings["precision"] = pick_precision("auto", where)
        pipeline, _ = load_pipeline(folder, card.settings, where, card.id)
        return cls(pipeline, card, where)

    def told(self, prompt: str) -> LatentDenoiser:
        """The same model with another prompt."""
        return LatentDenoiser(self._pipeline, self.card, str(self.device), prompt)

    @torch.no_grad()
    def to_latents(self, images: torch.Tensor) -> torch.Tensor:
        """The autoencoder's means, scaled to the UNet's range."""
        parts = self.pictures(images).split(self.batch_size)
        return torch.cat([to_latents(self._vae, part) for part in parts])

    @torch.no_grad()
    def to_images(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) in [0, 1], decoded; what lies outside is cut off."""
        parts = [to_pixels(self._vae, part) for part in latents.split(self.batch_size)]
        return (torch.cat(parts).float() / 2 + 0.5).clamp(0, 1)

    def output(self, latents: torch.Tensor, t: int) -> torch.Tensor:
        """Of the UNet."""
        texts = self._text.expand(len(latents), -1, -1)
        output: torch.Tensor = self._unet(
            latents.to(self._unet.dtype), t, encoder_hidden_states=texts
        ).sample
        return output.float()
