"""The truth table as text: Markdown tables that read well in a terminal too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genlens.common.measure_rows import Numbers, Row, branch, entries, part, reasons, show, word
from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.latents.evaluation.methods import COMPARISONS
from genlens.latents.evaluation.rows import (
    CASES,
    COMPARISON_COLUMNS,
    CONCLUSIONS,
    DETAILS,
    REBUILD_COLUMNS,
    TESTS,
)
from genlens.latents.evaluation.summary import is_control, name_of, summary, words_of


def format_table(e: Mapping[str, Any], methods_of: Sequence[str] | None = None) -> str:
    """The evaluation as Markdown, from its ``to_dict()``. ``methods_of`` are the models whose
    methods get a table, None for all."""
    models = {m: branch(n) for m, n in branch(e, "models").items()}
    listed = {m: n for m, n in models.items() if methods_of is None or m in methods_of}
    blocks = [_codes(models) if models else "No model was measured."]
    blocks += [block for m, numbers in listed.items() for block in _methods(m, numbers)]
    blocks.append(_comparisons(listed))
    blocks += _faces(part(e, "faces"))
    blocks.append(_rebuild(models))
    blocks += [f"{name}: {reason}" for name, reason in branch(e, "left_out").items()]
    made = part(e, "made_by")
    blocks.append(
        f"{show(part(e, 'n'), '{:,}')} codes and {show(part(e, 'pictures'), '{}')} explained "
        f"pictures were asked for of each model; {show(part(made, 'seconds'), '{:.0f}')} s, seed "
        f"{part(made, 'seed')}. In brackets: 95 % intervals over pictures, of one training."
    )
    return "\n\n".join(block for block in blocks if block)


def _codes(models: Numbers) -> str:
    counts = [show(part(numbers, "space", "n"), "{:,}") for numbers in models.values()]
    rows = [["pictures", "pictures", *counts]]
    for row in CONCLUSIONS:
        cells = [row.shown(branch(numbers, "space")) for numbers in models.values()]
        if any(cell != "-" for cell in cells):
            rows.append([row.title, row.unit, *cells])
    return _table(["what the codes are worth", "unit", *models], rows)


def _methods(model: str, numbers: Numbers) -> Iterator[str]:
    """The summary, the table, and what was left out of it."""
    methods = entries(numbers, "methods")
    if not methods:
        return
    columns = (CASES, *TESTS, *DETAILS)
    rows = [
        [
            f"{'(control) ' if is_control(m) else ''}{name_of(m)}",
            words_of(m),
            *(column.shown(m) for column in columns),
        ]
        for m in methods
    ]
    some = " (fewer samples)" if part(numbers, "light") else ""
    yield f"**{model}**: {summary(methods)}"
    heads = [f"methods on {model}{some}", "verdict", *(column.title for column in columns)]
    yield _table(heads, rows)
    yield "\n".join(f"- {line}" for line in left_out_lines(numbers))


def left_out_lines(numbers: Numbers) -> list[str]:
    """What was not measured on one model, and what its figures leave out, with the reasons."""
    lines = [f"{what}: {why}" for what, why in branch(numbers, "left_out").items()]
    for m in entries(numbers, "methods"):
        found = {
            reason: column.title
            for column in (*DETAILS, *TESTS)
            for reason in reasons(column.value(m))
        }
        lines += [f"{name_of(m)}, {title}: {reason}" for reason, title in found.items()]
    return lines


def _comparisons(models: Numbers) -> str:
    """S3's tables, where at least two of their methods were measured."""
    rows = []
    for model, numbers in models.items():
        for title, kind, names in COMPARISONS:
            by_name = {
                word(m, "method"): m
                for m in entries(numbers, "methods")
                if word(m, "kind") == kind and word(m, "method") in names
            }
            if len(by_name) > 1:
                rows += [
                    [word(m, "title"), title, model, *_cells(m, COMPARISON_COLUMNS)]
                    for m in by_name.values()
                ]
    heads = ["the source's comparisons", "of", "model", *(c.title for c in COMPARISON_COLUMNS)]
    return _table(heads, rows)


def _cells(m: Numbers, columns: Sequence[Row]) -> list[str]:
    return [column.shown(m) for column in columns]


def place(title: str, what: str) -> Row:
    """A column of the faces' table."""
    return Row(title, "%", "", lambda score: Measure.read(part(score, what)), "%", 1)


def _faces(faces: object) -> Iterator[str]:
    parts = entries(faces, "parts")
    scores = [{word(s, "method"): s for s in entries(p, "scores")} for p in parts]
    names = list(dict.fromkeys(name for found in scores for name in found))
    what = {"pointing": "points at it", "mass": "mass on it"}
    rows = [
        [
            next(word(found[name], "title") for found in scores if name in found),
            *(place("", key).shown(found.get(name, {})) for found in scores for key in what),
        ]
        for name in names
    ]
    rows.append(["chance", *(place("", f"{key}_chance").shown(p) for p in parts for key in what)])
    heads = [f"{word(p, 'part')}: {words}" for p in parts for words in what.values()]
    if parts:
        yield _table([f"maps on {part(faces, 'model')}", *heads], rows)
    for p in parts:
        yield f"**{word(p, 'part')}**: {part_words(p)}"
    for name, reason in branch(faces, "left_out").items():
        yield f"{name}: {reason}"


def part_words(p: Numbers) -> str:
    """How the faces of one part were chosen, and how much the explained number is about it."""
    effect = Row("", "", "", lambda n: Measure.read(part(n, "effect")), "{:.1f}").shown(p)
    right = place("", "accuracy").shown(p)
    reasons = "; ".join(f"{count}: {why}" for why, count in branch(p, "left_out").items())
    out = f" ({reasons})" if reasons else ""
    kept = f"{word(p, 'kept')} of {word(p, 'having')} faces that have it could be used"
    rival = word(p, "rival").replace("_", " ")
    return (
        f"{word(p, 'faces')} faces of {word(p, 'draws')} draws. {kept}{out}. "
        f"Drawing it moves the explained number by {effect} standard deviations and tells faces "
        f"with it from faces without in {right} of cases (50 % by chance); {rival} moves it by "
        f"{show(p.get('rival_effect'), '{:.2f}')} of that."
    )


def _rebuild(models: Numbers) -> str:
    rows = [
        [
            model,
            show(part(numbers, "rebuild", "won", "n"), "{}"),
            show(part(numbers, "rebuild", "latents"), "{}"),
            show(part(numbers, "rebuild", "threshold"), "%"),
            *_cells(branch(numbers, "rebuild"), REBUILD_COLUMNS),
        ]
        for model, numbers in models.items()
        if branch(numbers, "rebuild")
    ]
    heads = ["rebuilt by the search strategy", "games", "sliders", "won from"]
    return _table([*heads, *(c.title for c in REBUILD_COLUMNS)], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = Table(head, rows, align="l" + "r" * (len(head) - 1))
    return table.markdown(padded=True) if rows else ""
