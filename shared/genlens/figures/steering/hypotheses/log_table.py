"""The log of hypotheses as a table."""

from __future__ import annotations

from collections.abc import Sequence

from genlens.common.tables import Cell, Table
from genlens.figures.steering.hypotheses.effect_chart import words_of
from genlens.figures.steering.hypotheses.verdict_card import MARKS
from genlens.steering.hypotheses.log import LogEntry

_EMPTY = (
    '<div class="gl"><p class="gl-note">Nothing is kept yet. Put a claim to the test, then press '
    "“Keep in the log”.</p></div>"
)


def log_table(entries: Sequence[LogEntry]) -> str:
    """The newest first; a sentence where there are none."""
    if not entries:
        return _EMPTY
    rows: list[list[str | Cell]] = [
        [
            entry.verdict.hypothesis.claim,
            Cell(f"{entry.verdict.answer} {MARKS[entry.verdict.answer]}"),
            entry.verdict.hypothesis.edit,
            entry.verdict.hypothesis.assessor,
            words_of(entry.verdict.effect),
            words_of(entry.verdict.control),
            entry.id,
        ]
        for entry in reversed(entries)
    ]
    heads = ("claim", "verdict", "edit", "classifier", "effect", "control", "id")
    return (
        '<div class="gl"><div class="gl-scroll" tabindex="0">'
        f"{Table(heads, rows, align='lllllll').html(css='gl-table gl-left')}</div></div>"
    )
