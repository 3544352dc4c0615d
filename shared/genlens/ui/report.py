"""One HTML file that needs nothing else: no server, no network. What every page's report has."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any

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


def made_by_table(made_by: Mapping[str, Any]) -> str:
    """What made a result, as an HTML table; everything is escaped."""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(key))}</th>'
        f'<td style="text-align:left;overflow-wrap:anywhere">{html.escape(_text(value))}</td></tr>'
        for key, value in made_by.items()
    )
    return f'<div class="gl-scroll"><table class="gl-table"><tbody>{rows}</tbody></table></div>'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
