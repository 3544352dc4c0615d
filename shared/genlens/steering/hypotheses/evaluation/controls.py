"""Assessors that know nothing of a picture: no claim about them may be supported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from genlens.models.contracts import Assessor


@dataclass(frozen=True)
class Ignorant:
    """A number that does not look at the picture: ``draw(n)`` gives (n,) in [-1, 1]."""

    name: str
    title: str
    draw: Callable[[int], np.ndarray]
    unit: str = ""
    range: tuple[float, float] = (-1.0, 1.0)
    differentiable: bool = False
    help: str = "A control: it does not look at the picture."

    def missing(self) -> str:
        """See ``contracts.Assessor``."""
        return ""

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Assessor``."""
        return torch.from_numpy(self.draw(len(images)).astype(np.float32))


@dataclass(frozen=True)
class ControlKind:
    """``make(seed)`` gives the assessor."""

    name: str
    title: str
    make: Callable[[int], Assessor]


def chance(seed: int) -> Ignorant:
    """Another random number each time it is asked."""
    rng = np.random.default_rng([seed, 77])
    return Ignorant("chance", "random numbers", lambda n: rng.uniform(-1, 1, n))


def constant(seed: int) -> Ignorant:
    """One number for all pictures."""
    value = float(np.random.default_rng([seed, 78]).uniform(-1, 1))
    return Ignorant("constant", "one number for all", lambda n: np.full(n, value))


CONTROLS = (
    ControlKind("chance", "(control) random numbers", chance),
    ControlKind("constant", "(control) one number for all pictures", constant),
)
