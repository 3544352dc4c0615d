"""What happens between the steps of a diffusers pipeline, and the noise that it starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from genlens.common.progress import Cancel
from genlens.errors import Cancelled
from genlens.models.text_to_image.kinds import network_of

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, SchedulerMixin

AfterStep = Callable[[int, torch.Tensor], torch.Tensor]
"""(number of the step that ended, from 0; latents after it) -> the latents the next begins with."""


def told_by(way: str, afters: Sequence[AfterStep]) -> dict[str, Any]:
    """The argument of a diffusers pipeline that runs ``afters``, one after the other, when a step
    ends; ``way`` as of ``kinds.PipelineKind.steps_by``."""
    if not afters:
        return {}

    def changed(step: int, latents: torch.Tensor) -> torch.Tensor:
        for after in afters:
            latents = after(step, latents)
        return latents

    def after_step(
        pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]
    ) -> dict[str, Any]:
        return {**tensors, "latents": changed(step, tensors["latents"])}

    def shown(step: int, timestep: Any, latents: torch.Tensor) -> None:
        found = changed(step, latents)
        if found is not latents:
            latents.copy_(found)  # in place: the pipeline goes on with the tensor that it showed

    return {way: after_step if way == "callback_on_step_end" else shown}


def asking(cancel: Cancel) -> AfterStep:
    """Ask whether to go on."""

    def ask(step: int, latents: torch.Tensor) -> torch.Tensor:
        if cancel():
            raise Cancelled(f"stopped after step {step + 1}")
        return latents

    return ask


class Forced:
    """A sampler that is led along a known picture: each step sees that picture with as much noise
    as belongs to the step, and what the model made of it is thrown away (teacher forcing).

    Args:
        clean: the picture's latents (n, c, h', w').
        noise: of the same shape; the same at all steps.
    """

    def __init__(
        self, scheduler: SchedulerMixin, clean: torch.Tensor, noise: torch.Tensor, steps: int
    ) -> None:
        self._scheduler, self._clean, self._noise = scheduler, clean, noise
        scheduler.set_timesteps(steps, device=clean.device)

    @property
    def start(self) -> torch.Tensor:
        """What the pipeline is given to begin with: it multiplies by ``init_noise_sigma``."""
        return self._at(0) / self._scheduler.init_noise_sigma

    def __call__(self, step: int, latents: torch.Tensor) -> torch.Tensor:
        """An ``AfterStep``."""
        if step + 1 >= len(self._scheduler.timesteps):
            return latents
        return self._at(step + 1).to(latents)

    def _at(self, step: int) -> torch.Tensor:
        times = self._scheduler.timesteps[step].expand(len(self._clean))
        noisy: torch.Tensor = self._scheduler.add_noise(self._clean, self._noise, times)
        return noisy


def shared_noise(
    pipeline: DiffusionPipeline, settings: Mapping[str, Any], n: int, seed: int
) -> tuple[torch.Tensor, list[torch.Generator]]:
    """The same (1, c, h', w') noise for n images, and a generator for each that is in the same
    state: a scheduler that adds noise between steps then adds the same to every image too."""
    network, scale = network_of(pipeline), pipeline.vae_scale_factor
    default = network.config.sample_size
    sides = default if isinstance(default, (list, tuple)) else (default, default)
    height = (settings.get("height") or sides[0] * scale) // scale
    width = (settings.get("width") or sides[1] * scale) // scale
    first = torch.Generator("cpu").manual_seed(seed)
    noise = torch.randn(1, network.config.in_channels, height, width, generator=first)
    generators = []
    for _ in range(n):
        copy = torch.Generator("cpu")
        copy.set_state(first.get_state())
        generators.append(copy)
    return noise.expand(n, -1, -1, -1), generators
