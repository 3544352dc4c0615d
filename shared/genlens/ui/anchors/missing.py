"""Choices that need a network which is not on this machine: shown, with the command that brings
it."""

from __future__ import annotations

import html

from genlens.anchors.criteria.criteria import CRITERIA


def missing_criteria() -> list[tuple[str, str, str]]:
    """(title, side, command) of the criteria whose network is not here."""
    found: list[tuple[str, str, str]] = []
    for criterion in CRITERIA.values():
        command = criterion.missing()
        if command and "Autoencoder" in criterion.contracts:
            found.append((criterion.title, criterion.side, command))
    return found


def missing_html(rows: list[tuple[str, str, str]]) -> str:
    """The choices as disabled boxes, each with its command; "" for none."""
    if not rows:
        return ""
    items = "".join(
        f'<li><label class="gl-disabled"><input type="checkbox" disabled> {html.escape(title)} '
        f"({html.escape(side)})</label>: not on this machine. On your own machine "
        f"run <code>{html.escape(command)}</code></li>"
        for title, side, command in rows
    )
    return f'<div class="gl"><ul class="gl-missing">{items}</ul></div>'
