"""Cells and frames of the truth table's HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from genlens.attribution.verdict import Verdict
from genlens.common.measure_rows import Row
from genlens.common.tables import Cell, Table


def row_head(row: Row) -> Cell:
    """What a measure is called, its unit, and what it says."""
    markup = (
        f"{html.escape(row.title)} <small>({html.escape(row.unit)})</small>"
        f'<br><span class="gl-says">{html.escape(row.says)}</span>'
    )
    return Cell(row.title, html=markup)


def column_head(title: str, small: str) -> Cell:
    """A title with its unit below."""
    return Cell(title, html=f"{html.escape(title)}<br><small>{html.escape(small)}</small>")


def marked_cell(text: str, mark: bool) -> Cell:
    """A number with its interval smaller behind it; ``mark`` frames the best."""
    shown = text.replace("-", "−") if text != "-" else "–"
    value, bracket, rest = shown.partition(" (")
    between = (
        f' <small class="gl-between">{html.escape(bracket[1:] + rest)}</small>' if rest else ""
    )
    word = '<span class="gl-hidden"> (best)</span>' if mark else ""
    return Cell(shown, html=html.escape(value) + word + between, css="gl-best" if mark else "")


def scrolled(table: Table, label: str) -> str:
    """``table`` in a frame that scrolls sideways."""
    return (
        f'<div class="gl-scroll" tabindex="0" role="region" aria-label="{html.escape(label)}">'
        f"{table.html()}</div>"
    )


def folded(title: str, content: str) -> str:
    """``content``, which is HTML, behind its ``title``; closed at first."""
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def meanings(columns: Sequence[Row], *, fold: bool = True) -> str:
    """What each column says; without ``fold`` what each verdict says, too."""
    said = [(column.title, column.says) for column in columns]
    if not fold:
        said += [(f"“{verdict.words}”", verdict.says) for verdict in Verdict]
    items = "".join(f"<li><b>{html.escape(t)}</b>: {html.escape(s)}</li>" for t, s in said)
    return folded("What the columns mean", f"<ul>{items}</ul>") if fold else f"<ul>{items}</ul>"
