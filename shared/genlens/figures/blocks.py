"""A measured table with its paragraphs as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from genlens.common.tables import Table

LONG = 12
"""Rows; a longer table opens at a click, so that it does not hide what comes after it."""


def blocks_html(blocks: Sequence[Table | str]) -> str:
    """``blocks`` in order; a paragraph may hold **bold** words, `code` and a list of "- " lines."""
    return "".join(
        _table(block) if isinstance(block, Table) else _paragraph(block) for block in blocks
    )


def _table(table: Table) -> str:
    scrolled = f'<div class="gl-scroll" tabindex="0">{table.html()}</div>'
    if len(table.rows) <= LONG:
        return scrolled
    first = table.headers[0] if table.headers else ""
    kind = html.escape(first if isinstance(first, str) else first.text)
    return f"<details><summary>{len(table.rows)} rows, by {kind}</summary>{scrolled}</details>"


def _paragraph(text: str) -> str:
    lines = text.split("\n")
    safe = [_marked(html.escape(line)) for line in lines]
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{line[2:]}</li>" for line in safe) + "</ul>"
    return f"<p>{' '.join(safe)}</p>"


def _marked(line: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", line)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", bold)
