"""The measured truth table as HTML: what codes and explanations are worth, with units and words.

Drawn from the stored dictionary of ``latents.evaluation`` (``zoo/cards/latents.json``); nothing is
measured here. The verdicts stand first; all else is folded.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genlens.common.measure_rows import Row, best, branch, entries, part, show, word
from genlens.common.tables import Cell, Table
from genlens.figures.latents.truth_cells import (
    column_head,
    folded,
    marked_cell,
    meanings,
    row_head,
    scrolled,
)
from genlens.latents.evaluation.methods import COMPARISONS
from genlens.latents.evaluation.rows import (
    CASES,
    COMPARISON_COLUMNS,
    CONCLUSIONS,
    DETAILS,
    REBUILD_COLUMNS,
    TESTS,
)
from genlens.latents.evaluation.summary import (
    KINDS,
    cases_of,
    failed,
    is_control,
    summary,
    verdict_of,
    words_of,
)
from genlens.latents.evaluation.table import left_out_lines, part_words, place

Numbers = Mapping[str, Any]
CONTROLS = ("edges", "difference")
"""Rows of the faces' table that are not methods: what a blind map gets, and the best possible."""
_CLAIMS = (
    "The source slides compare these methods in words (“fast”, “consistent”, “varies between "
    "runs”). Here is what was measured of each."
)


def truth_table(numbers: Numbers, model: str = "", *, note: str = "") -> str:
    """The verdicts on ``model``; folded below them everything else, of all models.

    Args:
        numbers: ``LatentEvaluation.to_dict()``; what is missing from it is shown as not measured.
        model: whose explanations are shown; "" takes the first that was measured.
        note: a badge beside the first sentence ("measured now"). Escaped here.
    """
    models = {m: branch(n) for m, n in branch(numbers, "models").items()}
    chosen = model if model in models else next(iter(models), "")
    blocks = [_lead(numbers, note)]
    if model and model not in models:
        why = part(numbers, "left_out", model) or "it was not among the models measured"
        blocks.append(f'<p class="gl-note gl-warn">{_safe(model)}: {_safe(why)}.</p>')
    if models:
        blocks += _verdicts(chosen, models[chosen])
        blocks += _comparisons(models[chosen])
        blocks.append(folded("What the codes are worth, all models", codes_table(models)))
    faces = branch(numbers, "faces")
    if faces:
        title = "Do maps lie on the part of a face that decides?"
        blocks.append(folded(title, faces_table(faces)))
    if any(branch(m, "rebuild") for m in models.values()):
        title = "Pictures rebuilt by sliders, all models"
        blocks.append(folded(title, rebuild_table(models)))
    blocks.append(_left_out(numbers, models.get(chosen) or {}))
    return f'<div class="gl gl-truth">{"".join(blocks)}</div>'


def codes_table(models: Numbers) -> str:
    """What the codes of each model are worth: a row a measure, a column a model. Among rivals (the
    same by codes and by pixels, one map and another) the best of a model is marked."""
    spaces = [branch(numbers, "space") for numbers in models.values()]
    rows = [row for row in CONCLUSIONS if any(row.value(space).n for space in spaces)]
    marked = set()
    for column, space in enumerate(spaces):
        for group in {row.group for row in rows if row.group}:
            rivals = [i for i, row in enumerate(rows) if row.group == group]
            values = [rows[i].value(space) for i in rivals]
            marked |= {(rivals[k], column) for k in best(values, rows[rivals[0]].better)}
    caption = (
        "What a model’s codes know of classes, and how far a flat map shows it. In brackets: 95 % "
        "intervals. Framed: the better of codes and pixels, of within and between classes, and the "
        "best of the maps, where the interval tells it from the next."
    )
    heads: list[str | Cell] = [
        "measure",
        *(
            column_head(model, f"{show(part(space, 'n'), '{:,}')} pictures")
            for model, space in zip(models, spaces, strict=True)
        ),
    ]
    body = [
        [
            row_head(row),
            *(marked_cell(row.shown(s), (i, k) in marked) for k, s in enumerate(spaces)),
        ]
        for i, row in enumerate(rows)
    ]
    return scrolled(Table(heads, body, caption=caption), "Measures of the codes")


def methods_table(
    methods: Sequence[Numbers], columns: Sequence[Row], caption: str, *, cases: bool = True
) -> str:
    """Methods as rows, each with its verdict; in each column the best of the reliable ones is
    marked. Controls, which are no explanations, stand below the methods."""
    rows = sorted(methods, key=is_control)
    trusted = [i for i, m in enumerate(rows) if part(m, "reliable") is True and not is_control(m)]
    marked = set()
    for k, column in enumerate(columns):
        leading = best([column.value(rows[i]) for i in trusted], column.better)
        marked |= {(trusted[i], k) for i in leading}
    body = [
        [
            _name(m),
            _verdict_cell(m),
            *(marked_cell(column.shown(m), (i, k) in marked) for k, column in enumerate(columns)),
            *([CASES.shown(m)] if cases else []),
        ]
        for i, m in enumerate(rows)
    ]
    css = {
        i: "gl-control" if is_control(m) else "gl-unreliable"
        for i, m in enumerate(rows)
        if is_control(m) or failed(m)
    }
    heads: list[str | Cell] = [
        "method",
        Cell("verdict", css="gl-left-cell"),
        *(column_head(c.title, c.unit) for c in columns),
        *([column_head(CASES.title, CASES.unit)] if cases else []),
    ]
    return scrolled(Table(heads, body, caption=caption, row_css=css), caption)


def faces_table(faces: Numbers) -> str:
    """Where maps lie on cartoon faces whose deciding part is known: per part the share of faces
    whose largest value is on it, and the share of the map's mass on it."""
    parts = entries(faces, "parts")
    missing = _listed(f"{name}: {why}" for name, why in branch(faces, "left_out").items())
    if not parts:
        return missing
    scores = [{word(s, "method"): s for s in entries(p, "scores")} for p in parts]
    names = list(dict.fromkeys(name for found in scores for name in found))
    names = [n for n in names if n not in CONTROLS] + [n for n in names if n in CONTROLS]
    columns = [(i, place("", key)) for i in range(len(parts)) for key in ("pointing", "mass")]
    rows: list[list[str | Cell]] = []
    for name in names:
        cells: list[str | Cell] = []
        for i, column in columns:
            rivals = [n for n in scores[i] if n not in CONTROLS]
            leading = best([column.value(scores[i][n]) for n in rivals], 1)
            top = {rivals[k] for k in leading}
            cells.append(marked_cell(column.shown(scores[i].get(name, {})), name in top))
        rows.append([next(word(s[name], "title") for s in scores if name in s), *cells])
    chance = [place("", f"{key}_chance").shown(p) for p in parts for key in ("pointing", "mass")]
    rows.append(["chance", *(marked_cell(cell, False) for cell in chance)])
    soft = {i: "gl-control" for i, n in enumerate([*names, "chance"]) if n in (*CONTROLS, "chance")}
    heads = [
        column_head(word(p, "part"), what)
        for p in parts
        for what in ("points at it, % of faces", "mass on it, % of the map")
    ]
    caption = (
        f"Maps of {part(faces, 'model')} on faces on which one known part moves the number that is "
        "explained. More is better; the best method is framed where its interval tells it from the "
        "next. In brackets: 95 % intervals over draws of faces."
    )
    said = "".join(
        f"<li><b>{_safe(word(p, 'part'))}</b>: {_safe(part_words(p))}</li>" for p in parts
    )
    table = Table(["method", *heads], rows, caption=caption, row_css=soft)
    return f"{scrolled(table, 'Where maps lie on faces')}<ul>{said}</ul>{missing}"


def rebuild_table(models: Numbers) -> str:
    """How far a fixed strategy rebuilt pictures with the sliders of each model."""
    played = {m: n["rebuild"] for m, n in models.items() if branch(n, "rebuild")}
    body: list[list[str | Cell]] = [
        [
            model,
            show(part(n, "won", "n"), "{}"),
            show(part(n, "latents"), "{}"),
            show(part(n, "threshold"), "%"),
            *(marked_cell(column.shown(n), False) for column in REBUILD_COLUMNS),
        ]
        for model, n in played.items()
    ]
    heads: list[str | Cell] = [
        "model",
        "games",
        "sliders",
        column_head("won from", "agreement"),
        *(column_head(c.title, c.unit) for c in REBUILD_COLUMNS),
    ]
    caption = "A fixed strategy plays the game of the tab “Rebuild” (95 % intervals in brackets)"
    return scrolled(Table(heads, body, caption=caption), caption) + meanings(REBUILD_COLUMNS)


def _verdicts(model: str, score: Numbers) -> Iterator[str]:
    methods = entries(score, "methods")
    yield f"<h3>Which explanations of {_safe(model)} to rely on</h3>"
    if not methods:
        yield '<p class="gl-note">No method was measured on this model.</p>'
        return
    yield f"<p>{_safe(summary(methods))}</p>"
    details = []
    for kind, words in KINDS.items():
        own = [m for m in methods if word(m, "kind") == kind]
        if own:
            caption = f"Methods that say {words}, on {cases_of(own)} inputs"
            yield methods_table(own, TESTS, caption)
            details.append(
                methods_table(own, DETAILS, f"{caption}: cost and agreement", cases=False)
            )
    yield folded("What the columns and the verdicts mean", meanings((*TESTS, CASES), fold=False))
    fewer = (
        '<p class="gl-soft">Methods that draw samples had fewer of them here than their '
        "defaults, to keep the measurement short.</p>"
        if part(score, "light")
        else ""
    )
    more = "".join(details) + meanings(DETAILS)
    yield folded("Cost, agreement between runs, and more", fewer + more)


def _comparisons(score: Numbers) -> Iterator[str]:
    methods = entries(score, "methods")
    rivals = [
        [m for m in methods if word(m, "kind") == kind and word(m, "method") in names]
        for _, kind, names in COMPARISONS
    ]
    listed = [m for group in rivals if len(group) > 1 for m in group]
    if listed:
        caption = "SHAP and LIME by latents, saliency and LRP by pixels, in numbers"
        table = methods_table(listed, COMPARISON_COLUMNS, caption, cases=False)
        yield folded("What the source claims of methods, measured", f"<p>{_CLAIMS}</p>{table}")


def _lead(numbers: Numbers, note: str) -> str:
    made = part(numbers, "made_by")
    badge = f' <span class="gl-badge">{_safe(note)}</span>' if note else ""
    return (
        "<p>Measured on pictures that no model was trained on "
        f"({show(part(numbers, 'n'), '{:,}')} codes and {show(part(numbers, 'pictures'), '{}')} "
        f"explained pictures were asked for of each model; seed {_safe(part(made, 'seed'))}, "
        f"{show(part(made, 'seconds'), '{:.0f}')} s in all).{badge} In brackets stand 95 % "
        "intervals: what other pictures of the same world would give, for this training of the "
        "model. A dash: not measured.</p>"
    )


def _left_out(numbers: Numbers, score: Numbers) -> str:
    lines = left_out_lines(score)
    lines += [f"{name}: {why}" for name, why in branch(numbers, "left_out").items()]
    return folded("What was left out, and why", _listed(lines)) if lines else ""


def _listed(lines: Iterator[str] | Sequence[str]) -> str:
    items = "".join(f"<li>{_safe(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _name(m: Numbers) -> str | Cell:
    title = word(m, "title")
    return f"{title} (control)" if is_control(m) else title


def _verdict_cell(m: Numbers) -> Cell:
    found, words = verdict_of(m), words_of(m)
    says = f' title="{html.escape(found.says)}"' if found else ""
    mark = "✓" if found is not None and found.passed else "✗" if failed(m) else "?"
    return Cell(words, html=f"<strong{says}>{mark} {_safe(words)}</strong>", css="gl-left-cell")


def _safe(text: object) -> str:
    return html.escape(str(text))
