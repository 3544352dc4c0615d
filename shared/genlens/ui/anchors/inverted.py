"""Models that are asked by inversion: few anchors, and all that is known of them worked out at
once, after its cost was estimated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from genlens.anchors import subject
from genlens.anchors.criteria.readers import AnyModel
from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.thresholds import thresholds_from
from genlens.common.progress import Cancel, Progress
from genlens.models.memory import MEMORY
from genlens.ui.anchors.sources import Source
from genlens.ui.serving.access import access


@dataclass(frozen=True)
class Inverted:
    """``anchors`` scored, and ``drawn`` (n, c, h, w) in [0, 1], pictures of the model's own, scored
    as ``own``: the ``thresholds`` come from them."""

    anchors: AnchorScores
    drawn: np.ndarray
    own: AnchorScores
    thresholds: dict[str, Threshold]


def inverted(
    source: Source, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Inverted:
    """All criteria of the source's anchors and of the model's own pictures.

    Raises:
        InputError: it would take longer than the operator allows; with the sum.
        Cancelled: ``cancel()`` said so.
    """
    run = partial(_worked_out, source, progress, cancel)
    return MEMORY.get(("anchors-inverted", source.content), run)


def _worked_out(source: Source, progress: Progress | None, cancel: Cancel | None) -> Inverted:
    model, known = source.model, _own_key(source.model) in MEMORY
    pictures = len(source.anchors) + (0 if known else subject.DRAWN)
    each = subject.seconds_each(model, source.anchors, cancel)
    subject.require_affordable(model.card.id, pictures, each, access().most_seconds)
    anchors = subject.score_by_inversion(model, source.anchors, progress=progress, cancel=cancel)
    drawn, own = MEMORY.get(_own_key(model), partial(_own, model, progress, cancel))
    return Inverted(anchors, drawn, own, thresholds_from(own, subject.SAMPLES))


def _own(
    model: AnyModel, progress: Progress | None, cancel: Cancel | None
) -> tuple[np.ndarray, AnchorScores]:
    pictures = subject.own_pictures(model, cancel=cancel)
    scores = subject.score_by_inversion(model, pictures, progress=progress, cancel=cancel)
    return pictures.pictures(np.arange(len(pictures))), scores


def _own_key(model: AnyModel) -> tuple[str, ...]:
    card = model.card
    return ("anchors-inverted-own", card.id, card.source, card.revision, str(model.device))
