"""What the steering room gives back: directions, curves, mixes, units, verdicts.

A *face* below is any picture that a generator draws; a *seed* names the latent it was drawn from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from genlens.common.measures import Measure
from genlens.common.records import UNWRITTEN, MadeBy, Record

Space = Literal["latents", "styles"]
Answer = Literal["supported", "contradicted", "undecided"]


@dataclass(frozen=True)
class Direction(Record):
    """A way to move through a generator's latents or styles.

    ``vector`` is (d,) in ``space`` "latents" (flat z), or (layers, d) in "styles", where rows of
    zeros leave a layer as it is; a step alpha = 1 is ``unit`` in words ("1 standard deviation of
    the styles along it"). ``normed``: each moved latent keeps its length (GANalyze). ``method``
    found it, for the assessor ``target`` ("" for closed forms), ``order`` tells directions of one
    analysis apart (0 is the strongest).
    """

    vector: np.ndarray
    space: Space
    method: str
    target: str = ""
    unit: str = ""
    normed: bool = False
    order: int = 0
    title: str = ""
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Search(Record):
    """What looking for directions found: ``directions``, the strongest first.

    ``losses`` (steps,) of a training, empty without one. ``held_out``: how well places along the
    first direction tell held-out pictures with high scores from the others (area under the ROC
    curve: 0.5 is chance); None where nothing was held out. ``cosines``: by assessor that is held
    still, the cosine of the direction and the one that raises this assessor, before projecting.
    """

    directions: tuple[Direction, ...]
    losses: np.ndarray
    held_out: Measure | None = None
    cosines: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def direction(self) -> Direction:
        """The first, which is the only one where an assessor was named."""
        return self.directions[0]


@dataclass(frozen=True)
class Curve(Record):
    """What moving along a direction does to one assessor's score.

    ``alphas`` (k,) with 0 among them; ``scores`` (seeds, k) of ``assessor``, in ``unit``; ``mean``,
    ``low`` and ``high`` (k,) are over seeds, with a 95 % interval. ``slope`` is the score's change
    per alpha, ``monotone`` the share of seeds whose score never turns back, ``distance`` (k,) the
    mean feature distance to alpha = 0.
    """

    assessor: str
    unit: str
    alphas: np.ndarray
    scores: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    slope: Measure
    monotone: Measure
    distance: np.ndarray
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Strip(Record):
    """One seed's pictures along a direction: ``images`` (k, c, h, w) float32 in [0, 1] at
    ``alphas`` (k,), with the ``scores`` (k,) of the direction's assessor."""

    images: np.ndarray = field(metadata=UNWRITTEN)
    alphas: np.ndarray
    scores: np.ndarray
    seed: int
    assessor: str = ""
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Reach(Record):
    """How far a direction can be followed: alphas from ``low`` to ``high``, beyond which the score
    saturates or the picture breaks (``why_low``, ``why_high`` say which, in words), and ``steps``
    (k,) alphas between them that are evenly spaced in feature distance."""

    low: float
    high: float
    why_low: str
    why_high: str
    steps: np.ndarray
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Leakage(Record):
    """What else a direction changes: by assessor, its slope in standard deviations of its own
    scores per one of the target's. 0 is none; ``worst`` names the largest in size. ``sizes`` are
    the same without sign, so that changes that differ from face to face do not cancel: 0 is not to
    be reached, a random direction shows what is usual."""

    target: str
    leaks: Mapping[str, Measure]
    worst: str
    sizes: Mapping[str, Measure] = field(default_factory=dict)
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Mix(Record):
    """Pictures whose layers take styles from different sources.

    ``images`` (n, c, h, w); ``styles`` (n, layers, d); ``choices`` (n, layers, 3): first source,
    second source, and how far from first to second, 0 to 1. ``scores`` (n,) of ``assessor``;
    ``order`` (n,) indexes pictures from the highest score.
    """

    images: np.ndarray = field(metadata=UNWRITTEN)
    styles: np.ndarray = field(metadata=UNWRITTEN)
    choices: np.ndarray
    scores: np.ndarray
    order: np.ndarray
    assessor: str = ""
    unit: str = ""
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Projection(Record):
    """A picture found again in a generator's styles: ``styles`` (layers, d), its ``image`` and the
    ``target`` (c, h, w). ``error`` is the root mean squared error of pixels (0 to 1), ``losses``
    (steps + 1,) the error on the way, ``usual`` that of the generator's own pictures under the same
    procedure; ``foreign`` says that the error is above ``limit`` (a third of the target's own
    contrast, or the worst own picture's error): the picture is unlike anything the generator draws,
    or lies elsewhere in the frame."""

    styles: np.ndarray = field(metadata=UNWRITTEN)
    image: np.ndarray = field(metadata=UNWRITTEN)
    target: np.ndarray = field(metadata=UNWRITTEN)
    losses: np.ndarray
    error: float
    usual: Measure
    limit: float
    foreign: bool
    shared: bool
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Units(Record):
    """What a layer's units stand for, of ``concepts``, on ``samples`` pictures.

    All (units, concepts): ``iou`` of each unit's strongest places with the concept's pixels,
    ``control`` the same with the concept's pixels of other pictures (what place alone explains),
    ``threshold`` above which a unit counts as on, the share ``quantile`` of places that are, and
    ``level``, the unit's mean where the concept is seen. ``strong`` (units,) is the level that a
    unit passes in 1 % of places; ``seen`` (concepts,) the share of pixels that show each concept.
    """

    layer: str
    concepts: tuple[str, ...]
    iou: np.ndarray
    control: np.ndarray
    threshold: np.ndarray
    quantile: np.ndarray
    level: np.ndarray
    strong: np.ndarray
    seen: np.ndarray
    samples: int
    made_by: MadeBy = field(default_factory=MadeBy)

    def best(self, concept: str, k: int = 1) -> np.ndarray:
        """The ``k`` units with the highest IoU for ``concept``, best first."""
        column = self.iou[:, self.concepts.index(concept)]
        return np.argsort(-np.nan_to_num(column), kind="stable")[:k]


@dataclass(frozen=True)
class Effect(Record):
    """What switching units on or off does, on ``n`` pictures: the change of a concept's share of
    pixels (or of an assessor's score), in ``unit``, with its interval; ``control`` is the same for
    as many random units."""

    change: Measure
    control: Measure
    unit: str
    action: Literal["ablate", "insert"]
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Hypothesis(Record):
    """A claim that an edit changes a score: "the smile classifier reacts to glasses".

    ``edit`` names what is done to each face, ``assessor`` what is read, ``expected`` the sign of
    the change that is claimed: +1, -1, or 0 for "any change"; ``least`` is the smallest change (in
    the assessor's unit) that would count.
    """

    claim: str
    edit: str
    assessor: str
    expected: int
    least: float


@dataclass(frozen=True)
class Verdict(Record):
    """What became of a hypothesis: ``effect`` is the mean change of the score over ``n`` faces with
    a 95 % interval (the mean size of the changes where any change was claimed), ``changes`` (n,)
    each face's, ``control`` the same under edits of the same size that should do nothing;
    ``answer`` and the ``reason`` for it in one sentence. ``leaks``: by watched assessor, the share
    of faces on which the edit changed what it should not; they are left out of ``effect``.

    ``before`` and ``after`` (k, c, h, w) are pictures of some faces, from the largest rise to the
    largest fall, with their ``scores`` (k, 2)."""

    hypothesis: Hypothesis
    effect: Measure
    control: Measure
    changes: np.ndarray
    answer: Answer
    reason: str
    before: np.ndarray = field(metadata=UNWRITTEN)
    after: np.ndarray = field(metadata=UNWRITTEN)
    scores: np.ndarray = field(metadata=UNWRITTEN)
    leaks: Mapping[str, Measure] = field(default_factory=dict)
    made_by: MadeBy = field(default_factory=MadeBy)
