"""What the scatter tab says: the scatter, a group's representatives, one anchor's card."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from genlens.anchors.groups import why
from genlens.anchors.results import GROUPS
from genlens.figures.anchors.anchor_card import CriterionLine, anchor_card
from genlens.figures.anchors.group_words import GROUP_WORDS, group_title
from genlens.figures.anchors.scatter import scatter_html
from genlens.ui.anchors.seen import PICKED, Seen, title_of
from genlens.ui.anchors.selected import choose_shown, strip_of
from genlens.ui.own_models import note_html

NEIGHBOURS = 6
NOTHING_PICKED = (
    "Nothing is selected yet: drag a box around anchors in the scatter, or choose a group."
)


def drawn(seen: Seen, marked: list[int] | None = None, chosen: int | None = None) -> str:
    """The scatter of what is seen, its representatives numbered and the chosen anchor ringed."""
    own = seen.here.grouping(seen.axes.across, seen.axes.up)
    return scatter_html(
        seen.here.scores,
        seen.grouping,
        seen.axes,
        titles=seen.titles,
        origin={"model": seen.here.model_id, "set": seen.here.set_name},
        usual=(own.intrinsic.value, own.extrinsic.value),
        marked=marked or [],
        chosen=chosen,
    )


def selection(seen: Seen, group: str, k: Any, picked: np.ndarray | None) -> tuple[str, list[int]]:
    """The representatives of a group as HTML, and their rows; fewer than ``k`` where the group is
    smaller."""
    members = seen.members(group, picked)
    if not len(members):
        empty = NOTHING_PICKED if group == PICKED else (
            f"No anchor is in {_title(group)} at these thresholds: move a line, or take another "
            "group."
        )  # fmt: skip
        return note_html(empty), []
    found = choose_shown(seen, members, k, most=True)
    n = len(seen.here.scores)
    share = f"{100 * len(members) / n:.1f} %" if len(members) / n >= 0.001 else "less than 0.1 %"
    words = GROUP_WORDS.get(group)
    means = f" {words.means}" if words else ""
    classes = seen.classes_of(members)
    lead = (
        f"<b>{html.escape(_title(group))}</b>: {len(members):,} of {n:,} anchors ({share})"
        f"{'; mostly class ' + html.escape(classes) if classes else ''}.{html.escape(means)}"
    )
    titled = f"{len(found.rows)} representatives above, what the model makes of them below"
    strip = strip_of(seen, found.rows, title=titled, numbered=True)
    return (
        f'<div class="gl gl-selection" role="status"><p>{lead}</p>{strip}'
        f'<p class="gl-soft">{html.escape(found.selection.guarantee)} {html.escape(found.note)}</p>'
        "</div>",
        found.rows.tolist(),
    )


def card(seen: Seen, row: int) -> str:
    """Everything about one anchor."""
    here = seen.here
    picture, known = here.pictures([row])
    lines = [
        CriterionLine(
            title_of(name),
            float(here.scores.values[row, j]),
            here.scores.units[j],
            seen.grouping.intrinsic.value if name == seen.axes.across
            else seen.grouping.extrinsic.value if name == seen.axes.up
            else here.thresholds[name].value,
            float((here.scores.values[:, j] < here.scores.values[row, j]).mean()),
        )
        for j, name in enumerate(here.scores.criteria)
    ]  # fmt: skip
    shown = anchor_card(
        picture[0] if known[0] else None,
        here.rebuilt([row])[0],
        name=here.name(row),
        group=group_title(int(seen.grouping.group[row])),
        why=why(here.scores, seen.grouping, row),
        lines=lines,
        absent=here.absent,
    )
    return shown + neighbours(seen, row)


def neighbours(seen: Seen, row: int) -> str:
    """The anchors whose codes are nearest."""
    codes = np.asarray(seen.here.scores.codes, np.float32)
    others = seen.here.at_hand(np.delete(np.arange(len(codes)), row))
    if not codes.shape[1] or not len(others):
        return ""
    away = np.square(codes[others] - codes[row]).sum(1)
    rows = others[np.argsort(away, kind="stable")[:NEIGHBOURS]]
    some = "" if len(others) == len(codes) - 1 else ", of those whose pictures are here"
    near = strip_of(seen, rows, title=f"Nearest in latent space{some}", size=48)
    return f'<div class="gl gl-neighbours">{near}</div>'


def _title(group: str) -> str:
    if group in GROUPS:
        return group_title(GROUPS.index(group))
    return "My selection" if group == PICKED else "All anchors"
