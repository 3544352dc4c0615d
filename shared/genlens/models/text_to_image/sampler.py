"""A pipeline's two halves, denoising and drawing, with what can go wrong in each."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from genlens.errors import ModelError
from genlens.models.contracts import ModelCard
from genlens.models.text_to_image.latents import to_pixels
from genlens.models.text_to_image.steps import AfterStep, callback

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline


@dataclass(frozen=True)
class Sampler:
    """``pipeline`` with the settings of ``card`` on ``device``. It has no state of its own."""

    pipeline: DiffusionPipeline
    card: ModelCard
    device: torch.device

    def denoised(
        self,
        prompts: list[str],
        start: torch.Tensor,
        generators: list[torch.Generator],
        steps: int,
        guidance: float,
        afters: Sequence[AfterStep] = (),
    ) -> torch.Tensor:
        """The latents (n, c, h', w') that the pipeline makes of ``start``."""
        with self.autocast():
            latents: torch.Tensor = self.pipeline(
                prompt=prompts,
                latents=start.to(self.device, self.pipeline.unet.dtype),
                generator=generators,
                num_inference_steps=steps,
                guidance_scale=guidance,
                height=self.card.settings.get("height"),
                width=self.card.settings.get("width"),
                output_type="latent",
                callback_on_step_end=callback(afters),
            ).images
        return latents

    def drawn(self, latents: torch.Tensor, prompts: list[str]) -> torch.Tensor:
        """The images (n, 3, h, w) of ``latents``, in [0, 1] on the CPU.

        Raises:
            ModelError: they would not be the model's own: NaN, infinite, or blanked.
        """
        with self.autocast():
            images = to_pixels(self.pipeline.vae, latents)
        if not torch.isfinite(images).all():
            raise ModelError(
                f"{self.card.id} produced NaN or infinity instead of an image: half precision "
                'overflows in some VAEs; load it with precision "fp32"'
            )
        if self.pipeline.components.get("safety_checker") is not None:
            _, flags = self.pipeline.run_safety_checker(
                images.float().clone(), self.device, self.pipeline.unet.dtype
            )
            blanked = [p for p, flag in zip(prompts, flags or (), strict=False) if flag]
            if blanked:
                raise ModelError(
                    f"{self.card.id}'s safety checker blanked {len(blanked)} of {len(prompts)} "
                    f"images, such as that of {blanked[0]!r}. A black image would count as the "
                    "model's answer: try another seed or other words"
                )
        return (images.float() / 2 + 0.5).clamp(0, 1).cpu()

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The precision in which the pipeline computes."""
        if self.card.settings["precision"] == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()
