"""What the anchors' room gives back: values of criteria, thresholds, groups, selections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from genlens.common.records import UNWRITTEN, MadeBy, Record

GROUPS = ("HIHE", "HILE", "LIHE", "LILE")
"""High or low intrinsic, then high or low extrinsic affinity (PXGen, arXiv:2501.11827, section
4.2). HILE is "model delusion", LIHE "aligned conception"."""

Side = Literal["intrinsic", "extrinsic"]
Form = Literal["mean of maxima", "quantile", "chosen"]


@dataclass(frozen=True)
class AnchorScores(Record):
    """What a model makes of n anchors, by m criteria.

    ``criteria`` are m names, ``sides`` theirs ("intrinsic" or "extrinsic"), ``units`` theirs in
    words; ``values`` (n, m) float32, lower is nearer to the model in every criterion. ``codes``
    (n, d) float32 are the anchors in latent space. ``labels`` (n,) int64 index ``names`` (-1 where
    an anchor has no class); ``ids`` (n,) int64 is where each stands in the anchor set, which
    ``data`` names. ``rebuilt`` (n, c, h, w) uint8 is the model's version of each, kept where it was
    asked for (of models that take long to make it), else None.
    """

    criteria: tuple[str, ...]
    sides: tuple[Side, ...]
    units: tuple[str, ...]
    values: np.ndarray
    codes: np.ndarray = field(metadata=UNWRITTEN)
    labels: np.ndarray
    ids: np.ndarray
    names: tuple[str, ...] = ()
    data: str = ""
    made_by: MadeBy = field(default_factory=MadeBy)
    rebuilt: np.ndarray | None = field(default=None, metadata=UNWRITTEN)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Threshold(Record):
    """Below ``value`` an anchor has high affinity by ``criterion``.

    ``low`` and ``high`` are its 95 % interval; ``samples`` the pictures that the model drew for it.
    ``form`` "mean of maxima" is the paper's, "quantile" ours, "chosen" a reader's own number.
    """

    criterion: str
    value: float
    low: float
    high: float
    form: Form
    samples: int
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Grouping(Record):
    """Which of ``GROUPS`` each anchor is in, by one intrinsic and one extrinsic criterion.

    ``group`` (n,) int8 indexes ``GROUPS``; ``counts`` (4, classes + 1) int64 are anchors by group
    and class, those without a class in the last column.
    """

    intrinsic: Threshold
    extrinsic: Threshold
    group: np.ndarray
    counts: np.ndarray
    names: tuple[str, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Selection(Record):
    """k representatives of a group of anchors.

    ``rows`` (k,) int64 index the points that were given, in the order they were chosen; ``method``
    and ``space`` ("criteria", "latents", "clip") say how. ``objective`` is the method's own number
    in ``unit`` (k-center: the radius, dispersion: the least distance or the sum); ``bound`` what
    the best possible selection cannot beat, and ``guarantee`` says both in a sentence. ``nearest``
    (n,) int64 is the place in ``rows`` of each point's representative.
    """

    rows: np.ndarray
    method: str
    space: str
    objective: float
    unit: str
    bound: float | None
    guarantee: str
    nearest: np.ndarray = field(metadata=UNWRITTEN)
    made_by: MadeBy = field(default_factory=MadeBy)
