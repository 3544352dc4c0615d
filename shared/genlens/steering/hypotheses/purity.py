"""Does the edit do what it says, and nothing else? Measured on every face by other assessors.

A direction for glasses may also open the mouth, and a smile classifier that never looked at glasses
would seem to react to them. So each face is read by the watched assessors before and after: faces
on which something else moved, or on which the intended thing did not, are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.measures import Measure, share
from genlens.errors import InputError
from genlens.models.contracts import Assessor

PART = 0.25
"""A watched score has moved where it changes by more than this part of its range ..."""
SPREADS = 0.5
"""... or, where its range is not finite, by this many of its standard deviations over faces."""


@dataclass(frozen=True)
class Purity:
    """``kept`` (n,) bool: faces on which the edit did what it says and nothing else; ``left_out``
    the others by reason (each counted once, for its first); ``leaks`` the share of all faces on
    which a watched assessor that should stay has moved."""

    kept: np.ndarray
    left_out: Mapping[str, int]
    leaks: Mapping[str, Measure]


def purity_of(
    watch: Sequence[Assessor],
    scores: Mapping[str, tuple[np.ndarray, np.ndarray]],
    aims: Mapping[str, int],
    n: int,
) -> Purity:
    """Which of ``n`` faces are pure.

    Args:
        watch: the assessors that were asked.
        scores: by name, their scores (n,) before and after.
        aims: what the edit means to change, see ``Edit``; names that are not watched are ignored.
    """
    kept, left_out, leaks = np.ones(n, bool), dict[str, int](), dict[str, Measure]()

    def leave_out(bad: np.ndarray, reason: str) -> None:
        nonlocal kept
        count = int((bad & kept).sum())
        if count:
            left_out[reason] = count
        kept = kept & ~bad

    for assessor in watch:
        before, after = scores[assessor.name]
        change, limit = after - before, tolerance(assessor, before)
        unread = ~np.isfinite(change)
        aim = aims.get(assessor.name)
        if aim == 0:
            continue
        if aim:
            leave_out(
                unread | (aim * change <= limit), f"the edit did not change “{assessor.title}”"
            )
        else:
            moved = unread | (np.abs(change) > limit)
            leaks[assessor.name] = share(moved.tolist())
            leave_out(moved, f"the edit also changed “{assessor.title}”")
    return Purity(kept, left_out, leaks)


def tolerance(assessor: Assessor, scores: np.ndarray) -> float:
    """How much a watched score may change before it counts as moved."""
    low, high = assessor.range
    if np.isfinite(low) and np.isfinite(high):
        return PART * (high - low)
    known = scores[np.isfinite(scores)]
    return SPREADS * float(known.std()) if len(known) else 0.0


def require_told_apart(watch: Sequence[Assessor], assessor: Assessor) -> None:
    """InputError where two watched assessors have one name, or the judged one is watched."""
    names = [each.name for each in watch]
    if len(set(names)) < len(names):
        raise InputError(f"watched assessors share a name: {', '.join(sorted(names))}")
    if assessor.name in names:
        raise InputError(
            f"{assessor.title} is what the claim is about: it cannot be watched to stay as it is"
        )
