"""The settings of a classifier's training, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError
from genlens.models.assessors.classifiers.kinds import KINDS

MAX_EPOCHS, MAX_STEPS = 200, 100_000


@dataclass(frozen=True)
class ClassifierSettings:
    """The settings of a training.

    ``backbone``: "small" starts from nothing; the others bring what ImageNet taught them. Their
    weights stay as they are for ``frozen`` rounds over all pictures and are trained, too, for
    ``unfrozen`` more (Kirchler et al. 2021, arXiv:2109.07869, appendix: 5 and 5, Adam at 3e-4).
    "small" has nothing to keep: its rounds are all unfrozen. -1 takes the usual number. ``rate`` is
    Adam's (0: the usual), which falls to a hundredth by a cosine; ``batch`` pictures a step;
    ``held`` the share of each class that is kept back to measure with; ``mirror`` shows pictures
    mirrored half of the time, ``turn`` turned by up to that many degrees either way (the paper's
    flowers: mirrored, and up to 180); ``widths`` are of "small", the channels of its stages.
    ``seed`` is of weights, order, noise and which pictures are kept back.

    Raises:
        InputError: a number out of range.
    """

    backbone: str = "small"
    frozen: int = -1
    unfrozen: int = -1
    rate: float = 0.0
    batch: int = 32
    held: float = 0.25
    mirror: bool = True
    turn: float = 0.0
    widths: tuple[int, ...] = (12, 24, 32)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.backbone not in KINDS:
            raise InputError(f"backbone is {self.backbone!r}: take {', '.join(KINDS)}")
        whole("frozen", self.frozen, -1, MAX_EPOCHS)
        whole("unfrozen", self.unfrozen, -1, MAX_EPOCHS)
        whole("batch", self.batch, 2, 512)
        whole("seed", self.seed, 0, MAX_SEED)
        number("rate", self.rate, 0.0, 0.1)
        number("held", self.held, 0.05, 0.5)
        number("turn", self.turn, 0.0, 180.0)


@dataclass(frozen=True)
class AccuracyPoint(Record):
    """After ``step`` steps and ``seconds`` seconds: the mean ``loss`` since the last point, in
    nats, and the ``accuracy`` on pictures that are kept back, 0 to 1; ``frozen``: the backbone was
    still as it came."""

    step: int
    seconds: float
    loss: float
    accuracy: float
    frozen: bool


@dataclass(frozen=True)
class ClassifierReport(Record):
    """How good a trained classifier is, on pictures that it was not trained on.

    ``accuracy`` is the share it names right, ``baseline`` that of always naming the commonest
    class; ``confusion`` (classes, classes) counts true class by named class; ``names`` and
    ``counts`` are of the classes; ``curve`` what happened on the way; ``finished``: it ran to its
    end.
    """

    head: str
    names: tuple[str, ...]
    counts: Mapping[str, int]
    accuracy: Measure
    baseline: float
    confusion: np.ndarray
    curve: tuple[AccuracyPoint, ...]
    finished: bool
    notes: tuple[str, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)
