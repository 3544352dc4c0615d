"""The settings of a small VAE's training, and the points of its loss curve."""

from __future__ import annotations

from dataclasses import dataclass

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.errors import InputError

# Channels after each halving of a picture, by its side in pixels; 0.5 to 0.8 million weights.
WIDTHS = {32: (32, 64, 64), 64: (24, 48, 64, 64)}
MAX_EPOCHS, MAX_LATENTS, MAX_BETA = 2_000, 64, 50.0


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of a training.

    ``side`` 32 or 64 pixels; ``latents`` 2 to 64 numbers for each picture; ``beta`` 0.01 to 50, the
    weight of the KL term (1 is the plain VAE, more presses the latents apart, Higgins et al. 2017);
    ``epochs`` 1 to 2,000 rounds over all pictures, or 0: as many as make about 1,500 steps, at
    most 300; ``seed`` of weights, order, noise and of which pictures are held out.

    Raises:
        InputError: a number out of range.
    """

    side: int = 32
    latents: int = 10
    beta: float = 1.0
    epochs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.side not in WIDTHS:
            raise InputError(
                f"side {self.side} is not offered: take {' or '.join(map(str, WIDTHS))}"
            )
        whole("latents", self.latents, 2, MAX_LATENTS)
        whole("epochs", self.epochs, 0, MAX_EPOCHS)
        whole("seed", self.seed, 0, MAX_SEED)
        if not (isinstance(self.beta, (int, float)) and 0.01 <= self.beta <= MAX_BETA):
            raise InputError(f"beta {self.beta} is out of range: take 0.01 to {MAX_BETA:.0f}")


@dataclass(frozen=True)
class LossPoint:
    """The loss after ``step`` steps and ``seconds`` seconds, its two halves apart, in nats a
    picture: ``reconstruction`` the cross-entropy of the pixels beyond that of a perfect copy, and
    ``kl``. Both are means over the training pictures since the last point (with the weights of
    the moment); ``held_...`` over pictures that are never trained on."""

    step: int
    seconds: float
    reconstruction: float
    kl: float
    held_reconstruction: float
    held_kl: float
