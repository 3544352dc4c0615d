"""A verdict in full: claim, answer, reason, intervals, what else the edit changed, the faces."""

from __future__ import annotations

import html

from genlens.figures.sentences import sentence_case
from genlens.figures.steering.hypotheses.effect_chart import effect_chart
from genlens.figures.steering.hypotheses.face_pairs import face_pairs
from genlens.figures.style import percent
from genlens.steering.hypotheses.log import verdict_id
from genlens.steering.results import Verdict

MARKS = {"supported": "✓", "contradicted": "✗", "undecided": "?"}
WORTH_SAYING = 0.1
"""Leaks from this share of faces on are named; all are in the file."""


def verdict_card(verdict: Verdict, *, pictures: bool = True) -> str:
    """The verdict as HTML."""
    return (
        f'<div class="gl gl-verdict-card">{verdict_head(verdict)}{effect_chart(verdict)}'
        f"{purity_words(verdict)}{face_pairs(verdict) if pictures else ''}"
        f'<p class="gl-soft">To cite it: <code>{verdict_id(verdict)}</code>. The same claim, edit, '
        "classifier, seed and number of faces give the same id.</p></div>"
    )


def verdict_head(verdict: Verdict) -> str:
    """Claim, answer and reason."""
    answer = verdict.answer
    reason = sentence_case(verdict.reason)
    return (
        f"<h3>“{html.escape(verdict.hypothesis.claim)}”</h3>"
        f'<p class="gl-answer gl-answer-{answer}"><b>{answer.capitalize()} {MARKS[answer]}</b></p>'
        f"<p>{html.escape(reason)}.</p>"
    )


def purity_words(verdict: Verdict) -> str:
    """Whether the edit changed anything else, and which faces were left out for it."""
    made = verdict.made_by.settings
    lines = []
    if verdict.effect.left_out:
        counts = "; ".join(f"{n}: {why}" for why, n in verdict.effect.left_out.items())
        lines.append(f"Faces left out, of {made.get('n', '?')}: {counts}.")
    leaks = {name: share for name, share in verdict.leaks.items() if share.value >= WORTH_SAYING}
    if leaks:
        named = ", ".join(f"{name} on {percent(share.value)}" for name, share in leaks.items())
        lines.append(
            f"This edit is not pure: it also changed {named} of the faces. These faces do not "
            "count in the effect, but smaller changes may be left in it."
        )
    elif made.get("exact"):
        lines.append("This edit is exact: outside of what it is about, no pixel changed.")
    elif verdict.leaks:
        lines.append(
            f"None of the {len(verdict.leaks)} watched properties moved on more than "
            f"{percent(WORTH_SAYING)} of the faces."
        )
    else:
        lines.append(
            "What else this edit changes was not measured: no other property was watched. Look at "
            "the pictures before you believe it."
        )
    kind = "gl-warn" if leaks or not (verdict.leaks or made.get("exact")) else ""
    return "".join(f'<p class="gl-note {kind}">{html.escape(line)}</p>' for line in lines)
