"""``genlens evaluate inside``: what is said of the model's inside, measured.

::

    found = genlens.prompts.evaluate_inside(quick=True)
    found.layers.only["colour"]      # a share with its interval for each layer
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.models.contracts import TextToImage
from genlens.prompts.evaluation.inside.edits import EditChart, measure_edits
from genlens.prompts.evaluation.inside.features import FeatureChart, measure_features
from genlens.prompts.evaluation.inside.layers import LayerChart, measure_layers
from genlens.prompts.inside.openable import openable
from genlens.prompts.inside.readings import Reader

FULL, QUICK = 24, 1
"""Pairs of prompts for each attribute."""


@dataclass(frozen=True)
class InsideEvaluation(Record):
    """``n`` cases of each kind were asked for; ``quick``: few of them."""

    n: int
    quick: bool
    layers: LayerChart
    edits: EditChart
    features: FeatureChart
    made_by: MadeBy = field(default_factory=MadeBy)


def evaluate_inside(
    n: int | None = None,
    *,
    seed: int = 0,
    quick: bool = False,
    model: TextToImage | str = "emoji-diffusion",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> InsideEvaluation:
    """Measure layers, edits and features of ``model``, one that knows the emoji world.

    Args:
        n: pairs of prompts for each attribute, and words that are edited; None for 24, or 1 if
            ``quick``.
        seed: of the choice of prompts and of all noise.
        progress, cancel: ``cancel`` is asked between pictures.

    Raises:
        InputError: a number out of range.
        ModelError: the model does not show its inside.
    """
    from genlens.zoo.referee import load_referee

    cases = whole("n", (QUICK if quick else FULL) if n is None else n, 1, 2000)
    number = whole("seed", seed, 0, MAX_SEED // 2)
    started = time.perf_counter()
    painter, reader = openable(model), Reader(load_referee())
    layers = measure_layers(painter, reader, cases, number, progress=progress, cancel=cancel)
    edits = measure_edits(painter, reader, cases, number, progress=progress, cancel=cancel)
    features = measure_features(
        painter, reader, cases, number, quick=quick, progress=progress, cancel=cancel
    )
    made = painter.card.made_by(
        painter.device,
        seed=number,
        settings={"steps": painter.card.settings.get("steps")},
        model_calls=layers.pictures + edits.pictures + features.pictures,
        seconds=seconds_since(started),
    )
    return InsideEvaluation(cases, quick, layers, edits, features, made)
