"""The evaluation of verdicts as Markdown tables, which read well in a terminal too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measure_rows import (
    Numbers,
    Row,
    branch,
    entries,
    measured,
    part,
    reasons,
    show,
    word,
)
from genlens.common.measures import Measure
from genlens.common.tables import Table

QUICK = (
    "A QUICK LOOK at two classifiers: wide intervals, and not the figures of docs/steering.md. "
    "Leave --quick out for those."
)
_HEADLINE = (
    Row("right verdicts", "", "", measured("right"), "%", 1),
    Row("false alarms: supported, though it does not hold", "", "", measured("false_alarms"), "%"),
    Row("missed: contradicted, though it holds", "", "", measured("missed"), "%"),
    Row("undecided", "", "", measured("undecided"), "%"),
)


def format_table(e: Mapping[str, Any]) -> str:
    """The evaluation as Markdown, from its ``to_dict()``."""
    return "\n\n".join(
        block.markdown(padded=True) if isinstance(block, Table) else block for block in blocks(e)
    )


def blocks(e: Mapping[str, Any]) -> list[Table | str]:
    """Its tables and paragraphs, in order."""
    found: list[Table | str] = [QUICK] if part(e, "quick") else []
    outcomes = entries(e, "outcomes")
    found.append(Table(
        ("verdicts", "share (95 % interval)", "claims"),
        [(row.title, row.shown(e), str(row.value(e).n)) for row in _HEADLINE],
    ))  # fmt: skip
    found.append(headline(e))
    found.append(Table(
        ("classifier", "claim", "holds", "true effect", "counts from", "effect found", "control",
         "verdict"),
        [_line(o) for o in outcomes],
        align="lllrrrrl",
    ))  # fmt: skip
    found.append(Table(
        ("assessors that know nothing", "claims", "supported", "contradicted"),
        [(word(c, "title"), str(measured("supported")(c).n),
          Row("", "", "", measured("supported"), "%").shown(c),
          Row("", "", "", measured("contradicted"), "%").shown(c))
         for c in entries(e, "controls")],
    ))  # fmt: skip
    left_out = list(reasons(Measure.read(part(e, "right"))))
    left_out += [
        f"{word(o, 'classifier')}, {word(o, 'claim')}: meant to hold by its training, and does not"
        for o in outcomes
        if part(o, "planted") and part(o, "holds") is False
    ]
    found.append("\n".join(f"- {line}" for line in left_out))
    accuracy = [v for v in branch(e, "accuracy").values() if isinstance(v, (int, float))]
    made = part(e, "made_by")
    kept = part(made, "settings", "kept")
    before = " without the trainings, which were done before" if kept else ""
    found.append(
        f"{show(part(e, 'n'), '{:,}')} faces a claim; truth by 500 other faces, drawn twice. "
        f"Classifiers are right on {show(min(accuracy, default=None), '%')} to "
        f"{show(max(accuracy, default=None), '%')} of held-out faces that are like their training "
        f"faces. {show(part(made, 'seconds'), '{:,.0f}')} s{before}, seed {part(made, 'seed')}. "
        "Effects are mean sizes of the change of the score (-1 to 1), with 95 % intervals."
    )
    return [block for block in found if block != ""]


def headline(e: Mapping[str, Any]) -> str:
    """Counts in a sentence."""
    told = [o for o in entries(e, "outcomes") if part(o, "holds") is not None]
    right = sum(_right(o) for o in told)
    alarms = sum(word(o, "answer") == "supported" and not part(o, "holds") for o in told)
    return (
        f"**{right} of {len(told)} verdicts are right, with {alarms} false "
        f"alarm{'' if alarms == 1 else 's'}** ({sum(bool(part(o, 'holds')) for o in told)} of the "
        "claims hold)."
    )


def _right(o: Numbers) -> bool:
    return word(o, "answer") == ("supported" if part(o, "holds") else "contradicted")


def _line(o: Numbers) -> list[str]:
    holds = part(o, "holds")
    figure = {
        name: Row("", "", "", measured(name), "{:.2f}").shown(o)
        for name in ("truth", "effect", "control")
    }
    mark = "" if holds is None else " ✓" if _right(o) else " ✗"
    return [
        word(o, "classifier"),
        word(o, "claim"),
        "too near" if holds is None else "yes" if holds else "no",
        figure["truth"],
        show(part(o, "least"), "{:.2f}"),
        figure["effect"],
        figure["control"],
        word(o, "answer") + mark,
    ]
