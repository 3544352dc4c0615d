"""The search for a picture's styles: gradient descent from an encoder's guess or from the nearest
of the generator's own pictures.

Zhu et al. 2016 (arXiv:1609.03552, section 3.1), in the styles of a StyleGAN (Karras et al. 2020,
arXiv:1912.04958, appendix D). What is minimised is the negative logarithm of p(x | w) p(w) up to a
constant::

    |x - G(w)|^2 / (2 s^2)  +  mean over layers of |(w - m) / t|^2 / 2

with pixels that are known up to noise of standard deviation s, and styles that are normal with the
mean m and the standard deviations t of the generator's own. One style for all layers edits better,
one for each layer is nearer to the picture (Kirchler et al. 2021, arXiv:2109.07869, "Methods").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import ModelError
from genlens.models.autoencoders.inputs import checked
from genlens.models.contracts import Generator, Guessing
from genlens.models.generators.inversion import descend
from genlens.steering.drawn import draw, random_styles


@dataclass(frozen=True)
class Found:
    """Of n pictures: ``styles`` (n, layers, d), their ``images`` (n, c, h, w), and the ``errors``
    (n, steps + 1) on the way (root mean squared, of pixels from 0 to 1)."""

    styles: torch.Tensor
    images: torch.Tensor
    errors: torch.Tensor

    @property
    def reached(self) -> torch.Tensor:
        """(n,) the error of ``images``, filled by the search with its best point."""
        return self.errors[:, -1]


@dataclass
class Search:
    """How styles are searched for.

    Attributes:
        shared: one style for all layers, or one for each.
        steps: of gradient descent (Adam); each costs one pass forward and one back.
        rate: length of a step, in standard deviations of the generator's styles; falls to 0.
        noise: s, the standard deviation of a pixel that the generator cannot account for.
        tries: own pictures among which a start is looked for.
        seed: of those pictures.
    """

    generator: Generator
    shared: bool = True
    steps: int = 100
    rate: float = 0.1
    noise: float = 0.05
    tries: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        whole("steps", self.steps, 1, 10_000)
        whole("tries", self.tries, 2, 10_000)
        number("rate", self.rate, 1e-4, 10.0)
        number("noise", self.noise, 1e-3, 10.0)

    @property
    def settings(self) -> dict[str, Any]:
        """What changes the result, as JSON-able values."""
        return {
            "shared": self.shared,
            "steps": self.steps,
            "rate": self.rate,
            "noise": self.noise,
            "tries": self.tries,
            "seed": self.seed,
        }

    def find(
        self,
        images: torch.Tensor,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Found:
        """The styles of ``images`` (n, c, h, w) in [0, 1]; the result of one does not depend on the
        others.

        Raises:
            InputError: pictures of another shape, or with NaN.
            ModelError: the generator drew NaN or infinity.
            Cancelled: ``cancel()`` said so.
        """
        shape = self.generator.image_shape
        images = checked(images, shape, f"{self.generator.card.id}'s images")
        images = images.float().to(self.generator.device)
        mean, spread = self._usual
        start = ((self._start(images, cancel) - mean) / spread).detach()  # (n, layers, d)
        free = torch.zeros_like(start[:, :1] if self.shared else start)
        way: list[torch.Tensor] = []

        def styles(move: torch.Tensor) -> torch.Tensor:
            return mean + spread * (start + move)

        def loss(move: torch.Tensor) -> torch.Tensor:
            missed = (self.generator.synthesize(styles(move)) - images).square().flatten(1)
            way.append(missed.detach().mean(1).sqrt())
            unlikely = (start + move).square().sum(2).mean(1) / 2
            return missed.sum(1) / (2 * self.noise**2) + unlikely

        best, least = descend(
            free, loss, steps=self.steps, rate=self.rate, progress=progress, cancel=cancel
        )
        if not bool(least.isfinite().all()):
            raise ModelError(f"{self.generator.card.id} drew pictures that are NaN or infinite")
        with torch.no_grad():
            drawn = self.generator.synthesize(styles(best))
            way[-1] = (drawn - images).square().flatten(1).mean(1).sqrt()
            return Found(styles(best).cpu(), drawn.float().cpu(), torch.stack(way, 1).cpu())

    @torch.no_grad()
    def _start(self, images: torch.Tensor, cancel: Cancel | None) -> torch.Tensor:
        """(n, layers, d): the encoder's guess or the nearest own picture's style, whichever draws
        what is nearer."""
        styles, own = self._own
        nearest = styles[torch.cdist(images.flatten(1), own).argmin(1)]
        if not isinstance(self.generator, Guessing):
            return nearest
        guessed = self.generator.estimate_styles(images)
        if guessed is None:
            return nearest
        missed = [self._missed(each, images, cancel) for each in (guessed, nearest)]
        better = (missed[0] <= missed[1])[:, None, None]
        return torch.where(better, guessed, nearest)

    def _missed(
        self, styles: torch.Tensor, images: torch.Tensor, cancel: Cancel | None
    ) -> torch.Tensor:
        drawn = draw(self.generator, styles, cancel=cancel).to(images.device)
        return (drawn - images).square().flatten(1).mean(1)

    @cached_property
    def _own(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Styles (tries, layers, d) of own pictures, and these, flat."""
        styles = random_styles(self.generator, self.tries, self.seed)
        return styles, draw(self.generator, styles).flatten(1).to(styles.device)

    @cached_property
    def _usual(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation (1, layers, d) of the generator's own styles."""
        styles = random_styles(self.generator, 1024, self.seed)
        spread = styles.std(0, keepdim=True)
        return styles.mean(0, keepdim=True), spread.clamp_min(1e-3 * float(spread.mean()) + 1e-8)
