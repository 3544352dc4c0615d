"""The leaderboard of models: how far their latents can be used to rebuild a picture on purpose.

Each model is played on pictures of its own world by the fixed strategy of ``search``; games
of people stand beside it. Where the independent factors behind the pictures are known, the line
also tells the mutual information gap (``mig``), which asks the same without playing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.errors import InputError, ModelError
from genlens.latents.rebuild.game import Game, new_game
from genlens.latents.rebuild.mig import mutual_information_gap
from genlens.latents.rebuild.rules import RULES, Rules, agreement_of
from genlens.latents.rebuild.search import Standing, evaluate, standing

if TYPE_CHECKING:
    from genlens.study.study import Study

MOST_SLIDERS = 32
"""Latents a game can be played with: one slider each."""
_PAIRS = 200


@dataclass(frozen=True)
class Line(Record):
    """One line: how a player did (``standing``) with ``latents`` sliders under ``rules``.

    ``mig`` in [0, 1] is the model's mutual information gap, None where no factors are known.
    """

    standing: Standing
    latents: int
    rules: Rules
    mig: float | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Line:
        """A line of a stored leaderboard.

        Raises:
            ModelError: something is missing from it.
        """
        try:
            return cls(
                Standing(**values["standing"]),
                int(values["latents"]),
                Rules(**values["rules"]),
                None if values["mig"] is None else float(values["mig"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"a line of the stored leaderboard cannot be read: {error}") from error


def rules_of(study: Study) -> Rules:
    """How the study's pictures are played.

    Digits as in the paper's code (overlap of ink, 75 %, skip after 45 s). All others by its scaled
    error, 90 % and 30 s; but colour pictures of one kind agree by more than that before anybody
    moved anything, and then the threshold is halfway between the median agreement of two different
    pictures of the study and 100 %, in whole per cent.
    """
    if study.model.card.settings.get("data") == "digits":
        return RULES["mnist"]
    rules = RULES["other"]
    rng = np.random.default_rng(0)
    left, right = rng.integers(len(study), size=(2, _PAIRS))
    measure = agreement_of(rules)
    pairs = [measure(study.images[i], study.images[j]) for i, j in zip(left, right, strict=True)]
    halfway = np.ceil(100 * (1 + float(np.median(pairs))) / 2) / 100
    return replace(rules, threshold=float(min(max(rules.threshold, halfway), 0.999)))


def can_be_played(study: Study) -> bool:
    """Whether there is a slider for each of the model's latents."""
    return study.codes.mean.shape[1] <= MOST_SLIDERS


def new_round(study: Study, seed: int = 0) -> Game:
    """A game on the study; the same ``seed`` gives the same target and the same start.

    Raises:
        InputError: more latents than there is room for sliders, or as ``new_game``.
    """
    seed = whole("seed", seed, 0, 2**32 - 1)
    if not can_be_played(study):
        raise InputError(
            f"{study.id} has {study.codes.mean.shape[1]:,} latents, and the game has a slider for "
            f"at most {MOST_SLIDERS}: choose a model with fewer latents"
        )
    try:
        return new_game(study.model, study.codes, rules=rules_of(study), seed=seed)
    except InputError as error:
        raise InputError(
            f"{study.id} cannot be played ({error}): where a model draws much the same picture for "
            "every code, train it longer or choose another one"
        ) from error


def search_line(
    study: Study,
    *,
    games: int = 10,
    seed: int = 0,
    max_moves: int = 60,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Line:
    """The line of the fixed strategy on the study's model.

    Raises:
        InputError: as ``new_round``. Cancelled: ``cancel()`` said so.
    """
    new_round(study, seed)  # refuses too many latents before anything is played
    rules = rules_of(study)
    played = evaluate(
        study.model,
        study.codes,
        rules=rules,
        games=whole("games", games, 1, 200),
        seed=seed,
        max_moves=max_moves,
        progress=progress,
        cancel=cancel,
    )
    return Line(standing(played, "search"), study.codes.mean.shape[1], rules, gap_of(study))


def person_lines(games: Sequence[Game]) -> tuple[Line, ...]:
    """One line for each model that finished ``games`` were played with."""
    by_model: dict[str, list[Game]] = {}
    for game in games:
        by_model.setdefault(game.made_by.model, []).append(game)
    return tuple(
        Line(standing(played, "person"), len(played[0].target), played[0].rules)
        for played in by_model.values()
    )


def ranked(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Best first: more games won, then fewer moves, then less distance."""
    return tuple(
        sorted(lines, key=lambda x: (-x.standing.won, x.standing.moves, x.standing.distance))
    )


def gap_of(study: Study) -> float | None:
    """The model's mutual information gap for the factors its pictures were drawn from, 0 to 1;
    None where they are not known, or where there is only one latent."""
    known = {name: v for name, v in study.factors.items() if len(np.unique(v)) > 1}
    if not known or study.codes.mean.shape[1] < 2:
        return None
    truth = np.stack(list(known.values()), axis=1)
    return mutual_information_gap(study.codes, truth, names=tuple(known)).score
