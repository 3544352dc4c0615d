"""Models that are asked by inversion: few anchors, and all that is known of them worked out at
once, after its cost was estimated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from genlens.anchors import subject
from genlens.anchors.criteria.readers import AnyModel
from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.own import array
from genlens.anchors.thresholds import thresholds_from
from genlens.common.progress import Cancel, Progress
from genlens.models.memory import MEMORY
from genlens.ui.anchors.sources import Source, seconds_allowed

LEAST = 12
"""Anchors below which nothing can be seen in a scatter."""


@dataclass(frozen=True)
class Inverted:
    """``anchors`` scored, those of the set ``asked`` (fewer than the source's where this machine is
    too slow for all), and ``drawn`` (n, c, h, w) in [0, 1], pictures of the model's own, scored as
    ``own``: the ``thresholds`` come from them."""

    asked: AnchorSet
    anchors: AnchorScores
    drawn: np.ndarray
    own: AnchorScores
    thresholds: dict[str, Threshold]


def inverted(
    source: Source, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Inverted:
    """All criteria of the source's anchors and of the model's own pictures.

    Raises:
        InputError: even with ``LEAST`` anchors it would take longer than the operator allows; with
            the sum.
        Cancelled: ``cancel()`` said so.
    """
    run = partial(_worked_out, source, progress, cancel)
    return MEMORY.get(("anchors-inverted", source.content), run)


def _worked_out(source: Source, progress: Progress | None, cancel: Cancel | None) -> Inverted:
    model, known = source.model, _own_key(source.model) in MEMORY
    own_pictures = 0 if known else subject.DRAWN
    each = subject.seconds_each(model, source.anchors, cancel)
    allowed = seconds_allowed(source.most_seconds)
    asked = as_many_as_fit(source.anchors, allowed / each - own_pictures, allowed)
    subject.require_affordable(model.card.id, len(asked) + own_pictures, each, allowed)
    anchors = subject.score_by_inversion(model, asked, progress=progress, cancel=cancel)
    drawn, own = MEMORY.get(_own_key(model), partial(_own, model, progress, cancel))
    return Inverted(asked, anchors, drawn, own, thresholds_from(own, subject.SAMPLES))


def as_many_as_fit(anchors: AnchorSet, fitting: float, allowed: float) -> AnchorSet:
    """``anchors``, or so many of them, evenly spread, as can be asked in ``allowed`` seconds; its
    title says so. All of them where not even ``LEAST`` fit: that is refused with the whole sum."""
    if fitting >= len(anchors) or fitting < LEAST:
        return anchors
    rows = np.linspace(0, len(anchors) - 1, int(fitting)).astype(np.int64)
    title = f"{anchors.title}, {len(rows)} of them: more would take over {allowed:,.0f} s here"
    return array(
        anchors.pictures(rows), anchors.labels[rows], anchors.names, anchors.ids[rows], title
    )


def _own(
    model: AnyModel, progress: Progress | None, cancel: Cancel | None
) -> tuple[np.ndarray, AnchorScores]:
    pictures = subject.own_pictures(model, cancel=cancel)
    scores = subject.score_by_inversion(model, pictures, progress=progress, cancel=cancel)
    return pictures.pictures(np.arange(len(pictures))), scores


def _own_key(model: AnyModel) -> tuple[str, ...]:
    card = model.card
    return ("anchors-inverted-own", card.id, card.source, card.revision, str(model.device))
