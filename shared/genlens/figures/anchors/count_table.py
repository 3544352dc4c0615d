"""Anchors by group and class, as a table that a script can keep up to date."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.anchors.results import GROUPS
from genlens.errors import InputError
from genlens.figures.anchors.group_words import GROUP_WORDS


def count_table(counts: np.ndarray, names: Sequence[str], *, choose: bool = False) -> str:
    """Groups in rows, classes in columns, with each group's number and share.

    Args:
        counts: (4, classes + 1), as ``Grouping.counts``: the last column are anchors without class.
        names: the classes; () where there are none.
        choose: with a button in front of each row (``data-group``), for a page.

    Raises:
        InputError: counts and names do not fit.
    """
    cells = np.asarray(counts)
    if cells.shape != (len(GROUPS), len(names) + 1):
        raise InputError(
            f"counts have shape {cells.shape}: {len(names)} classes need (4, {len(names) + 1})"
        )
    known = [*names, "no class"]
    shown = [c for c in range(len(known)) if c < len(names) or (names and cells[:, c].any())]
    heads = "".join(
        f'<th scope="col"><span class="gl-class-key" style="background:{_colour(c, len(names))}">'
        f"</span>{html.escape(known[c])}</th>"
        for c in shown
    )
    total = int(cells.sum())
    body = "".join(_row(g, cells[g], shown, total, choose) for g in range(len(GROUPS)))
    return (
        '<div class="gl-scroll" tabindex="0"><table class="gl-table gl-counts">'
        "<caption>Anchors by group and class</caption>"
        f'<thead><tr><th scope="col">Group</th><th scope="col">Anchors</th><th scope="col">Share'
        f"</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(g: int, counts: np.ndarray, shown: Sequence[int], total: int, choose: bool) -> str:
    words = GROUP_WORDS[GROUPS[g]]
    name = html.escape(words.title)
    key = f'<span class="gl-class-key" style="background:var(--gl-group-{g})"></span>'
    head = f"{key}{name}"
    if choose:
        head = (
            f'<button type="button" class="gl-group-pick" data-group="{g}" '
            f'title="Show the representatives of this group. {html.escape(words.means)}">'
            f"{head}</button>"
        )
    n = int(counts.sum())
    share = f"{100 * n / total:.1f} %" if total else "–"
    cells = "".join(f'<td data-count="{g}-{c}">{int(counts[c]):,}</td>' for c in shown)
    return (
        f'<tr><th scope="row" title="{html.escape(words.means)}">{head}</th>'
        f'<td data-total="{g}">{n:,}</td><td data-share="{g}">{share}</td>{cells}</tr>'
    )


def _colour(index: int, classes: int) -> str:
    return f"var(--gl-class-{index % 12})" if index < classes else "#8A8F98"
