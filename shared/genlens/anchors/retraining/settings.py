"""How much is trained again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.models.distances.sets import FLOOR
from genlens.training.mlp import MlpSettings


@dataclass(frozen=True)
class RetrainSettings:
    """The defaults are those of the recorded job.

    ``seeds`` of the trainings, each with an original model of its own; ``shares`` of the training
    pictures that are kept. ``hihe_only`` adds the paper's own comparison, in which exactly as many
    go as are not in HIHE. ``groups`` clusters are left out in turn (0: none). ``checkpoints`` of
    the original training are what VAE-TracIn looks at; ``samples`` pictures are drawn by each
    model, and ``inception`` of them also compared in Inception's features (0: not; 1,000 add about
    eight minutes to each training on one core). PXGen's thresholds are of as many pictures as
    ``thresholds_of`` draws for ``repeats`` of 60,000. ``epochs`` of every training (the paper's
    model A has 35).

    Raises:
        InputError: a number out of range, or no seed.
    """

    seeds: tuple[int, ...] = (1, 2, 3)
    shares: tuple[float, ...] = (0.5, 0.25, 0.1)
    hihe_only: bool = True
    groups: int = 8
    checkpoints: int = 30
    samples: int = 3500
    inception: int = 0
    repeats: int = 100
    epochs: int = 35

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise InputError(f"seeds are {self.seeds}: give one or more, all different")
        for seed in self.seeds:
            whole("seed", seed, 0, MAX_SEED - 1000)
        for share in self.shares:
            number("share", share, 0.01, 0.99)
        if self.groups:
            whole("groups", self.groups, 2, 100)
        whole("epochs", self.epochs, 1, 2_000)
        whole("checkpoints", self.checkpoints, 1, self.epochs)
        whole("repeats", self.repeats, 1, 1000)
        whole("samples", self.samples, FLOOR, 100_000)
        if self.inception:
            whole("inception", self.inception, FLOOR, self.samples)

    def training(self, seed: int) -> MlpSettings:
        """Model A's settings at ``seed``."""
        return MlpSettings(epochs=self.epochs, seed=seed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, by name."""
        written = asdict(self)
        return written | {name: list(written[name]) for name in ("seeds", "shares")}
