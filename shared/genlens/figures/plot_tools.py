"""The buttons above a plot; a script of the page makes them work."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """A button: its ``data-<kind>`` is ``value``; ``label`` is on it, ``says`` what it does."""

    kind: str
    value: str
    label: str
    says: str


def toolbar(name: str, tools: Sequence[Tool], *, said: str = "") -> str:
    """``tools`` in a row, called ``name`` for screen readers; ``said`` stands in front of them."""
    buttons = "".join(
        f'<button type="button" class="gl-button" data-{tool.kind}="{html.escape(tool.value)}" '
        f'title="{html.escape(tool.says)}" aria-label="{html.escape(tool.says)}">'
        f"{html.escape(tool.label)}</button>"
        for tool in tools
    )
    front = f"<span>{html.escape(said)}</span>" if said else ""
    return (
        f'<div class="gl gl-map-tools" role="toolbar" aria-label="{html.escape(name)}">{front}'
        f"{buttons}</div>"
    )
