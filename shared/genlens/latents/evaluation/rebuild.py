"""How far a fixed strategy rebuilds pictures with a model's sliders (``rebuild.search``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.common.estimates import jackknife, median
from genlens.common.measures import Measure, share
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.latents.rebuild.game import Game
from genlens.latents.rebuild.leaderboard import gap_of, new_round, rules_of
from genlens.latents.rebuild.search import evaluate
from genlens.models.contracts import Conditional
from genlens.study.study import Study


@dataclass(frozen=True)
class RebuildMeasures(Record):
    """The search strategy with ``latents`` sliders; a game is won at ``threshold`` agreement.

    ``won`` is the share of games; ``moves``, ``distance`` (slider lengths) and ``agreement`` at the
    end are medians over all games. ``mig`` in [0, 1] is the mutual information gap, None where the
    factors behind the pictures are not known.
    """

    model: str
    latents: int
    threshold: float
    won: Measure
    moves: Measure
    distance: Measure
    agreement: Measure
    mig: Measure | None


def measure_rebuild(
    study: Study, games: int = 20, seed: int = 0, cancel: Cancel | None = None
) -> RebuildMeasures:
    """``games`` games on ``study`` (as ``with_own_labels`` gives it). A conditional VAE plays game
    i at label i, among codes of that label, since its sliders do not say which digit it is.

    Raises:
        InputError: too many sliders, or pictures that agree before any move.
        Cancelled: ``cancel()`` said so.
    """
    new_round(study, seed)  # refuses before anything is played
    model, rules = study.model, rules_of(study)
    labels = [int(k) for k in np.unique(study.labels) if k >= 0 and (study.labels == k).sum() > 1]
    played = list[Game]()
    if isinstance(model, Conditional) and labels:
        for i in range(games):
            label = labels[i % len(labels)]
            own, there = study.codes.take(study.labels == label), model.given(label)
            played += evaluate(there, own, rules=rules, games=1, seed=seed + i, cancel=cancel)
    else:
        played += evaluate(model, study.codes, rules=rules, games=games, seed=seed, cancel=cancel)
    counts = [game.statistics for game in played]
    return RebuildMeasures(
        model=study.id,
        latents=study.codes.mean.shape[1],
        threshold=rules.threshold,
        won=share([game.status == "won" for game in played]),
        moves=median([count["slides"] for count in counts]),
        distance=median([count["distance"] for count in counts]),
        agreement=median([game.agreement for game in played]),
        mig=_gap(study),
    )


def _gap(study: Study) -> Measure | None:
    if gap_of(study) is None:
        return None
    found = jackknife(lambda rows: gap_of(study.take(rows)) or 0.0, len(study))
    return found.within(0, 1)
