"""The methods that the truth table compares, each with the space and the settings it works in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BASELINE = "logistic"


@dataclass(frozen=True)
class Way:
    """A row of the table: a method, where it works, with what settings; ``hold``: every attribute
    of another part of the face is held still."""

    name: str
    method: str
    space: Any = "latents"
    hold: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


WAYS = (
    Way(BASELINE, "logistic"),
    Way("svm, others held", "svm", "styles", hold=True),
    Way("logistic, others held", "logistic", "styles", hold=True),
    Way("ganalyze", "ganalyze", settings={"steps": 100, "batch": 4}),
    Way("ganalyze, in styles", "ganalyze", "styles", settings={"steps": 100, "batch": 4}),
    Way("sefa, best of 10", "sefa", "styles", settings={"count": 10}),
    Way("pca, best of 10", "pca", "styles", settings={"count": 10}),
    Way("random", "random"),
    Way("shuffled", "shuffled"),
)
QUICK_WAYS = tuple(w for w in WAYS if w.name in (BASELINE, "svm, others held", "random"))
QUICK_ATTRIBUTES = ("face-glasses", "face-dark-skin")
