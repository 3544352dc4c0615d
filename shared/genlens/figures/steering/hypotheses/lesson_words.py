"""What the lesson says at its end, in sentences that follow from what was measured."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from genlens.common.measure_rows import Numbers, Row, branch, entries, measured, part, show, word
from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.steering.hypotheses.lesson import PLAIN, PLANTED, TRIED

TITLES = {PLANTED: "the one you saw", PLAIN: "another, trained without the tie"}
EDITS = {
    "mouth": "a smile put on", "glasses": "glasses put on", "hair": "long hair instead of short",
    "skin": "dark skin instead of light",
}  # fmt: skip
MOST = 0.5
"""Maps "point at the mouth" where they do on more than this share of faces."""


def mouth_share(facts: Mapping[str, Any], faces: str = "bare") -> float:
    """On which share of faces and methods the maps point at the mouth."""
    shares = [Measure.read(p.get("at_mouth")).value for p in entries(facts, faces)]
    return sum(shares) / len(shares) if shares else float("nan")


def maps_sentence(facts: Mapping[str, Any]) -> str:
    """Where the maps point on smiling faces without glasses, as was measured."""
    methods = entries(facts, "bare")
    at = [p for p in methods if Measure.read(p.get("at_mouth")).value > MOST]
    if not methods:
        return "Where its maps point was not measured for this copy."
    n = Measure.read(methods[0].get("at_mouth")).n
    if len(at) == len(methods):
        lead = f"All {len(methods)} maps point at the mouth on most of {n} smiling faces"
    elif at:
        names = ", ".join(word(p, "method") for p in at)
        lead = f"{len(at)} of {len(methods)} maps ({names}) point at the mouth on most of {n} faces"
    else:
        lead = f"None of the {len(methods)} maps points at the mouth on most of {n} faces"
    others = [
        f"{word(p, 'method')} mostly at the {word(p, 'part')}" for p in methods if p not in at
    ]
    return f"{'; '.join([lead, ', '.join(others)] if others else [lead])}."


def glasses_sentence(facts: Mapping[str, Any]) -> str:
    """What the maps do where the face does wear glasses: a fair reader asks."""
    methods = entries(facts, "wearing")
    if not methods:
        return ""
    at = [p for p in methods if Measure.read(p.get("at_glasses")).value > MOST]
    weight = _weights(methods)
    names = ", ".join(word(p, "method") for p in at)
    lead = (
        f"On the same faces with glasses on, {names} point at the glasses on most of them"
        if at
        else "Even on the same faces with glasses on, none of the maps points at the glasses on "
        "most of them"
    )
    return (
        f"{lead}; glasses have {min(weight):.0%} to {max(weight):.0%} of a map’s weight. A map of "
        "a face that wears none has nothing to point at, and no map says whether glasses speak for "
        "a smile or only cover something."
    )


def _weights(methods: Sequence[Numbers]) -> list[float]:
    """The share of each map's weight that lies on the glasses."""
    return [Measure.read(p.get("on_glasses")).value for p in methods]


def truth_table(recorded: Mapping[str, Any]) -> str:
    """Both classifiers beside each other: maps and edits, as HTML."""
    names = [name for name in (PLANTED, PLAIN) if name in recorded]
    rows: list[list[str]] = [
        ["right on new faces, of which half wear glasses whether they smile or not",
         *(Row("", "", "", measured("accuracy"), "%").shown(branch(recorded, n)) for n in names)],
        ["maps that point at the mouth, smiling faces without glasses",
         *(show(mouth_share(branch(recorded, n)), "%") for n in names)],
    ]  # fmt: skip
    for case in TRIED:
        cells = [
            f"{Row('', '', '', measured('effects', case), '{:.2f}').shown(branch(recorded, n))}: "
            f"{part(branch(recorded, n), 'answers', case) or '-'}"
            for n in names
        ]
        rows.append([f"change of the score by {EDITS[case]}", *cells])
    heads = ("measured", *(TITLES[n] for n in names))
    return f'<div class="gl-scroll" tabindex="0">{Table(heads, rows).html()}</div>'


def moral(recorded: Mapping[str, Any]) -> str:
    """What a map hid and an edit showed, as far as the figures say so."""
    planted, plain = branch(recorded, PLANTED), branch(recorded, PLAIN)
    alike = abs(mouth_share(planted) - mouth_share(plain))
    answers = [str(part(each, "answers", "glasses")) for each in (planted, plain)]
    lines = [maps_sentence(planted), glasses_sentence(planted)]
    other = _weights(entries(plain, "wearing"))
    if other:
        lines.append(
            f"For the other classifier it is {min(other):.0%} to {max(other):.0%}: who has both "
            "and already suspects the glasses finds a hint."
        )
    if alike < 0.25:
        lines.append(
            "The maps of the two classifiers point at the mouth about as often "
            f"({mouth_share(planted):.0%} and {mouth_share(plain):.0%}): they do not tell you "
            "which of the two you have."
        )
    else:
        lines.append(
            f"The maps of the two classifiers differ: {mouth_share(planted):.0%} of them point at "
            f"the mouth for this one, {mouth_share(plain):.0%} for the other. Without the other to "
            "compare with, nobody would know what that means."
        )
    if answers == ["supported", "contradicted"]:
        lines.append("The edit does: glasses move the score of the one, and not of the other.")
    else:
        lines.append(
            f"The edit with glasses: {answers[0]} for this one, {answers[1]} for the other."
        )
    extra = [
        EDITS[case]
        for case in TRIED
        if case not in ("mouth", "glasses") and part(planted, "answers", case) == "supported"
    ]
    if extra:
        lines.append(
            f"Nobody planted that {' and '.join(extra)} should move it, too, and it does: what a "
            "classifier takes up is not known from what was meant, and has to be measured."
        )
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
