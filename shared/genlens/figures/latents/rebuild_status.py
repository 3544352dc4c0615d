"""How a rebuilding game stands: agreement as a meter, what happened, and the log of moves."""

from __future__ import annotations

import html

import numpy as np

from genlens.common.tables import Table
from genlens.figures.line_chart import short
from genlens.latents.rebuild.game import Game

SHOWN = 40
"""Moves of the log that are shown, the last ones."""
MEASURES = {
    "overlap": "share of the ink that both pictures have in common",
    "within": "share of the values that nearly agree",
    "error": "100 % less the difference of all pixels, scaled by their brightness",
}
_ACTIONS = {
    "slide": "moved",
    "undo": "took back a move",
    "randomise": "put all sliders anywhere",
    "skip": "gave up",
}


def rebuild_status(game: Game) -> str:
    """Agreement in per cent with a mark where the game is won, and one sentence."""
    now, goal = 100 * game.agreement, 100 * game.rules.threshold
    return (
        f'<div class="gl gl-agree gl-{game.status}"><p class="gl-agree-number"><b>{now:.1f} %</b> '
        f"agreement; {goal:g} % wins</p>"
        f'<div class="gl-agree-track" role="meter" aria-label="Agreement in per cent" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{now:.1f}">'
        f'<span style="width:{min(max(now, 0), 100):.1f}%"></span>'
        f'<i style="left:{goal:.1f}%" aria-hidden="true"></i></div>'
        f'<p class="gl-status" role="status">{html.escape(sentence(game))}</p>'
        f'<p class="gl-soft">Agreement: {MEASURES[game.rules.measure]}.</p></div>'
    )


def sentence(game: Game) -> str:
    """The sentence that the player reads now."""
    moves = game.statistics["slides"]
    took = f"{_count(moves, 'move')} in {game.seconds:.0f} s"
    if game.status == "won":
        return f"Rebuilt! {took}. Press New game for the next picture."
    if game.status == "skipped":
        return f"Skipped at {100 * game.agreement:.1f} % after {took}. Press New game."
    if not game.log:
        return "Move the sliders until your picture is the target. The clock starts with you."
    if game.may_skip:
        return f"{took}. Hard one? You may skip it now."
    left = max(game.rules.skip_after - game.tried, 0.0)
    return f"{took}. You may skip after {left:.0f} s more of trying."


def move_log(game: Game) -> str:
    """The last moves, newest first, and what they add up to."""
    if not game.log:
        return '<div class="gl"><p class="gl-soft">No move was made yet.</p></div>'
    count = game.statistics
    first = max(len(game.log) - SHOWN, 0)
    rows = [
        (
            str(i + 1),
            f"{move.at:.1f}",
            _ACTIONS.get(move.action, move.action) + _what(move.latent, move.latents),
            f"{100 * move.agreement:.1f}",
        )
        for i, move in reversed(list(enumerate(game.log))[first:])
    ]
    table = Table(["no.", "second", "what", "agreement, %"], rows, caption="Newest first")
    return (
        '<div class="gl"><p class="gl-soft">'
        f"{_count(count['slides'], 'move')}, {count['distance']:.1f} slider lengths; "
        f"{count['latent_switches']} times to another slider, {count['direction_switches']} times "
        f"back the other way, {_count(count['undos'], 'undo')}.</p>"
        f'<div class="gl-scroll" tabindex="0">{table.html(css="")}</div></div>'
    )


def _what(latent: int, latents: np.ndarray) -> str:
    return f" z{latent} to {short(float(latents[latent]))}" if latent >= 0 else ""


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
