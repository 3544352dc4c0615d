"""The measured truth table as HTML: what codes and explanations are worth, with units and words.

Drawn from the stored dictionary of ``latents.evaluation`` (``zoo/cards/latents.json``); nothing is
measured here.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from genlens.common.tables import Cell, Table
from genlens.figures.latents.rebuild_board import rebuild_board
from genlens.latents.evaluation.methods import COMPARISONS
from genlens.latents.evaluation.rows import (
    COMPARISON_COLUMNS,
    CONCLUSIONS,
    METHOD_COLUMNS,
    Row,
    best,
    show,
)
from genlens.latents.rebuild.leaderboard import Line

Numbers = Mapping[str, Any]
CONTROLS = ("edges", "difference")
"""Rows of the faces' table that are not methods: what a blind map gets, and the best possible."""
_KINDS = {"image": "which pixels decide a latent", "latent": "which latents decide a region"}


def truth_table(numbers: Numbers, model: str = "", *, note: str = "") -> str:
    """All sections: codes of all models, methods and S3's comparisons on ``model``, maps on faces,
    the leaderboard, and what was left out.

    Args:
        numbers: ``LatentEvaluation.to_dict()``.
        model: whose explanations are shown; "" takes the first that was measured.
        note: a badge beside the headings ("measured now"). Escaped here.
    """
    models: Numbers = numbers.get("models") or {}
    chosen = model if model in models else next(iter(models), "")
    parts = [_lead(numbers, note)]
    if model and model not in models:
        why = (numbers.get("left_out") or {}).get(model, "it was not among the models measured")
        parts.append(f'<p class="gl-note gl-warn">{_safe(model)}: {_safe(why)}.</p>')
    if models:
        parts += [codes_table(models), *_explanations(chosen, models[chosen])]
    if numbers.get("faces"):
        parts.append(faces_table(numbers["faces"]))
    if numbers.get("leaderboard"):
        lines = [Line.from_dict(line) for line in numbers["leaderboard"]]
        parts.append("<h3>Pictures rebuilt by sliders</h3>" + rebuild_board(lines))
    parts.append(_left_out(numbers))
    return f'<div class="gl gl-truth">{"".join(parts)}</div>'


def codes_table(models: Numbers) -> str:
    """What the codes of each model are worth: a row a measure, a column a model. Among rivals (the
    same by codes and by pixels, one map and another) the best of a model is marked."""
    spaces = [numbers["space"] for numbers in models.values()]
    rows = [row for row in CONCLUSIONS if any(row.value(space) is not None for space in spaces)]
    marked = set()
    for column, space in enumerate(spaces):
        for group in {row.group for row in rows if row.group}:
            rivals = [i for i, row in enumerate(rows) if row.group == group]
            values = [rows[i].value(space) for i in rivals]
            marked |= {(rivals[k], column) for k in best(values, rows[rivals[0]].better)}
    caption = (
        "What a model’s codes know of classes, and how far a flat map shows it. Framed: the "
        "better of codes and pixels, of within and between, and the best of the maps."
    )
    body = [
        [
            _head(row),
            *(
                _cell(row.shown(space), (i, column) in marked)
                for column, space in enumerate(spaces)
            ),
        ]
        for i, row in enumerate(rows)
    ]
    table = Table(["measure", *models], body, caption=caption)
    return f"<h3>What the codes are worth</h3>{_scrolled(table, 'Measures of the codes')}"


def methods_table(methods: Sequence[Numbers], columns: Sequence[Row], caption: str) -> str:
    """Methods as rows; in each column the best of the reliable ones is marked, and those that
    failed the randomisation test are called unreliable."""
    trusted = [i for i, m in enumerate(methods) if m["reliable"]]
    marked = set()
    for k, column in enumerate(columns):
        leading = best([column.value(methods[i]) for i in trusted], column.better)
        marked |= {(trusted[i], k) for i in leading}
    rows = [
        [
            m["title"],
            *(_cell(_with_error(m, column), (i, k) in marked) for k, column in enumerate(columns)),
            Cell(verdict, html=f"<strong>{verdict}</strong>"),
        ]
        for i, m in enumerate(methods)
        for verdict in ("reliable" if m["reliable"] else "unreliable",)
    ]
    failed = {i: "gl-unreliable" for i, m in enumerate(methods) if not m["reliable"]}
    heads: list[str | Cell] = [
        "method",
        *(_with_small(c.title, c.unit) for c in columns),
        "verdict",
    ]
    table = Table(heads, rows, caption=caption, row_css=failed)
    return _scrolled(table, caption) + _meanings(columns)


def faces_table(faces: Numbers) -> str:
    """Where maps lie on cartoon faces whose deciding part is known: per part the share of faces
    whose largest value is on it, and the share of the map's mass on it."""
    parts = faces["parts"]
    missing = _reasons(faces["left_out"]) if faces.get("left_out") else ""
    if not parts:
        return missing
    names = list(dict.fromkeys(s["method"] for part in parts for s in part["scores"]))
    names = [n for n in names if n not in CONTROLS] + [n for n in names if n in CONTROLS]
    scores = [{s["method"]: s for s in part["scores"]} for part in parts]
    rows: list[list[str | Cell]] = []
    for name in names:
        title = next(score[name]["title"] for score in scores if name in score)
        cells = []
        for score in scores:
            for key in ("pointing", "mass"):
                rivals = [n for n in score if n not in CONTROLS]
                top = best([score[n][key] for n in rivals], 1)
                mark = name in {rivals[i] for i in top}
                cells.append(_cell(show(score[name][key], "%") if name in score else "-", mark))
        rows.append([title, *cells])
    chances = [part[f"{key}_chance"] for part in parts for key in ("pointing", "mass")]
    rows.append(["chance", *(_cell(show(chance, "%"), False) for chance in chances)])
    soft = {
        i: "gl-control"
        for i, name in enumerate([*names, "chance"])
        if name in (*CONTROLS, "chance")
    }
    heads = [
        _with_small(p["part"], what)
        for p in parts
        for what in ("points at it, % of faces", "mass on it, % of the map")
    ]
    caption = (
        f"Maps of {faces['model']} on faces on which one known part moves the number that "
        "is explained. More is better; best method framed."
    )
    said = "".join(f"<li>{_of_part(part)}</li>" for part in parts)
    table = Table(["method", *heads], rows, caption=caption, row_css=soft)
    return (
        "<h3>Do maps lie on the part that decides?</h3>"
        f"{_scrolled(table, 'Where maps lie on faces')}<ul>{said}</ul>{missing}"
    )


def _explanations(model: str, score: Numbers) -> list[str]:
    parts = [f"<h3>What explanations of {_safe(model)} are worth</h3>"]
    if score.get("light"):
        parts.append(
            '<p class="gl-soft">Methods that draw samples had fewer of them here than their '
            "defaults, to keep the measurement short.</p>"
        )
    for kind, words in _KINDS.items():
        methods = [m for m in score["methods"] if m["kind"] == kind]
        if methods:
            caption = f"Methods that say {words}, on {methods[0]['pictures']} pictures"
            parts.append(methods_table(methods, METHOD_COLUMNS, caption))
    for title, kind, names in COMPARISONS:
        by_name = {m["method"]: m for m in score["methods"] if m["kind"] == kind}
        rivals = [by_name[name] for name in names if name in by_name]
        if len(rivals) > 1:
            caption = f"{title}: the source’s comparison in numbers ({_KINDS[kind]})"
            parts.append(methods_table(rivals, COMPARISON_COLUMNS, caption))
    if score.get("left_out"):
        parts.append("<p>Not measured on this model:</p>" + _reasons(score["left_out"]))
    return parts


def _lead(numbers: Numbers, note: str) -> str:
    made = numbers["made_by"]
    badge = f' <span class="gl-badge">{_safe(note)}</span>' if note else ""
    return (
        f"<p>Measured on {numbers['n']:,} pictures a model that it was not trained on, "
        f"{numbers['pictures']} of them explained by every method (seed {made['seed']}, "
        f"{made['seconds']:.0f} s in all).{badge} Scores of few pictures carry errors: compare "
        "what differs clearly. A dash: not measured.</p>"
    )


def _left_out(numbers: Numbers) -> str:
    reasons = numbers.get("left_out") or {}
    return f"<p>Models that were not measured:</p>{_reasons(reasons)}" if reasons else ""


def _reasons(reasons: Numbers) -> str:
    items = "".join(f"<li>{_safe(name)}: {_safe(why)}</li>" for name, why in reasons.items())
    return f"<ul>{items}</ul>"


def _of_part(part: Numbers) -> str:
    return (
        f"<b>{_safe(part['part'])}</b>, {part['faces']} faces: the part moves the explained number "
        f"by {part['effect']:.1f} standard deviations and tells faces with it from faces without "
        f"in {show(part['accuracy'], '%')} of cases (50 % by chance); "
        f"{_safe(part['rival'].replace('_', ' '))} moves it by {part['rival_effect']:.2f} of that."
    )


def _meanings(columns: Sequence[Row]) -> str:
    items = "".join(f"<li><b>{_safe(c.title)}</b>: {_safe(c.says)}</li>" for c in columns)
    return f"<details><summary>What the columns mean</summary><ul>{items}</ul></details>"


def _with_error(m: Numbers, column: Row) -> str:
    error = m.get("gain_error") if column.title == "gain over random" else None
    return column.shown(m) + (f" ± {error:.2f}" if error is not None else "")


def _head(row: Row) -> Cell:
    markup = (
        f"{_safe(row.title)} <small>({_safe(row.unit)})</small>"
        f'<br><span class="gl-says">{_safe(row.says)}</span>'
    )
    return Cell(row.title, html=markup)


def _with_small(title: str, small: str) -> Cell:
    return Cell(title, html=f"{_safe(title)}<br><small>{_safe(small)}</small>")


def _cell(text: str, mark: bool) -> Cell:
    shown = text.replace("-", "−") if text != "-" else "–"
    best_word = '<span class="gl-hidden"> (best)</span>' if mark else ""
    return Cell(shown, html=_safe(shown) + best_word, css="gl-best" if mark else "")


def _scrolled(table: Table, label: str) -> str:
    return (
        f'<div class="gl-scroll" tabindex="0" role="region" aria-label="{_safe(label)}">'
        f"{table.html()}</div>"
    )


def _safe(text: object) -> str:
    return html.escape(str(text))
