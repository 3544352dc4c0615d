"""The rule that turns numbers into a verdict.

    Supported where the whole 95 % interval of the effect lies above the least effect that counts
    and above that of the control edits; contradicted where the whole interval lies below the least
    effect that counts; otherwise undecided.

The first half is a superiority test against ``least`` and not against 0, since with enough faces
every classifier reacts a little to everything. The second is an equivalence test (Schuirmann 1987,
J. Pharmacokinet. Biopharm. 15, 657-680): finding nothing does not show that nothing is there.

Sizes of changes are skewed (most faces change a little, few a lot), and so is the interval of their
mean: see ``skewed_mean``. Each verdict stands for itself; of many claims some are supported by
chance (``MANY``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from genlens.common.estimates import skewed_mean
from genlens.common.measures import Measure
from genlens.steering.results import Answer

RULE = (
    "Supported: the whole 95 % interval of the effect lies above the least effect that counts and "
    "above the control’s interval. Contradicted: the whole interval lies below the least effect "
    "that counts. Otherwise undecided."
)
MANY = (
    "Each verdict has its own 5 % of error. Of claims whose effect is just the least that counts, "
    "about one in forty is supported by chance and one in forty contradicted: whoever tries twenty "
    "claims and tells of the one that was supported should put that one to the test again, with "
    "another seed."
)
LEAST_FACES = 12
"""Faces below which nothing is decided, whatever they show."""


def claimed(changes: np.ndarray, expected: int) -> np.ndarray:
    """``changes`` (n,) counted in the direction that is claimed: their sizes for a claim of any
    change (``expected`` 0), so that changes up on some faces and down on others do not cancel."""
    return np.abs(changes) if expected == 0 else expected * changes


def decide(
    changes: np.ndarray,
    control: np.ndarray,
    expected: int,
    least: float,
    unit: str,
    left_out: Mapping[str, int] | None = None,
) -> tuple[Answer, str]:
    """The verdict on ``changes`` (n,) of the score under the edit and under the ``control`` (n,),
    and the reason in one sentence. ``least`` is above 0; ``left_out`` counts other faces by
    reason.
    """
    effect, sham = (skewed_mean(claimed(each, expected).tolist()) for each in (changes, control))
    if len(changes) < LEAST_FACES:
        return "undecided", (
            f"only {len(changes)} of {len(changes) + sum((left_out or {}).values())} faces are "
            f"left to judge by, and it takes {LEAST_FACES}: ask for more faces, or for an edit "
            "that does more of what it is meant to and less of anything else"
        )
    numbers = f"{effect.value:.3g} ({effect.low:.3g} to {effect.high:.3g})"
    counted = f"the score ({unit})" if unit else "the score"
    what = f"{counted} {({0: 'changes', 1: 'rises', -1: 'falls'})[expected]} by"
    if effect.high < least:
        return "contradicted", f"{what} {numbers}, wholly below the {least:.3g} that would count"
    if effect.low <= least:
        return "undecided", (
            f"{what} {numbers}, and the {least:.3g} that would count lies inside: "
            f"take more faces ({_enough(claimed(changes, expected), least)})"
        )
    if effect.low <= sham.high:
        return "undecided", (
            f"{what} {numbers}, but edits that have nothing to do with the claim do about as much: "
            f"{_ends(sham)}"
        )
    return "supported", (
        f"{what} {numbers}: more than the {least:.3g} that would count, and more than edits that "
        f"have nothing to do with the claim do ({_ends(sham)})"
    )


def _ends(measure: Measure) -> str:
    return f"{measure.value:.3g}, {measure.low:.3g} to {measure.high:.3g}"


def _enough(values: np.ndarray, least: float) -> str:
    """About how many faces would bring ``least`` outside the interval, if the mean stays."""
    gap = abs(float(values.mean()) - least)
    if gap < 1e-9:
        return "the effect is as large as what would count: no number of faces will decide"
    faces = math.ceil((2 * float(values.std(ddof=1)) / gap) ** 2)
    return f"about {max(faces, len(values) + 1):,} would decide it, if the mean stays"
