"""The room's figures as Markdown tables, which read well in a terminal too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    "A QUICK LOOK at few faces: wide intervals, and not the figures of docs/steering.md. Leave "
    "--quick out for those."
)
FIGURES = (
    Row("monotone", "% of faces", "the score rises to the end and never turns back",
        measured("monotone"), "%", better=1),
    Row("rise", "score", "from end to end of the measured reach",
        measured("rise"), "{:.2f}", better=1),
    Row("leakage", "SD per SD", "mean size of what it does to the other attributes",
        measured("leakage"), "{:.2f}", better=-1),
    Row("unsigned", "SD per SD", "the same where changes do not cancel over faces",
        measured("unsigned"), "{:.2f}", better=-1),
    Row("less than logistic", "SD per SD", "leakage less the baseline's on the same faces",
        measured("less"), "{:+.2f}", better=-1),
    Row("cosine", "−1 to 1", "with the direction that the attribute truly has in the noise",
        measured("cosine"), "{:.2f}", better=1),
)  # fmt: skip

OVERLAPS = (
    Row("IoU", "", "of the best unit with the part", measured("iou"), better=1),
    Row("IoU of random units", "", "", measured("random")),
    Row("IoU with other pictures’ parts", "", "", measured("shuffled")),
)
SWITCHED = (
    Row("switched off", "points", "", measured("ablate", "change"), "{:+.1f}"),
    Row("random ones off", "points", "", measured("ablate", "control"), "{:+.1f}"),
    Row("switched on", "points", "", measured("insert", "change"), "{:+.1f}"),
    Row("random ones on", "points", "", measured("insert", "control"), "{:+.1f}"),
)


def format_table(e: Mapping[str, Any]) -> str:
    """The evaluation as Markdown, from its ``to_dict()``."""
    return "\n\n".join(
        block.markdown(padded=True) if isinstance(block, Table) else block for block in blocks(e)
    )


def blocks(e: Mapping[str, Any]) -> list[Table | str]:
    """Its tables and paragraphs, in order, for whoever writes them in another form."""
    rows = entries(e, "followed")
    found: list[Table | str] = [QUICK] if part(e, "quick") else []
    if rows:
        found += [aim(e), _methods(rows), controls(e), _attributes(rows)]
    found += [*unit_blocks(branch(e, "units")), *_projections(e), *_foreign(branch(e, "foreign"))]
    found.append("\n".join(f"- {line}" for line in left_out_lines(e)))
    made = part(e, "made_by")
    found.append(
        f"{word(e, 'generator')}, {show(part(e, 'n'), '{:,}')} faces a direction, drift in "
        f"{word(e, 'distance')}; {show(part(made, 'seconds'), '{:.0f}')} s, seed "
        f"{part(made, 'seed')}. In brackets: 95 % intervals over faces, "
        "of one direction found by each method."
    )
    return [block for block in found if block != ""]


def aim(e: Numbers) -> str:
    """Whether enough attributes have a method that is sure and leaks less, in a sentence."""
    good = [str(name) for name in part(e, "reached") or []]
    wanted = part(e, "wanted")
    names = {word(f, "attribute"): word(f, "title") for f in entries(e, "followed")}
    listed = ", ".join(names.get(name, name) for name in good) or "none"
    return (
        f"**Aim**: for at least {wanted} attributes a method that raises the score of 90 % of the "
        f"faces without turning back, and leaks less than logistic regression. Reached for "
        f"{len(good)}: {listed}."
    )


def controls(e: Numbers) -> str:
    """Whether the controls failed, in a sentence."""
    ran = [f for f in entries(e, "followed") if part(f, "control") is True]
    fooled = [str(name) for name in part(e, "fooled") or []]
    if not ran:
        return ""
    if fooled:
        return f"**Controls that passed although they must not**: {'; '.join(fooled)}."
    return (
        f"**Controls**: all {len(ran)} failed, as they must (random directions, dealt-out labels)."
    )


def left_out_lines(e: Numbers) -> list[str]:
    """What was left out, and why, line by line."""
    whole = part(e, "left_out")
    lines = [f"{name}: {why}" for name, why in whole.items()] if isinstance(whole, Mapping) else []
    lines += [f"{name}: {why}" for name, why in branch(e, "units", "left_out").items()]
    for f in entries(e, "followed"):
        lines += [
            f"{word(f, 'title')}, {word(f, 'method')}: {why}"
            for why in reasons(Measure.read(f.get("monotone")))
        ]
    return lines


def _methods(rows: Sequence[Numbers]) -> Table:
    """A line a method, the median over attributes of what is measured of each."""
    lines = []
    for name in dict.fromkeys(word(f, "method") for f in rows):
        own = [f for f in rows if word(f, "method") == name]
        cells = [show(_middle([r.value(f).value for f in own]), r.form) for r in FIGURES]
        good = sum(part(f, "good") is True for f in own)
        lines.append([_named(own[0]), *cells, f"{good} of {len(own)}"])
    heads = [
        "median over attributes",
        *(f"{r.title}, {r.unit}" for r in FIGURES),
        "reaches the aim",
    ]
    return Table(heads, lines, align="l" + "r" * (len(heads) - 1))


def unit_blocks(units: Numbers) -> list[Table | str]:
    """What units stand for, and what they cause."""
    if not units:
        return []
    parts = entries(units, "parts")
    planted, shuffled = (
        Row("", "", "", measured(name), "%").shown(units)
        for name in ("planted", "planted_shuffled")
    )
    said = (
        f"**Units**: planted ones are the best unit for their colour in {planted}; with the "
        f"colours of other pictures in {shuffled} (chance: 6 %)."
    )
    if not parts:
        return [said]
    head = (
        f" In {word(units, 'layer')}, the best unit overlaps its part more than both controls do "
        f"for {word(units, 'told')} of {len(parts)} parts; the 8 best remove it where they are "
        "switched off and draw it where they are switched on, more than 8 random ones do, for "
        f"{word(units, 'caused')}."
    )
    rows = (*OVERLAPS, *SWITCHED)
    heads = ["part", "best unit", *(f"{r.title}{', ' if r.unit else ''}{r.unit}" for r in rows)]
    lines = [[word(p, "part"), word(p, "unit"), *(r.shown(p) for r in rows)] for p in parts]
    note = (
        "IoU on pictures that the unit was not chosen on. Points are percentage points of the "
        "picture (off) or of a square of a quarter of its side (on), on "
        f"{word(units, 'n')} pictures."
    )
    return [said + head, Table(heads, lines, align="lr" + "r" * len(rows)), note]


def _projections(e: Numbers) -> list[Table | str]:
    """How near each way of finding a picture again comes, and what it costs."""
    ways = entries(e, "projections")
    if not ways:
        return []
    kinds = list(branch(ways[0], "errors"))
    rows = [Row(f"error, {kind}", "", "", measured("errors", kind), "{:.3f}") for kind in kinds]
    rows.append(Row("time / one synthesis", "", "", measured("cost"), "{:,.0f}"))
    return [
        "**Finding a picture again**: medians of the root mean squared error of pixels (0 to 1).",
        Table(
            ["way", *(row.title for row in rows)],
            [[word(w, "title"), *(row.shown(w) for row in rows)] for w in ways],
            align="l" + "r" * len(rows),
        ),
    ]


def _foreign(rates: Numbers) -> list[Table | str]:
    """How often each kind of picture is called foreign."""
    kinds = list(branch(rates, "rates"))
    if not kinds:
        return []
    own = part(rates, "own") or []
    called = {k: Row("", "", "", measured("rates", k), "%").shown(rates) for k in kinds}
    error, missed = (
        {k: Row("", "", "", measured(of, k), "{:.3f}").shown(rates) for k in kinds}
        for of in ("errors", "missed")
    )
    lines = [[k, "no" if k in own else "yes", called[k], error[k], missed[k]] for k in kinds]
    return [
        "**Foreign pictures**: called so where the error is above a third of the picture's own "
        "contrast, and above that of the worst picture that the generator drew itself; "
        f"{word(rates, 'n')} pictures of each kind.",
        Table(
            ["kind", "is foreign", "called foreign", "error", "error / contrast"],
            lines,
            align="llrrr",
        ),
    ]


def _attributes(rows: Sequence[Numbers]) -> Table:
    lines = [
        [word(f, "title"), _named(f), *(r.shown(f) for r in FIGURES), word(f, "worst")]
        for f in rows
    ]
    heads = ["attribute", "method", *(f"{r.title}, {r.unit}" for r in FIGURES), "moves most beside"]
    return Table(heads, lines, align="ll" + "r" * len(FIGURES) + "l")


def _named(row: Numbers) -> str:
    return f"{word(row, 'method')}{' (control)' if part(row, 'control') is True else ''}"


def _middle(values: Sequence[float]) -> float:
    known = sorted(v for v in values if v == v)
    return known[len(known) // 2] if known else float("nan")
