"""What is known of one way to find directions: pages, notes, tables and tests read it here.

Each is one :class:`DirectionMethod`, defined beside its function; all are listed in ``methods``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from genlens.attribution.method import Option
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.contracts import Assessor
from genlens.steering.directions.samples import MOST, Samples
from genlens.steering.directions.space import CodeSpace
from genlens.steering.results import Space

Needs = Literal["scores", "gradients", "nothing"]
"""What a method asks of an assessor: scores of random pictures, gradients, or nothing at all."""
Watch = Callable[[list[float]], None]
"""Given the losses of a training so far, now and then: a live curve."""

PICTURES = Option(
    "n", "Pictures", "Random pictures that are drawn and scored, a fifth of which is held out. The "
    "paper (S2) took 20,000 and 5,000; on a CPU 2,000 do.",
    low=200, high=MOST, whole=True, step=100,
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What a method is given: the ``space``, the ``assessor`` and those to ``hold`` still, scored
    pictures where it needs them, a seed, and who watches."""

    space: CodeSpace
    assessor: Assessor | None = None
    hold: tuple[Assessor, ...] = ()
    samples: Samples | None = None
    seed: int = 0
    watch: Watch | None = None
    progress: Progress | None = None
    cancel: Cancel | None = None

    @property
    def judge(self) -> Assessor:
        """The assessor; only of methods that need one."""
        assert self.assessor is not None
        return self.assessor

    @property
    def scored(self) -> Samples:
        """The scored pictures; only of methods that need them."""
        assert self.samples is not None
        return self.samples


@dataclass(frozen=True)
class Found:
    """What a method's function gives back: ``rows`` (k, width) in codes, strongest first, scaled so
    that alpha = 1 is the method's unit; the rest as ``results.Search`` has it."""

    rows: np.ndarray
    titles: tuple[str, ...] = ("",)
    losses: tuple[float, ...] = ()
    held_out: tuple[np.ndarray, np.ndarray] | None = None  # (scores, high) of held-out pictures
    cosines: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DirectionMethod:
    """One way to find directions.

    Attributes:
        name, title: for programs, and for readers.
        function: (task, *, settings...) -> Found.
        help: what it does, in one or two sentences.
        equation, paper, misleads: for its note.
        needs: of an assessor.
        spaces: where it works.
        unit: what a step alpha = 1 is; "{}" stands for "latents" or "styles".
        holds: it can hold other assessors still (conditional projection).
        normed: in latents, each moved latent keeps its length.
        random: another seed gives another direction of the same pictures.
        control: it must fail, and is there to show that the measures notice.
        options: the settings that a visitor may change.
    """

    name: str
    title: str
    function: Callable[..., Found]
    help: str
    equation: str
    paper: str
    misleads: str
    needs: Needs
    spaces: tuple[Space, ...] = ("latents", "styles")
    unit: str = "1 standard deviation of the {} along it"
    holds: bool = False
    normed: bool = False
    random: bool = False
    control: bool = False
    options: tuple[Option, ...] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """Names of the function's settings, with their defaults."""
        parameters = inspect.signature(self.function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    def checked(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """``chosen`` settings, each in its range, the others at their defaults.

        Raises:
            InputError: a setting that the method does not take, or out of range.
        """
        options = {option.name: option for option in self.options}
        known = self.settings
        for name in chosen:
            if name not in known:
                takes = ", ".join(known) or "none"
                raise InputError(f"{self.title} takes no setting {name!r}: it takes {takes}")
        given = {**known, **chosen}
        return {n: options[n].checked(v) if n in options else v for n, v in given.items()}


def unit_length(row: np.ndarray) -> np.ndarray:
    """``row`` (width,) with length 1.

    Raises:
        InputError: it is zero or not finite.
    """
    length = float(np.linalg.norm(row))
    if not np.isfinite(length) or length < 1e-12:
        raise InputError("the direction has no length: nothing that was looked at points anywhere")
    return np.asarray(row, np.float64) / length


def one_deviation(row: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """``row`` (width,) as long as one standard deviation of ``codes`` (n, width) along it.

    Raises:
        InputError: as ``unit_length``, or the codes do not vary along it.
    """
    unit = unit_length(row)
    deviation = float((codes @ unit).std())
    if deviation < 1e-9:
        raise InputError("the codes do not vary along this direction: there is nothing to move")
    return unit * deviation


def ordinary_codes(space: CodeSpace, n: int = 2000, seed: int = 0) -> np.ndarray:
    """(n, width) codes of random latents; no picture is drawn."""
    with torch.no_grad():
        return space.many(space.generator.sample_latents(n, seed))
