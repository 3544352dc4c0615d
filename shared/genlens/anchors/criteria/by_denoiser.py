"""How a diffusion model is asked about pictures: by DDIM inversion, and by its guesses of noise."""

from __future__ import annotations

from functools import cached_property

import torch

from genlens.anchors.criteria.view import View, finite
from genlens.common.progress import Cancel
from genlens.errors import Cancelled
from genlens.models.contracts import Denoiser
from genlens.models.generators.decoder import prior_sample


class DenoiserReader:
    """Codes are the noise that DDIM inversion leads to; rebuilt pictures are made from it."""

    contract, coded, batch = "Denoiser", False, 16  # a stop is answered between two batches

    def __init__(
        self, model: Denoiser, cancel: Cancel | None = None, steps: int | None = None
    ) -> None:
        self.model, self.calls = model, 0
        self._cancel, self._steps = cancel, steps

    def view(self, images: torch.Tensor) -> DenoiserView:
        """See ``Reader``."""
        return DenoiserView(self, images.to(self.model.device))

    def draw(self, n: int, seed: int) -> torch.Tensor:
        """Denoised from noise."""
        return self.generate(prior_sample(n, self._noise_shape, seed).to(self.model.device))

    def invert(self, images: torch.Tensor) -> torch.Tensor:
        """Counted."""
        self.calls += len(images)
        with torch.no_grad():
            return self.model.invert(images, steps=self._steps)

    def generate(self, noise: torch.Tensor) -> torch.Tensor:
        """Counted, and looked at."""
        drawn = []
        for part in noise.split(self.batch):
            if self._cancel is not None and self._cancel():
                raise Cancelled(f"stopped while {self.model.card.id} drew pictures")
            self.calls += len(part)
            with torch.no_grad():
                drawn.append(self.model.generate(part, steps=self._steps))
        return finite(torch.cat(drawn), self.model.card)

    @cached_property
    def _noise_shape(self) -> tuple[int, ...]:
        grey = torch.full((1, *self.model.image_shape), 0.5, device=self.model.device)
        with torch.no_grad():
            return tuple(self.model.to_latents(grey).shape[1:])


class DenoiserView(View):
    """See ``DenoiserReader``."""

    def __init__(self, reader: DenoiserReader, images: torch.Tensor) -> None:
        super().__init__(images)
        self._reader = reader

    @property
    def denoiser(self) -> Denoiser:
        """The model."""
        return self._reader.model

    @cached_property
    def noise(self) -> torch.Tensor:
        """(n, c', h', w')."""
        return self._reader.invert(self.images)

    @property
    def codes(self) -> torch.Tensor:
        """(n, d): the noise, flat."""
        return self.noise.flatten(1)

    @cached_property
    def rebuilt(self) -> torch.Tensor:
        """Made from the noise."""
        return self._reader.generate(self.noise)
