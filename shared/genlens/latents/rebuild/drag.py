"""A slider that is dragged sends many values; the log keeps one move a stroke.

Values that follow each other within a second on the same slider and in the same direction are one
stroke: ``drag`` lets the last of them stand in the log, so that undo takes back a whole stroke and
the numbers of slides, turns and distance count what a hand did, not how often a browser reports it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from genlens.common.checks import number, whole
from genlens.errors import InputError
from genlens.latents.rebuild.game import PAUSE, Game, slide

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder

STROKE = 1.0
"""Seconds after which a new value on the same slider is a new move."""
MOST_MOVES = 2000
"""Moves that the log of one game holds."""


def drag(game: Game, model: Autoencoder, latent: int, value: float, *, at: float) -> Game:
    """``slide``, joined with the move before where both belong to one stroke.

    A value equal to the present one (to 0.01) is not a move: ``game`` itself is returned.

    Raises:
        InputError: as for ``slide``, or the log is full.
    """
    j = whole("latent", latent, 0, len(game.current) - 1)
    new = round(min(max(number("value", value, -1e9, 1e9), game.low[j]), game.high[j]), 2)
    if game.status == "playing" and abs(new - float(game.current[j])) < 0.005:
        return game
    if len(game.log) >= MOST_MOVES:
        raise InputError(f"{MOST_MOVES:,} moves are as many as a game takes: start a new one")
    if _same_stroke(game, j, new, at):
        game = replace(game, log=game.log[:-1], past=game.past[:-1], current=game.past[-1])
    return slide(game, model, j, new, at=at)


def _same_stroke(game: Game, j: int, value: float, at: float) -> bool:
    if game.status != "playing" or not game.log or not game.past:
        return False
    last = game.log[-1]
    if last.action != "slide" or last.latent != j or not 0 <= at - last.at <= STROKE:
        return False
    before = game.log[-2].at if len(game.log) > 1 else 0.0
    # Joining must not stretch a gap that counts as trying into one that does not.
    if (at - before < PAUSE) != (last.at - before < PAUSE):
        return False
    start, here = float(game.past[-1][j]), float(last.latents[j])
    return (here - start) * (value - here) > 0
