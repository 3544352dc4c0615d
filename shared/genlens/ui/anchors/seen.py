"""What the page shows at this moment: a model's anchors by two criteria, in four groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.results import GROUPS, Grouping, Threshold
from genlens.errors import InputError
from genlens.figures.anchors.group_words import group_title
from genlens.figures.anchors.scatter import Axes, column
from genlens.figures.attribution.facts import plain_number
from genlens.figures.line_chart import short
from genlens.ui.anchors.scored import Scored, require_varied, required, scored

ALL, PICKED = "all", "picked"
_LETTERS = {"kld": "KLD", "mse": "MSE"}  # as the paper has them
GROUP_CHOICES = [
    *((group_title(g), name) for g, name in enumerate(GROUPS)),
    ("all anchors", ALL),
    ("my selection in the scatter", PICKED),
]
"""(label, value) of everything that representatives can be chosen of."""


@dataclass(frozen=True)
class Seen:
    """``here`` by the two criteria of ``axes``: ``axes.across`` is intrinsic, ``axes.up``
    extrinsic. ``moved`` says that a reader moved a threshold."""

    here: Scored
    axes: Axes
    grouping: Grouping
    moved: bool = False

    @property
    def titles(self) -> dict[str, str]:
        """Criterion -> what it is called in few letters, for all that were scored."""
        return {name: brief_of(name) for name in self.here.scores.criteria}

    def members(self, group: str, picked: np.ndarray | None = None) -> np.ndarray:
        """(m,) int64: the rows of a group, of all anchors, or of the visitor's own selection.

        Raises:
            InputError: there is no such group.
        """
        if group in GROUPS:
            return np.flatnonzero(self.grouping.group == GROUPS.index(group))
        n = len(self.here.scores)
        if group == ALL:
            return np.arange(n)
        if group == PICKED:
            rows = np.zeros(0, np.int64) if picked is None else np.asarray(picked, np.int64)
            return rows[(rows >= 0) & (rows < n)]
        known = ", ".join([*GROUPS, ALL, PICKED])
        raise InputError(f"there is no group {group!r}: take one of {known}")

    def caption(self, row: int) -> str:
        """Class and number in one line, the two criteria in the next ones."""
        label = self.here.label(row)
        values = [
            f"{self.titles[name]} {short(float(column(self.here.scores, name)[row]))}"
            for name in (self.axes.across, self.axes.up)
        ]
        head = f"{label} · " if label else ""
        return "\n".join([f"{head}no. {int(self.here.scores.ids[row])}", *values])

    def captions(self, rows: Sequence[int] | np.ndarray) -> list[str]:
        """``caption`` of each."""
        return [self.caption(int(row)) for row in rows]

    def classes_of(self, rows: np.ndarray, most: int = 4) -> str:
        """ "6 (40 %), 2 (31 %)": the commonest classes among ``rows``; "" without any."""
        names, labels = self.here.scores.names, self.here.scores.labels[rows]
        if not names or not len(rows):
            return ""
        counts = np.bincount(np.where(labels < 0, len(names), labels), minlength=len(names) + 1)
        order = [c for c in np.argsort(-counts, kind="stable")[:most] if counts[c]]
        known = [*names, "no class"]
        return ", ".join(f"{known[c]} ({100 * counts[c] / len(rows):.0f} %)" for c in order)


def seen(
    model_id: str,
    set_name: str = "",
    x: str = "kld",
    y: str = "mse",
    tx: float | str | None = None,
    ty: float | str | None = None,
    **hooks: Any,
) -> Seen:
    """What the page's head asks for; ``hooks`` are ``progress`` and ``cancel``.

    Args:
        x, y: an intrinsic and an extrinsic criterion.
        tx, ty: their thresholds, as numbers or as text; None or "" for the model's own.

    Raises:
        InputError: as ``scored``; a criterion of the wrong side, or that is constant.
    """
    for name, side, where in ((x, "intrinsic", "across"), (y, "extrinsic", "up")):
        if CRITERIA[required(name)].side != side:
            fits = ", ".join(n for n, c in CRITERIA.items() if c.side == side)
            raise InputError(
                f"{name} is {CRITERIA[name].side}, and {where} goes an {side} one: take {fits}"
            )
    here = scored(model_id, set_name, (x, y), **hooks)
    require_varied(here, x, y)
    lines = [_given(name, value) for name, value in ((x, tx), (y, ty))]
    moved = any(value is not None for value in lines)
    return Seen(here, Axes(x, y), here.grouping(x, y, *lines), moved)


def title_of(name: str) -> str:
    """What a criterion is called, for readers."""
    return CRITERIA[name].title if name in CRITERIA else name


def brief_of(name: str) -> str:
    """The same in few letters, for axes and captions: "KLD"."""
    return _LETTERS.get(name) or title_of(name)


def threshold_words(found: Threshold) -> str:
    """ "25.4 (24.9 to 26.0)": a threshold with its interval."""
    value, low, high = found.value, found.low, found.high
    if not low < high:
        return plain_number(value)
    return f"{plain_number(value)} ({plain_number(low)} to {plain_number(high)})"


def _given(name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        line = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        line = math.nan
    if not math.isfinite(line):
        raise InputError(f"the threshold of {title_of(name)} is {value!r}: type a number")
    return line
