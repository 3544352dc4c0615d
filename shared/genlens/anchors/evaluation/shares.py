"""Shares of pictures beyond a line that is not known exactly itself, with intervals that say so.

A line is a quantile of other pictures, or a threshold with an interval of its own. To take it for
exact makes intervals too narrow: two of three figures of a fresh seed lay within them, not 95 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.anchors.results import GROUPS, AnchorScores, Grouping, Threshold
from genlens.common.measures import CONFIDENCE, Measure, share
from genlens.common.records import Record

DRAWS = 1_000
"""Lines, and counts of pictures beyond them, that an interval is taken from."""
LEVEL = 0.95
"""The share of known pictures that the line of ``caught`` keeps below it."""
_ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
_Z = 1.96  # standard deviations to either end of a 95 % interval


@dataclass(frozen=True)
class GroupShare(Record):
    """The share of one kind of pictures ("zeros", "other digits") that is in ``group``."""

    group: str
    kind: str
    share: Measure


def caught(values: np.ndarray, unknown: np.ndarray) -> Measure:
    """The share of ``unknown`` (n,) pictures whose value is above that of 95 % of the others."""
    finite = np.isfinite(values)
    known, others = values[~unknown & finite], np.sort(values[unknown & finite])
    limit = np.quantile(known, LEVEL) if len(known) else np.nan
    found = share((others > limit).tolist())
    if len(known) < 2 or not len(others):
        return found
    rng = np.random.default_rng(0)
    limits = np.quantile(rng.choice(known, (DRAWS, len(known))), LEVEL, axis=1)
    beyond = 1 - np.searchsorted(others, limits, side="right") / len(others)
    return _wider(found, rng.binomial(len(others), beyond) / len(others))


def group_shares(
    scores: AnchorScores, grouping: Grouping, kinds: Sequence[tuple[str, np.ndarray]]
) -> tuple[GroupShare, ...]:
    """Of each of ``kinds`` (name, bool rows), the share in each group; the intervals hold what is
    not known of the thresholds."""
    rng = np.random.default_rng(0)
    lines = (grouping.intrinsic, grouping.extrinsic)
    columns = [scores.values[:, scores.criteria.index(line.criterion)] for line in lines]
    drawn = [_lines(line, rng) for line in lines]
    found = []
    for kind, rows in kinds:
        high, low = (
            ~(column[rows][None] < line[:, None])
            for column, line in zip(columns, drawn, strict=True)
        )  # (draws, n) each
        for i, group in enumerate(GROUPS):
            exact = share((grouping.group[rows] == i).tolist())
            inside = ((2 * high + low) == i).mean(axis=1) if rows.any() else np.zeros(DRAWS)
            counted = rng.binomial(max(int(rows.sum()), 1), inside) / max(int(rows.sum()), 1)
            found.append(GroupShare(group, kind, _wider(exact, counted) if rows.any() else exact))
    return tuple(found)


def _lines(line: Threshold, rng: np.random.Generator) -> np.ndarray:
    """(DRAWS,) thresholds that its interval allows: normal on either side of its value."""
    z = rng.standard_normal(DRAWS)
    return line.value + z * np.where(z < 0, line.value - line.low, line.high - line.value) / _Z


def _wider(found: Measure, drawn: np.ndarray) -> Measure:
    """``found`` with an interval that holds 95 % of ``drawn`` as well."""
    low, high = np.quantile(drawn, _ENDS)
    return Measure(
        found.value, min(found.low, float(low)), max(found.high, float(high)), found.n,
        found.left_out,
    )  # fmt: skip
