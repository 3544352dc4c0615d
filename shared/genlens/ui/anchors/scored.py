"""A model and its anchors with all that the page knows of them: criteria, thresholds, pictures.

What ships is read; everything else is worked out on first use and kept in ``models.memory``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np

from genlens.anchors import subject
from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.criteria.readers import AnyModel
from genlens.anchors.groups import chosen_threshold, group_anchors, values_of
from genlens.anchors.results import AnchorScores, Grouping, Threshold
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.pictures import Pictures
from genlens.anchors.thresholds import thresholds_of
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder
from genlens.ui.anchors import sources
from genlens.ui.anchors.inverted import inverted

FIRST = ("kld", "mse")
"""The paper's two criteria: what the page opens with."""
SAMPLES, ITERATIONS = 60_000, 10
"""Of the thresholds that the page works out, where none ship: the expected maximum over
60,000 of the model's own pictures, read off 6,000 of them (a hundredth of 10 times as many)."""
SMALL = 32
"""Pixels along a side up to which so many are drawn; of larger pictures, a tenth."""


@dataclass(frozen=True)
class Scored:
    """``scores`` of ``anchors`` under ``model``, and a threshold for each criterion.

    ``model_id`` and ``set_name`` are what the page's pickers say; ``shipped`` says that the
    criteria were computed in advance, and ``latents`` (a,) then which of the model's latents
    ``scores.codes`` are: the others stand at 0.
    """

    model_id: str
    set_name: str
    model: AnyModel
    anchors: AnchorSet
    scores: AnchorScores
    thresholds: dict[str, Threshold]
    shipped: bool = False
    latents: np.ndarray | None = None

    def grouping(
        self, across: str, up: str, tx: float | None = None, ty: float | None = None
    ) -> Grouping:
        """The groups by two criteria, at the model's own thresholds or at those that are given."""
        return group_anchors(self.scores, self.line(across, tx), self.line(up, ty))

    def line(self, criterion: str, value: float | None = None) -> Threshold:
        """The threshold of a criterion: the model's own, or a chosen ``value``."""
        if criterion not in self.thresholds:
            values_of(self.scores, criterion)  # says which there are
        return self.thresholds[criterion] if value is None else chosen_threshold(criterion, value)

    def at_hand(self, rows: np.ndarray) -> np.ndarray:
        """Those of ``rows`` whose pictures are on this machine."""
        return rows[sources.at_hand(self.anchors, rows)]

    def pictures(self, rows: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """((k, c, h, w) in [0, 1], (k,) bool): the pictures of ``rows``, and which are at hand; the
        others are black."""
        chosen_rows = np.asarray(rows, np.int64)
        known = sources.at_hand(self.anchors, chosen_rows)
        out = np.zeros((len(chosen_rows), *self.anchors.image_shape), np.float32)
        if known.any():
            out[known] = self.anchors.pictures(chosen_rows[known])
        return out, known

    def rebuilt(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k, c, h, w) in [0, 1]: what the model makes of ``rows`` from their codes."""
        chosen_rows = np.asarray(rows, np.int64)
        if not len(chosen_rows):
            return np.zeros((0, *self.anchors.image_shape), np.float32)
        if self.scores.rebuilt is not None:
            return np.asarray(self.scores.rebuilt[chosen_rows], np.float32) / 255
        assert isinstance(self.model, Autoencoder), "scores of all others keep what was rebuilt"
        return Coder(self.model).decode(self.codes(chosen_rows)).clip(0, 1)

    def codes(self, rows: np.ndarray) -> np.ndarray:
        """(k, d) float64: all latents of ``rows``."""
        kept = np.asarray(self.scores.codes[rows], np.float64)
        if self.latents is None:
            return kept
        assert isinstance(self.model, Autoencoder), "only an autoencoder's scores ship"
        full = np.zeros((len(rows), prod(self.model.latent_shape)))
        full[:, self.latents] = kept
        return full

    def require_row(self, row: int) -> int:
        """``row``, where there is such an anchor.

        Raises:
            InputError: there is none.
        """
        if not 0 <= row < len(self.scores):
            raise InputError(f"row {row}: there are {len(self.scores):,} anchors, from row 0 on")
        return row

    def row_of(self, number: int) -> int:
        """The row of the anchor with this number (its place in the set's source).

        Raises:
            InputError: no anchor has it.
        """
        found = np.flatnonzero(self.scores.ids == number)
        if not len(found):
            low, high = self.scores.ids.min(), self.scores.ids.max()
            raise InputError(
                f"no anchor has number {number}: they run from {low} to {high}, and not every "
                "number in between is an anchor"
            )
        return int(found[0])

    @property
    def fetch(self) -> str:
        """The command that brings the pictures that are not here, "" where there is none."""
        return self.anchors.command if isinstance(self.anchors, Pictures) else ""

    @property
    def absent(self) -> str:
        """How to get a picture that is not here, as a sentence."""
        how = f" On your own machine, {self.fetch} brings it." if self.fetch else ""
        return f"This picture does not ship with genlens: here is what the model makes of it.{how}"

    def name(self, row: int) -> str:
        """ "Anchor no. 17, class 4"."""
        label = self.label(row)
        return f"Anchor no. {int(self.scores.ids[row])}" + (f", class {label}" if label else "")

    def label(self, row: int) -> str:
        """The class of an anchor, "" where it has none."""
        label = int(self.scores.labels[row])
        return self.scores.names[label] if label >= 0 else ""


def scored(
    model_id: str,
    set_name: str = "",
    criteria: Sequence[str] = FIRST,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Scored:
    """A model and its anchors with at least ``criteria`` scored, one of each side.

    Args:
        model_id: of the catalog, of ``ui.studies.register``, or what ``access`` admits.
        set_name: one of ``sources.sets_of``; "" for the first.
        criteria: names of ``CRITERIA``; those known already are there as well.

    Raises:
        InputError: no such model, set or criterion, or they do not fit each other.
        ModelError, DownloadError: the model cannot be loaded.
        Cancelled: ``cancel()`` said so.
    """
    source = sources.source(model_id, set_name, cancel)
    if not isinstance(source.model, Autoencoder):
        return _by_inversion(source, criteria, progress, cancel)
    run = partial(score_anchors, source.model, source.anchors, progress=progress, cancel=cancel)
    base = source.scores or MEMORY.get(("anchor-scores", source.content), lambda: run(FIRST))
    thresholds = dict(source.thresholds)
    for name in criteria:
        if name not in base.criteria:
            more = MEMORY.get(
                ("anchor-scores", source.content, name), partial(run, (required(name),))
            )
            base = joined(base, more)
    lacking = tuple(name for name in base.criteria if name not in thresholds)
    if lacking:
        thresholds |= MEMORY.get(
            ("anchor-thresholds", source.content, lacking),
            partial(_thresholds, source.model, lacking, progress, cancel),
        )
    return Scored(
        source.model_id, source.set_name, source.model, source.anchors, base, thresholds,
        source.scores is not None, source.latents,
    )  # fmt: skip


def _by_inversion(
    source: sources.Source,
    criteria: Sequence[str],
    progress: Progress | None,
    cancel: Cancel | None,
) -> Scored:
    """A generator or a diffusion model: all that it can be asked is worked out at once."""
    require_at_once(source.model.card.id, subject.contract_asked(source.model), criteria)
    found = inverted(source, progress=progress, cancel=cancel)
    return Scored(
        source.model_id, source.set_name, source.model, found.asked, found.anchors,
        found.thresholds,
    )  # fmt: skip


def require_at_once(model_id: str, asked: subject.Asked, criteria: Sequence[str]) -> None:
    """Refuse criteria that are not worked out for a model that is asked by inversion.

    Raises:
        InputError: with those that are.
    """
    at_once = subject.AT_ONCE.get(asked)
    for name in criteria:
        if at_once is not None and required(name) not in at_once:
            raise InputError(
                f"{CRITERIA[name].title} is not worked out for {model_id}, which is asked by "
                f"inversion: take one of {', '.join(at_once)}"
            )


def required(name: str) -> str:
    """``name`` where it is a criterion; a clear InputError where it is none."""
    if name not in CRITERIA:
        raise InputError(f"there is no criterion {name!r}: take one of {', '.join(CRITERIA)}")
    return name


def joined(base: AnchorScores, more: AnchorScores) -> AnchorScores:
    """``base`` with the criteria of ``more``, which are of the same anchors."""
    return replace(
        base,
        criteria=(*base.criteria, *more.criteria),
        sides=(*base.sides, *more.sides),
        units=(*base.units, *more.units),
        values=np.concatenate([base.values, more.values], axis=1),
    )


def require_varied(here: Scored, *names: str) -> None:
    """Refuse a criterion that is one number for all anchors: nothing can be grouped by it.

    Raises:
        InputError: it names the criterion and the number.
    """
    for name in names:
        values = values_of(here.scores, name)
        if len(values) > 1 and values.min() == values.max():
            raise InputError(
                f"{CRITERIA[name].title} is {values[0]:.4g} for all {len(values):,} anchors: it "
                "tells none apart, take another criterion"
            )


def _thresholds(
    model: Autoencoder, names: tuple[str, ...], progress: Progress | None, cancel: Cancel | None
) -> dict[str, Threshold]:
    small = max(model.image_shape[1:]) <= SMALL
    return thresholds_of(
        model, names, samples=SAMPLES, iterations=ITERATIONS if small else 1,
        progress=progress, cancel=cancel,
    )  # fmt: skip
