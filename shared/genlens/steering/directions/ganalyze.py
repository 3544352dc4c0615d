"""GANalyze: a direction that is trained until moving by alpha raises the score by alpha.

Goetschalckx, Andonian, Oliva and Isola 2019, "GANalyze: toward visual definitions of cognitive
image properties" (arXiv:1906.10112), equations 1 and 2:

    T(z, alpha) = |z| (z + alpha theta) / |z + alpha theta|,
    min over theta of E (A(G(T(z, alpha))) − (A(G(z)) + alpha))²,   alpha ~ U(−0.5, 0.5).

|z| is each latent's own length; the published PyTorch code took that of the whole batch. Alpha is
counted in the assessor's units: the paper's assessors go from 0 to 1, so here U(−0.5, 0.5) is
widened by how far apart low and high scores of random pictures are. Targets stay within what the
assessor can give. Styles have no length to keep: in them T(w, alpha) = w + alpha theta. The paper
descends by Adam; here all numbers of theta share one step size (see ``_Descent``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from genlens.attribution.method import Option
from genlens.common.progress import batches
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.directions.method import DirectionMethod, Found, Task
from genlens.steering.directions.space import CodeSpace
from genlens.steering.drawn import scored

_CALIBRATED = 64
"""Random pictures whose scores say how far alpha reaches, and codes how long a step is."""


def keep_length(codes: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """``codes`` + ``step`` (n, width), each row as long as that of ``codes`` was."""
    moved = codes + step
    length = moved.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return moved * (codes.norm(dim=1, keepdim=True) / length)


def ganalyze(task: Task, *, steps: int = 150, batch: int = 4, rate: float = 0.05) -> Found:
    """Theta by gradient descent from zeros, ``batch`` latents a step; the rate falls to a tenth on
    the way."""
    space, judge = task.space, task.judge
    generator = space.generator
    span, length = _calibrated(space, judge)
    theta = torch.zeros(space.width, device=generator.device, requires_grad=True)
    descent = _Descent(theta)
    dice = torch.Generator().manual_seed(task.seed)
    losses: list[float] = []
    for step in batches(steps, 1, "Training the direction", task.progress, task.cancel):
        z = torch.randn(batch, *generator.latent_shape, generator=dice).to(generator.device)
        part = (torch.rand(batch, generator=dice) - 0.5).to(generator.device)  # alpha over span
        with torch.no_grad():
            codes = space.codes(z)
            before = scored(judge, space.pictures(z, codes))
        move = part[:, None] * theta * length
        moved = keep_length(codes, move) if space.space == "latents" else codes + move
        after = scored(judge, space.pictures(z, moved))
        target = (before + part * span).clamp(*judge.range)
        loss = ((after - target) / span).square().mean()
        if not torch.isfinite(loss):
            raise ModelError(
                f"the loss is {float(loss)} at step {step}: {judge.title} gave NaN or infinity. "
                "Take another assessor"
            )
        (gradient,) = torch.autograd.grad(loss, theta)
        descent.step(gradient, rate * (1 - 0.9 * step / steps))
        losses.append(float(loss.detach()) * span**2)
        if task.watch is not None:
            task.watch(losses)
    row = theta.detach().double().cpu().numpy() * length / span
    return Found(rows=row[None], losses=tuple(losses))


class _Descent:
    """Adam with one step size for all numbers of ``theta``.

    Adam's own are one a number, so that it goes along signs of gradients: among directions that
    serve equally well (in styles, all with the same share of the best one) it would take one that
    moves everything. This one finds the shortest.
    """

    def __init__(self, theta: torch.Tensor, momentum: float = 0.9, memory: float = 0.99) -> None:
        self.theta, self.momentum, self.memory = theta, momentum, memory
        self.mean, self.square, self.steps = torch.zeros_like(theta), 0.0, 0

    @torch.no_grad()
    def step(self, gradient: torch.Tensor, rate: float) -> None:
        """One step of about ``rate`` a number."""
        self.steps += 1
        self.mean = torch.lerp(gradient, self.mean, self.momentum)
        self.square += (1 - self.memory) * (float(gradient.square().mean()) - self.square)
        mean = self.mean / (1 - self.momentum**self.steps)
        square = self.square / (1 - self.memory**self.steps)
        self.theta -= rate * mean / (square**0.5 + 1e-12)


@torch.no_grad()
def _calibrated(space: CodeSpace, judge: Assessor) -> tuple[float, float]:
    """How far apart low and high scores are (the 5th and 95th percentile), and how large a number
    of a code usually is.

    Raises:
        InputError: no gradients, or nearly all pictures have the same score.
    """
    if not judge.differentiable:
        raise InputError(
            f"{judge.title} gives no gradients, and GANalyze trains by them: take another method"
        )
    generator = space.generator
    z = generator.sample_latents(_CALIBRATED, 0)
    codes = space.codes(z)
    pairs = zip(z.split(16), codes.split(16), strict=True)
    scores = torch.cat([scored(judge, space.pictures(*pair)) for pair in pairs])
    scores = scores[scores.isfinite()]
    if len(scores) < _CALIBRATED // 2:
        raise ModelError(
            f"{judge.title} has a score for {len(scores)} of {_CALIBRATED} random pictures: take "
            "another assessor"
        )
    low, high = np.quantile(scores.double().cpu().numpy(), [0.05, 0.95])
    if not high - low > 1e-6:
        raise InputError(
            f"{judge.title} scores {_CALIBRATED} random pictures all alike ({low:.4g}): there is "
            "no direction in which its score changes"
        )
    return float(high - low), float((codes - codes.mean(0)).square().mean().sqrt())


def by_class(task: Task, generators: Mapping[str, Generator], **settings: Any) -> Found:
    """The class-dependent form: theta of each class, trained on pictures of this class alone.

    The paper's linear map from the one-hot class to theta has one column a class, and each picture
    trains the column of its own class: so do these, one after the other. ``generators`` are the
    generator at each of its classes, by name; ``settings`` as of ``ganalyze``.
    """
    space = task.space
    layers = None if space.space == "latents" else space.layers
    found = [
        ganalyze(replace(task, space=CodeSpace(generator, space.space, layers)), **settings)
        for generator in generators.values()
    ]
    return Found(
        rows=np.concatenate([one.rows for one in found]),
        titles=tuple(generators),
        losses=tuple(np.mean([one.losses for one in found], axis=0).tolist()),
    )


GANALYZE = DirectionMethod(
    name="ganalyze",
    title="GANalyze (trained direction)",
    function=ganalyze,
    help="Trains the direction itself: moving a latent by alpha shall raise the score by alpha.",
    equation="min over θ of E (A(G(T(z, α))) − (A(G(z)) + α))², T(z, α) = |z| (z + αθ) / |z + αθ|",
    paper="Goetschalckx, Andonian, Oliva and Isola 2019, arXiv:1906.10112, equations 1 and 2",
    misleads="Anything that raises the score will do: it may find what the assessor mistakes for "
    "the property. Where the assessor is sure (a score that is flat), it learns nothing.",
    needs="gradients",
    unit="the score that training aimed at, +1",
    normed=True,
    random=True,
    options=(
        Option(
            "steps", "Training steps", "The paper took 100,000 of 4 latents; a small generator "
            "needs some hundred.",
            low=10, high=2000, whole=True, step=10,
        ),
        Option("batch", "Latents a step", "The paper took 4.", low=1, high=64, whole=True, step=1),
        Option("rate", "Learning rate", "At the start, in standard deviations of a code; the paper "
            "took 0.0002 for its many more steps.",
            low=0.0001, high=1.0,
        ),
    ),
)  # fmt: skip
