"""A fixed strategy that plays the rebuilding game, and the leaderboard of models.

The strategy knows what a person knows, the two pictures and the sliders, and moves one slider at a
time; so its number of moves says how far a model's latents can be used one by one. It is no model
of a person: a person's eye guesses which slider is right, the strategy tries them in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.errors import Cancelled, InputError
from genlens.latents.rebuild.game import Game, Rules, error_of, give_up, new_game, slide
from genlens.study.coder import Coder, Codes

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder

SECONDS_A_MOVE = 1.0
"""What the log counts for a move of the strategy."""


@dataclass(frozen=True)
class Standing(Record):
    """One line of the leaderboard: how ``player`` ("search" or "person") did with ``model``.

    ``won`` is the share of games won; ``moves``, ``seconds`` and ``distance`` (slider lengths) are
    medians over all games, a game that was not won counting as it ended; ``agreement`` is the
    median at the end.
    """

    model: str
    player: str
    games: int
    won: float
    moves: float
    seconds: float
    distance: float
    agreement: float


def play(game: Game, model: Autoencoder, *, max_moves: int = 60, positions: int = 11) -> Game:
    """``game`` played to its end by coordinate search.

    In turn each slider is looked at in ``positions`` places and left at the one whose picture has
    the least squared error to the target. The first round looks along the whole slider, further
    ones along a part around the present place, halved whenever a round moved nothing. Every look
    is a decoding; only where the slider is left is a move. Ends when won, or as skipped after
    ``max_moves`` moves or when a round at the finest steps moved nothing.
    """
    coder = Coder(model)
    max_moves = whole("max_moves", max_moves, 1, 100_000)
    positions = whole("positions", positions, 3, 1001)
    reach, moves = 1.0, 0
    while reach > 1e-3 and moves < max_moves and game.status == "playing":
        before = moves
        for j in range(len(game.current)):
            place = _best_place(game, coder, j, reach, positions)
            if abs(place - game.current[j]) < 0.005:  # values are kept to 0.01
                continue
            game = slide(game, model, j, place, at=game.seconds + SECONDS_A_MOVE)
            moves += 1
            if game.status != "playing" or moves >= max_moves:
                break
        if moves == before or reach == 1.0:
            reach /= 2
    return game if game.status == "won" else give_up(game, at=game.seconds)


def evaluate(
    model: Autoencoder,
    codes: Codes | np.ndarray,
    *,
    data: str = "other",
    rules: Rules | None = None,
    games: int = 20,
    seed: int = 0,
    max_moves: int = 60,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[Game, ...]:
    """``games`` games of the strategy on one model; game i has seed ``seed`` + i, so that models
    with the same codes' rows meet the same targets. Raises like ``new_game``, and Cancelled."""
    played: list[Game] = []
    for i in range(whole("games", games, 1, 10_000)):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {i} of {games} games")
        game = new_game(model, codes, data=data, rules=rules, seed=seed + i)
        played.append(play(game, model, max_moves=max_moves))
        if progress is not None:
            progress(i + 1, games, f"Rebuilding: game {i + 1} of {games}")
    return tuple(played)


def standing(games: Sequence[Game], player: str) -> Standing:
    """The line of finished ``games`` of one model.

    Raises:
        InputError: no games, games still being played, or games of several models.
    """
    if not games or any(g.status == "playing" for g in games):
        raise InputError("pass at least one game, all of them finished")
    models = {g.made_by.model for g in games}
    if len(models) > 1:
        raise InputError(f"games of {len(models)} models ({', '.join(sorted(models))}): one a line")
    counts = [g.statistics for g in games]
    return Standing(
        model=models.pop(),
        player=player,
        games=len(games),
        won=float(np.mean([g.status == "won" for g in games])),
        moves=float(np.median([c["slides"] for c in counts])),
        seconds=float(np.median([g.seconds for g in games])),
        distance=float(np.median([c["distance"] for c in counts])),
        agreement=float(np.median([g.agreement for g in games])),
    )


def _best_place(game: Game, coder: Coder, j: int, reach: float, positions: int) -> float:
    span = float(game.high[j] - game.low[j]) * reach
    middle = float(game.current[j])
    if reach >= 1.0:
        places = np.linspace(game.low[j], game.high[j], positions)
    else:
        places = np.linspace(middle - span / 2, middle + span / 2, positions)
    places = np.append(places.clip(game.low[j], game.high[j]), middle).round(2)
    vectors = np.tile(game.current, (len(places), 1))
    vectors[:, j] = places
    errors = [error_of(image, game) for image in coder.decode(vectors)]
    errors[-1] -= 1e-9  # staying wins a tie
    return float(places[int(np.argmin(errors))])
