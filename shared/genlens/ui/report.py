"""One HTML file that needs nothing else: no server, no network. What every page's report has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from genlens.common.records import MadeBy
from genlens.common.tables import Table
from genlens.figures import style


def report(
    title: str, heading: str, lead: str, sections: Iterable[tuple[str, str]], *, script: str = ""
) -> str:
    """A complete HTML document.

    Args:
        title: of the browser's window; escaped here.
        heading: the first line; like ``lead`` and ``sections`` it is HTML, escaped by the caller.
        lead: the main result, above the sections.
        sections: (heading or "", HTML) one after the other.
        script: runs at the end of the document.
    """
    parts = "".join(
        f'<section class="gl">{f"<h2>{name}</h2>" if name else ""}{part}</section>'
        for name, part in sections
    )
    body = f"<main><header><h1>{heading}</h1></header>{lead}{parts}</main>"
    return style.page(title, body, script=script)


def made_by_table(made: MadeBy) -> str:
    """What made a result, as an HTML table: every entry a row, settings and versions among them."""
    facts = made.to_dict()
    facts |= facts.pop("settings") | facts.pop("versions")
    rows = [[key, _text(value)] for key, value in facts.items()]
    return f'<div class="gl-scroll">{Table((), rows).html(css="gl-table gl-left")}</div>'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
