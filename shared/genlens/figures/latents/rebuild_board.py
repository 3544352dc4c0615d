"""The leaderboard of models in the rebuilding game, as a table."""

from __future__ import annotations

import html
from collections.abc import Sequence

from genlens.common.tables import Cell, Table
from genlens.figures.style import percent
from genlens.latents.rebuild.leaderboard import Line

_HEAD = (
    ("model", ""),
    ("player", ""),
    ("games", "how many"),
    ("won", "share of the games"),
    ("moves", "median a game"),
    ("slider lengths", "median a game"),
    ("time", "median a game, seconds"),
    ("agreement", "median at the end"),
    ("wins at", "agreement"),
    ("sliders", "latents"),
    ("MIG", "0 to 1"),
)
_PLAYERS = {"search": "fixed strategy", "person": "you"}


def rebuild_board(lines: Sequence[Line], *, note: str = "") -> str:
    """The lines as they come, best first; ``note`` says where the numbers are from (escaped here).

    The strategy has no clock: it is given no seconds.
    """
    if not lines:
        return '<div class="gl"><p class="gl-soft">No game was played yet.</p></div>'
    heads = [
        Cell(name, html=f"{name}<br><small>{unit}</small>" if unit else "") for name, unit in _HEAD
    ]
    caption = "Best first: more games won, then fewer moves, then less sliding"
    table = Table(heads, [_row(line) for line in lines], caption=caption)
    said = f'<p class="gl-soft">{html.escape(note)}</p>' if note else ""
    return (
        '<div class="gl"><div class="gl-scroll" tabindex="0">'
        f"{table.html(css='gl-board')}</div>{said}</div>"
    )


def _row(line: Line) -> tuple[str, ...]:
    s = line.standing
    seconds = f"{s.seconds:.0f} s" if s.player == "person" else "–"
    return (
        s.model,
        _PLAYERS.get(s.player, s.player),
        str(s.games),
        percent(s.won),
        f"{s.moves:g}",
        f"{s.distance:.1f}",
        seconds,
        f"{100 * s.agreement:.1f} %",
        f"{100 * line.rules.threshold:g} %",
        str(line.latents),
        "–" if line.mig is None else f"{line.mig:.3f}",
    )
