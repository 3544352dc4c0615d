"""How a generator is asked about pictures: by looking for the latents that draw them best."""

from __future__ import annotations

from functools import cached_property
from math import prod

import torch

from genlens.anchors.criteria.view import Aggregate, View, finite
from genlens.common.progress import Cancel
from genlens.models.contracts import Generator
from genlens.models.generators.inversion import Inversion, Inverter


class GeneratorReader:
    """Codes and rebuilt pictures come from latent inversion; the codes' place is the prior's."""

    contract, coded, batch = "Generator", False, 16  # gradients of large pictures fill the memory

    def __init__(
        self,
        model: Generator,
        seed: int = 0,
        cancel: Cancel | None = None,
        steps: int | None = None,
    ) -> None:
        self.model, self.calls = model, 0
        steps = Inverter.steps if steps is None else steps
        self._cancel, self._inverter = cancel, Inverter(model, steps=steps, seed=seed)

    def view(self, images: torch.Tensor) -> GeneratorView:
        """See ``Reader``."""
        return GeneratorView(self, images.to(self.model.device))

    def draw(self, n: int, seed: int) -> torch.Tensor:
        """Made from the prior."""
        self.calls += n
        with torch.no_grad():
            styles = self.model.to_styles(self.model.sample_latents(n, seed))
            parts = [self.model.synthesize(part) for part in styles.split(self.batch)]
            return finite(torch.cat(parts), self.model.card)

    def invert(self, images: torch.Tensor) -> Inversion:
        """From the nearest of the generator's own pictures on."""
        self.calls += len(images) * (self._inverter.steps + 2)
        return self._inverter.invert(images, cancel=self._cancel)

    @cached_property
    def aggregate(self) -> Aggregate:
        """N(0, 1) in each latent."""
        d = prod(self.model.latent_shape)
        return Aggregate(torch.zeros(d), torch.eye(d))


class GeneratorView(View):
    """See ``GeneratorReader``."""

    def __init__(self, reader: GeneratorReader, images: torch.Tensor) -> None:
        super().__init__(images)
        self._reader = reader

    @cached_property
    def inverted(self) -> Inversion:
        """Codes and rebuilt pictures."""
        return self._reader.invert(self.images)

    @property
    def codes(self) -> torch.Tensor:
        """(n, d) of the inversion."""
        return self.inverted.codes

    @property
    def rebuilt(self) -> torch.Tensor:
        """Of the inversion."""
        return self.inverted.rebuilt

    @property
    def aggregate(self) -> Aggregate:
        """The prior."""
        return self._reader.aggregate
