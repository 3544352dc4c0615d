"""Hypotheses for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.errors import InputError
from genlens.steering.hypotheses.cases import CASES
from genlens.steering.hypotheses.edits.read import KINDS
from genlens.steering.hypotheses.log import LogEntry, verdict_id
from genlens.ui.jobs import stopped
from genlens.ui.steering import assessors
from genlens.ui.steering.hypotheses.asked import FIRST_N, put_to_test


def api_test_hypothesis(
    edit: str = "glasses",
    assessor: str = "",
    model: str = "",
    claim: str = "",
    expected: float | None = None,
    least: float | None = None,
    n: float = FIRST_N,
    seed: float = 0,
) -> dict[str, Any]:
    """Does a classifier react to something? An edit on n faces, a control, a verdict.

    Args:
        edit: a ready case ("glasses", see /hypothesis_choices) or a line such as
            "property:smile", "redraw:hair_colour=silver", "picture:blur@mouth=0.06",
            "direction:face-glasses=2" or "styles:0-3=17".
        assessor: name of what is judged; the first of the page's list without it.
        model: id of a generator, for directions and styles.
        claim: in words, for the log.
        expected: 1 where the claim is that the score rises, -1 that it falls, 0 for any change;
            the case's own, or 0, without it.
        least: the smallest change that counts, in the assessor's unit; 0.2 standard deviations of
            its scores without it.
        n: faces, 12 to 500.
        seed: of the faces.

    Returns:
        id (permanent), citation, and the verdict: answer, reason, effect and control (value, low,
        high, n, left_out), leaks by watched property, changes of each face, made_by.
    """
    if expected is not None and (isinstance(expected, bool) or expected not in (-1, 0, 1)):
        raise InputError(f"expected is {expected}: take 1 (rises), -1 (falls) or 0 (any change)")
    verdict = put_to_test(
        edit, assessor or assessors.choices()[0][1], model, claim,
        None if expected is None else int(expected), least, n, seed, cancel=stopped,
    )  # fmt: skip
    entry = LogEntry(verdict_id(verdict), verdict)
    return {"citation": entry.cite(), **entry.to_dict()}


def api_hypothesis_choices() -> dict[str, Any]:
    """Which hypotheses are ready to be tested.

    Returns:
        cases (name, claim, edit, what to look for) and kinds of edits.
    """
    cases = [
        {"name": name, "claim": each.claim, "edit": each.edit.title, "learn": each.learn}
        for name, each in CASES.items()
    ]
    return {"cases": cases, "kinds": list(KINDS)}


ENDPOINTS: dict[str, Callable[..., Any]] = {
    "test_hypothesis": api_test_hypothesis,
    "hypothesis_choices": api_hypothesis_choices,
}
"""By their public names."""
