"""Latent inversion: the code from which a generator rebuilds a picture best.

It gives a ``Generator`` what an encoder gives an autoencoder: a code for any picture. Gradient
descent on the code, from the nearest of the generator's own pictures (Zhu et al. 2016,
arXiv:1609.03552, section 3.1) or from a start that is given, with the prior as a second term::

    |x - G(z)|^2 / (2 s^2)  +  |z|^2 / 2

the negative logarithm of p(x | z) p(z) up to a constant, for pixels with Gaussian noise of standard
deviation s: its minimum is the most probable code of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, ModelError
from genlens.models.autoencoders.inputs import checked

if TYPE_CHECKING:
    from genlens.models.contracts import Generator


@dataclass(frozen=True)
class Inversion:
    """Codes of n pictures: ``codes`` (n, d) flat, ``rebuilt`` (n, c, h, w) of them, and ``loss``
    (n,), the minimum that was reached, in nats."""

    codes: torch.Tensor
    rebuilt: torch.Tensor
    loss: torch.Tensor

    def surprise(self) -> torch.Tensor:
        """(n,) -log p(z) of each code under N(0, 1), in nats: what it would take to draw it."""
        d = self.codes.shape[1]
        return 0.5 * self.codes.square().sum(1) + 0.5 * d * math.log(2 * math.pi)


@dataclass
class Inverter:
    """Inverts ``generator``; one object for many batches, so that its own pictures are drawn once.

    Attributes:
        steps: of gradient descent (Adam), for each picture; a batch costs steps + 1 passes.
        rate: the step's length in each latent, which falls to 0 by a cosine.
        noise: s, the standard deviation of a pixel that the model does not account for. A large
            one keeps codes near the prior, a small one keeps pictures near their anchors.
        tries: own pictures among which the nearest is the start.
        seed: of those pictures. The result does not depend on how pictures are batched.
    """

    generator: Generator
    steps: int = 100
    rate: float = 0.1
    noise: float = 0.1
    tries: int = 256
    seed: int = 0
    _drawn: tuple[torch.Tensor, torch.Tensor] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        whole("steps", self.steps, 1, 10_000)
        whole("tries", self.tries, 1, 10_000)
        number("rate", self.rate, 1e-4, 10.0)
        number("noise", self.noise, 1e-3, 10.0)

    def invert(
        self,
        images: torch.Tensor,
        start: torch.Tensor | None = None,
        *,
        cancel: Cancel | None = None,
    ) -> Inversion:
        """The codes of ``images`` (n, c, h, w) in [0, 1].

        Args:
            start: (n, *latent_shape) or (n, d) codes to begin at, such as an encoder's means; None
                takes those of the nearest of the generator's own pictures.
            cancel: asked before each step.

        Raises:
            InputError: pictures of another shape.
            ModelError: the generator's pictures became NaN or infinite.
            Cancelled: ``cancel()`` said so.
        """
        what = f"{self.generator.card.id}'s images"
        images = checked(images, self.generator.image_shape, what).to(self.generator.device)
        begin = self._nearest(images) if start is None else start
        z = begin.detach().to(self.generator.device).flatten(1)
        best, best_loss = descend(
            z,
            lambda codes: self._loss(self._pictures(codes), images, codes),
            steps=self.steps,
            rate=self.rate,
            cancel=cancel,
        )
        if not bool(best_loss.isfinite().all()):
            raise ModelError(f"{self.generator.card.id} drew pictures that are NaN or infinite")
        with torch.no_grad():
            return Inversion(best, self._pictures(best), best_loss)

    def _loss(self, drawn: torch.Tensor, images: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        missed = (drawn - images).square().flatten(1).sum(1) / (2 * self.noise**2)
        return missed + 0.5 * z.square().sum(1)

    def _pictures(self, flat: torch.Tensor) -> torch.Tensor:
        z = flat.reshape(len(flat), *self.generator.latent_shape)
        return self.generator.synthesize(self.generator.to_styles(z))

    @torch.no_grad()
    def _nearest(self, images: torch.Tensor) -> torch.Tensor:
        """(n, d): the codes of the nearest of the generator's own pictures, by squared error."""
        if self._drawn is None:
            z = self.generator.sample_latents(self.tries, self.seed).flatten(1)
            self._drawn = z, self._pictures(z).flatten(1)
        z, own = self._drawn
        return z[torch.cdist(images.flatten(1), own).argmin(1)]


def descend(
    start: torch.Tensor,
    loss: Callable[[torch.Tensor], torch.Tensor],
    *,
    steps: int,
    rate: float,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The best points on the way down from ``start`` (n, ...), and their losses (n,): Adam, whose
    rate falls from ``rate`` to 0 by a cosine; a point whose loss was never finite stays with
    infinity.

    Args:
        loss: points (n, ...) -> (n,), each of its own point only; called ``steps`` + 1 times.

    Raises:
        Cancelled: ``cancel()`` said so.
    """
    point = start.clone()
    best, best_loss = point.clone(), torch.full((len(point),), torch.inf, device=point.device)
    with torch.enable_grad():
        point.requires_grad_()
        descent = torch.optim.Adam([point], lr=rate)
        for step in range(steps + 1):
            if cancel is not None and cancel():
                raise Cancelled(f"stopped after {step} of {steps} steps of an inversion")
            losses = loss(point)
            better = losses.detach() < best_loss
            best[better], best_loss[better] = point.detach()[better], losses.detach()[better]
            if progress is not None:
                progress(step, steps, f"Searching: step {step} of {steps}")
            if step == steps:
                break
            descent.param_groups[0]["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
            descent.zero_grad()
            losses.sum().backward()  # the sum: each goes its own way
            descent.step()
    return best, best_loss
