"""What happens in the rebuilding game: handlers take the session's ``Seat`` and give it back.

The game itself is a value of ``latents.rebuild``; here it meets a clock, sliders and buttons.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np

from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.figures.latents.rebuild_board import rebuild_board
from genlens.figures.latents.rebuild_status import move_log, rebuild_status
from genlens.figures.picture_strip import picture_strip
from genlens.figures.sentences import sentence_case
from genlens.latents.rebuild import game as rebuild
from genlens.latents.rebuild.drag import drag
from genlens.latents.rebuild.game import Game
from genlens.latents.rebuild.leaderboard import MOST_SLIDERS, Line, new_round, person_lines, ranked
from genlens.study.study import Study
from genlens.ui.kit import whole_number
from genlens.ui.latents.rebuild.board import load_board
from genlens.ui.studies import study

MAX_GAME = 2**31 - 1
REMEMBERED = 50
"""Finished games of one visitor that count on the leaderboard."""
Values = dict[str, Any]
"""Name of a component of the tab -> its new value."""
IDLE = (
    '<div class="gl"><p>Press New game: a target picture appears, and your own picture beside it.'
    "</p></div>"
)
_SHIPPED = (
    "The fixed strategy looks at 11 places of one slider at a time and leaves it where the picture "
    "is most like the target; looking at a place does not count as a move. Each model is played on "
    "pictures of its own world, so compare moves rather than agreement."
)


@dataclass(frozen=True)
class Seat:
    """A visitor's game: of ``model`` (the picker's id), game ``number``; ``clock`` is
    time.monotonic() at the first move, 0 before; ``played`` are this visit's finished games."""

    model: str = ""
    number: int = 0
    game: Game | None = None
    clock: float = 0.0
    played: tuple[Game, ...] = ()
    lines: tuple[Line, ...] = ()


def first_seat() -> Seat:
    """Before any game: the stored leaderboard, if there is one."""
    return Seat(lines=load_board())


def number_said(seat: Seat, number: Any) -> str:
    """That the number in the field is not that of the game which is shown, or ""."""
    if seat is None or seat.game is None or number == seat.number:
        return ""
    return (
        f'<div class="gl"><p class="gl-stale" role="status">This is game no. {seat.number}: press '
        "Enter in the field to play the game whose number you typed.</p></div>"
    )


def start(seat: Seat, model: str, number: float) -> Values:
    """A new game: the same number gives the same target and start."""
    return _shown(seated(_seat(seat), model, study(model), game_number(number)))


def game_number(typed: Any) -> int:
    """The number of a game as it was typed.

    Raises:
        InputError: no whole number from 0 to ``MAX_GAME``.
    """
    return whole("the number of the game", whole_number("Game no.", typed), 0, MAX_GAME)


def seated(seat: Seat, model: str, here: Study, number: int) -> Seat:
    """``seat`` with a new game on the study of ``model``; the clock waits for the first move."""
    return replace(seat, model=model, number=number, game=new_round(here, number), clock=0.0)


def following(seat: Seat, model: str, number: float) -> Values:
    """The game with the next number, or the first one where none was played yet."""
    before = game_number(number)
    chosen = min(before + 1, MAX_GAME) if _seat(seat).game is not None else before
    return {"number": chosen, **start(seat, model, chosen)}


def opened(seat: Seat, model: str) -> Values:
    """Another model was chosen: its first game, or why it cannot be played."""
    here = study(model)
    try:
        seated_now = seated(_seat(seat), model, here, 0)
    except InputError as error:  # no toast: who chose the model may not want to play at all
        text = str(error)
        said = f'<div class="gl"><p>{html.escape(sentence_case(text))}.</p></div>'
        left = replace(_seat(seat), model=model, game=None, clock=0.0)
        return {"buttons": gr.update(visible=False), "number": 0, **_shown(left, said)}
    return {"buttons": gr.update(visible=True), "number": 0, **_shown(seated_now)}


def mover(j: int) -> Callable[..., Values]:
    """The handler of slider ``j``."""

    def moved(seat: Seat, model: str, value: float) -> Values:
        game, at = _playing(seat, model), _now(seat)
        if game is None or j >= len(game.current) or value is None:
            return {}
        moved_to = drag(game, study(model).model, j, value, at=at)
        shown = _after(_next(seat, moved_to))
        beyond = not game.low[j] - 0.005 <= value <= game.high[j] + 0.005
        # what was typed beyond an end of the slider goes to that end, and is shown there
        return shown | ({f"z{j}": round(float(moved_to.current[j]), 2)} if beyond else {})

    return moved


def undo(seat: Seat, model: str) -> Values:
    """One move back."""
    game = _required(seat, model)
    return _shown(_next(seat, rebuild.undo(game, study(model).model, at=_now(seat))))


def randomise(seat: Seat, model: str) -> Values:
    """All sliders to random places; the same place in the same game is the same place again."""
    game = _required(seat, model)
    seed = seat.number * 1009 + len(game.log)
    moved = rebuild.randomise(game, study(model).model, at=_now(seat), seed=seed)
    return _shown(_next(seat, moved))


def skip(seat: Seat, model: str) -> Values:
    """Give the target up, where the rules allow it by now."""
    return _after(_next(seat, rebuild.skip(_required(seat, model), at=_now(seat))))


def board(seat: Seat) -> str:
    """The strategy's lines and this visitor's own."""
    return rebuild_board(ranked([*seat.lines, *person_lines(seat.played)]), note=_SHIPPED)


def sliders(game: Game | None) -> Values:
    """An update for each of the page's sliders: place and ends, hidden where there is no latent."""
    updates: Values = {}
    for j in range(MOST_SLIDERS):
        if game is None or j >= len(game.current):
            updates[f"z{j}"] = gr.update(visible=False)
            continue
        low, high, value = (round(float(v[j]), 2) for v in (game.low, game.high, game.current))
        updates[f"z{j}"] = gr.update(
            visible=True, minimum=low, maximum=high, value=value, interactive=True
        )
    return updates


def _shown(seat: Seat, said: str = "") -> Values:
    """Everything, sliders too."""
    return _after(seat, said) | sliders(seat.game)


def _after(seat: Seat, said: str = "") -> Values:
    """What any move changes."""
    game = seat.game
    if game is None:
        off = gr.update(interactive=False)
        empty = {"pictures": said or IDLE, "status": "", "log": "", "board": board(seat)}
        return {"seat": seat, **empty, "undo": off, "randomise": off, "skip": off}
    playing = game.status == "playing"
    return {
        "seat": seat,
        "pictures": pictures(game),
        "status": rebuild_status(game),
        "log": move_log(game),
        "undo": gr.update(interactive=playing and bool(game.past)),
        "randomise": gr.update(interactive=playing),
        "skip": gr.update(interactive=game.may_skip),
    } | ({} if playing else {"board": board(seat)})


def pictures(game: Game) -> str:
    """Target and own picture side by side."""
    pair = picture_strip(
        [game.target_image, game.image],
        ["Target", "Your picture"],
        alts=["Target picture", f"Your picture, {100 * game.agreement:.1f} % like the target"],
        size=150,
    )
    return f'<div class="gl">{pair}</div>'


def _next(seat: Seat, game: Game) -> Seat:
    """The seat after a move; a game that ended joins the played ones, without its pictures."""
    clock = seat.clock or time.monotonic()
    if game.status == "playing" or seat.game is None or seat.game.status != "playing":
        return replace(seat, game=game, clock=clock)
    bare = replace(game, image=np.zeros(0), target_image=np.zeros(0), past=())
    return replace(seat, game=game, clock=clock, played=(*seat.played, bare)[-REMEMBERED:])


def _now(seat: Seat | None) -> float:
    """Seconds since the first move, never before the last one."""
    if seat is None or not seat.clock or seat.game is None:
        return 0.0
    return max(time.monotonic() - seat.clock, seat.game.seconds)


def _playing(seat: Seat | None, model: str) -> Game | None:
    """The game that is being played with ``model``, or None: late slider events are dropped."""
    game = seat.game if seat is not None and seat.model == model else None
    return game if game is not None and game.status == "playing" else None


def _required(seat: Seat | None, model: str) -> Game:
    game = _playing(seat, model)
    if game is None:
        raise InputError("no game is being played: press New game")
    return game


def _seat(seat: Seat | None) -> Seat:
    """A session's state is forgotten after an hour: then it starts afresh."""
    return seat if seat is not None else first_seat()
