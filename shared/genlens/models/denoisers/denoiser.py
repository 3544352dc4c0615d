"""What the diffusion models behind the ``Denoiser`` contract have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch

from genlens.errors import ModelError
from genlens.models.autoencoders.inputs import checked
from genlens.models.contracts import ModelCard
from genlens.models.denoisers.ddim import NoiseSchedule, denoised, inverted, mixed

DEFAULTS: dict[str, Any] = {"steps": 50, "batch_size": 16}


class DiffusersDenoiser(ABC):
    """A frozen network with a diffusers scheduler; nothing in it is differentiable.

    ``card.settings``: steps of sampling and inversion where none are given, batch_size (pictures
    denoised together). ``latent_shape`` is that of what it denoises.
    """

    def __init__(
        self,
        schedule: NoiseSchedule,
        card: ModelCard,
        device: str,
        image_shape: tuple[int, int, int],
        latent_shape: tuple[int, int, int],
    ) -> None:
        self.schedule, self.card, self.device = schedule, card, torch.device(device)
        self.image_shape, self.latent_shape = image_shape, latent_shape

    @abstractmethod
    def to_latents(self, images: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Denoiser``."""

    @abstractmethod
    def to_images(self, latents: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Denoiser``."""

    @abstractmethod
    def output(self, latents: torch.Tensor, t: int) -> torch.Tensor:
        """What the network gives for one batch, float32."""

    @property
    def timesteps(self) -> int:
        """How many time steps it was trained with."""
        return self.schedule.timesteps

    def add_noise(self, latents: torch.Tensor, noise: torch.Tensor, t: int) -> torch.Tensor:
        """``latents`` at time step ``t`` (Ho et al., equation 4)."""
        return mixed(latents, noise, self.schedule.at(t))

    @torch.no_grad()
    def predict_noise(self, latents: torch.Tensor, t: int) -> torch.Tensor:
        """The noise it sees in ``latents`` at time step ``t``, shaped like them.

        Raises:
            InputError: latents of another shape, or no such time step.
        """
        latents = checked(latents, self.latent_shape, f"{self.card.id}'s latents")
        return self._guess(latents.to(self.device, torch.float32), t)[1]

    @torch.no_grad()
    def invert(self, images: torch.Tensor, *, steps: int | None = None) -> torch.Tensor:
        """(n, *latent_shape): the noise that leads to ``images``; see ``ddim.inverted``."""
        return inverted(self._guess, self.schedule, self.to_latents(images), self._steps(steps))

    @torch.no_grad()
    def generate(self, noise: torch.Tensor, *, steps: int | None = None) -> torch.Tensor:
        """(n, c, h, w) in [0, 1] from ``noise``, without a random number."""
        noise = checked(noise, self.latent_shape, f"{self.card.id}'s noise").to(self.device)
        clean = denoised(self._guess, self.schedule, noise.float(), self._steps(steps))
        return self.to_images(clean)

    @property
    def batch_size(self) -> int:
        """Pictures denoised together."""
        return int(self.card.settings["batch_size"])

    def _steps(self, steps: int | None) -> int:
        return int(self.card.settings["steps"]) if steps is None else steps

    def pictures(self, images: torch.Tensor) -> torch.Tensor:
        """``images`` on the model's device, once they are what it takes."""
        images = checked(images, self.image_shape, f"{self.card.id}'s images")
        return images.to(self.device, torch.float32)

    def _guess(self, latents: torch.Tensor, t: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Clean latents and noise, in parts of the card's batch size."""
        self.schedule.at(t)  # refuses what is no time step
        output = torch.cat([self.output(part, t) for part in latents.split(self.batch_size)])
        if not bool(output.isfinite().all()):
            raise ModelError(f"{self.card.id} guessed noise that is NaN or infinite")
        return self.schedule.read(output, latents, t)


def sides(size: int | list[int] | tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a config's ``sample_size``."""
    pair = (size, size) if isinstance(size, int) else size
    return int(pair[0]), int(pair[1])
