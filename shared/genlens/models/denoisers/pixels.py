"""Diffusion models on pixels, without a prompt: diffusers' ``DDPMPipeline``, ``DDIMPipeline``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.denoisers.ddim import NoiseSchedule
from genlens.models.denoisers.denoiser import DEFAULTS, DiffusersDenoiser, sides
from genlens.models.devices import pick_device
from genlens.models.loading.components import class_of, quoted, read_component
from genlens.models.loading.quiet import quiet

if TYPE_CHECKING:
    from diffusers import SchedulerMixin, UNet2DModel


class PixelDenoiser(DiffusersDenoiser):
    """A UNet that denoises pictures themselves (DDPM, Ho et al. 2020, arXiv:2006.11239).

    Raises:
        ModelError: it needs classes, gives variances too, or has other channels than 1 or 3.
    """

    def __init__(
        self, unet: UNet2DModel, scheduler: SchedulerMixin, card: ModelCard, device: str
    ) -> None:
        shape = _pixels(unet, card)
        super().__init__(NoiseSchedule(scheduler), card, device, shape, shape)
        self._unet = unet.to(device).eval().requires_grad_(False)

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> PixelDenoiser:
        """A saved ``DDPMPipeline`` or ``DDIMPipeline``.

        Raises:
            ModelError: incomplete, pickled or damaged, or a network that needs classes.
        """
        card = card_of(folder, card, contract="Denoiser", defaults=DEFAULTS)
        index = weights.read_json(folder / "model_index.json")
        files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        weights.refuse_pickled(card.id, files, weights.pipeline_components(index), folder)
        torchvision_guard.ensure()
        from diffusers import UNet2DModel

        what, inside = f"the scheduler of {card.id}", folder / "scheduler"
        library, name = index.get("scheduler") or ("", "")
        kind = class_of(str(library), str(name), what)
        with quiet():
            scheduler = quoted(
                lambda: kind.from_pretrained(inside, local_files_only=True), inside, what
            )
            read = read_component(UNet2DModel, folder / "unet", f"the unet of {card.id}")
        return cls(read.module, scheduler, card, pick_device(device))

    def to_latents(self, images: torch.Tensor) -> torch.Tensor:
        """``images`` (n, c, h, w) in [0, 1] as the network sees them: in [-1, 1]."""
        return self.pictures(images) * 2 - 1

    def to_images(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) in [0, 1]; what lies outside is cut off."""
        return (latents / 2 + 0.5).clamp(0, 1)

    def output(self, latents: torch.Tensor, t: int) -> torch.Tensor:
        """Of the UNet."""
        output: torch.Tensor = self._unet(latents, t).sample
        return output


def _pixels(unet: UNet2DModel, card: ModelCard) -> tuple[int, int, int]:
    """(c, h, w) of the pictures that ``unet`` denoises."""
    config = unet.config
    channels = (config.in_channels, config.out_channels)
    if channels not in ((1, 1), (3, 3)):
        raise ModelError(
            f"{card.id} takes {channels[0]} channels and gives {channels[1]}: genlens asks models "
            "of grey (1) or RGB (3) pictures that give noise alone"
        )
    if config.num_class_embeds is not None or config.class_embed_type is not None:
        raise ModelError(f"{card.id} needs a class label, which genlens does not give a Denoiser")
    return (int(channels[0]), *sides(config.sample_size))
