"""The truth table as text: Markdown tables that read well in a terminal too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genlens.common.tables import Table
from genlens.latents.evaluation.methods import COMPARISONS
from genlens.latents.evaluation.rows import (
    COMPARISON_COLUMNS,
    CONCLUSIONS,
    METHOD_COLUMNS,
    Row,
    show,
)


def format_table(e: Mapping[str, Any], methods_of: Sequence[str] | None = None) -> str:
    """The evaluation as Markdown, from its ``to_dict()``. ``methods_of`` are the models whose
    methods get a table, None for all."""
    parts = [_conclusions(e["models"])] if e["models"] else ["No model was measured."]
    listed = [
        (m, measures)
        for m, measures in e["models"].items()
        if methods_of is None or m in methods_of
    ]
    parts += [_methods(model, measures) for model, measures in listed]
    parts += [_comparisons(model, measures) for model, measures in listed]
    if e.get("faces"):
        parts.append(_faces(e["faces"]))
    if e.get("leaderboard"):
        parts.append(_board(e["leaderboard"]))
    parts += [f"{name}: {reason}" for name, reason in e.get("left_out", {}).items()]
    parts.append(
        f"{e['n']:,} codes and {e['pictures']} explained pictures a model, "
        f"{e['made_by']['seconds']:.0f} s, seed {e['made_by']['seed']}"
    )
    return "\n\n".join(part for part in parts if part)


def _conclusions(models: Mapping[str, Any]) -> str:
    rows = []
    for row in CONCLUSIONS:
        cells = [row.shown(measures["space"]) for measures in models.values()]
        if any(cell != "-" for cell in cells):
            rows.append([row.title, row.unit, *cells])
    return _table(["what the codes are worth", "unit", *models], rows)


def _methods(model: str, measures: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{m['title']} ({'pixels' if m['kind'] == 'image' else 'latents'})",
            *_cells(m, METHOD_COLUMNS),
            "reliable" if m["reliable"] else "UNRELIABLE",
        ]
        for m in measures["methods"]
    ]
    heads = [*(column.title for column in METHOD_COLUMNS), "verdict"]
    some = " (fewer samples)" if measures.get("light") else ""
    return _table([f"methods on {model}{some}", *heads], rows) if rows else ""


def _comparisons(model: str, measures: Mapping[str, Any]) -> str:
    """S3's tables, where at least two of their methods were measured."""
    parts = []
    for title, kind, names in COMPARISONS:
        rows = [
            [m["title"], *_cells(m, COMPARISON_COLUMNS)]
            for name in names
            for m in measures["methods"]
            if m["method"] == name and m["kind"] == kind
        ]
        if len(rows) > 1:
            heads = [column.title for column in COMPARISON_COLUMNS]
            parts.append(_table([f"{title}, {model}", *heads], rows))
    return "\n\n".join(parts)


def _cells(m: Mapping[str, Any], columns: Sequence[Row]) -> list[str]:
    """A method's numbers; the gain with its standard error."""
    cells = [column.shown(m) for column in columns]
    if columns is METHOD_COLUMNS and m["gain_error"] is not None:
        cells[0] += f" ± {m['gain_error']:.2f}"
    return cells


def _faces(faces: Mapping[str, Any]) -> str:
    parts = faces["parts"]
    names = list(dict.fromkeys(s["method"] for part in parts for s in part["scores"]))
    rows = []
    for name in names:
        cells, title = [], name
        for part in parts:
            score = next((s for s in part["scores"] if s["method"] == name), None)
            title = score["title"] if score else title
            cells += _place(score)
        rows.append([title, *cells])
    rows.append(["chance", *(c for p in parts for c in (_percent(p["pointing_chance"]),
                                                        _percent(p["mass_chance"])))])  # fmt: skip
    heads = [h for p in parts for h in (f"{p['part']}: points at it", f"{p['part']}: mass on it")]
    lines = [_table([f"maps on {faces['model']}", *heads], rows)] if parts else []
    lines += [
        f"{p['part']}: {p['faces']} faces; the part moves the explained number by "
        f"{p['effect']:.1f} standard deviations (tells with from without on "
        f"{100 * p['accuracy']:.0f} %), {p['rival']} by {p['rival_effect']:.2f} of that."
        for p in parts
    ]
    lines += [f"{name}: {reason}" for name, reason in faces["left_out"].items()]
    return "\n\n".join(lines)


def _board(lines: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            standing["model"], str(standing["games"]), _percent(standing["won"]),
            f"{standing['moves']:.0f}", f"{standing['distance']:.1f}",
            _percent(standing["agreement"]),
            _percent(line["rules"]["threshold"]), str(line["latents"]), show(line["mig"], "{:.3f}"),
        ]
        for line in lines
        for standing in (line["standing"],)
    ]  # fmt: skip
    heads = ["games", "won", "moves", "slider lengths", "agreement", "wins at", "sliders", "MIG"]
    return _table(["rebuilt by the search strategy", *heads], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return Table(head, rows, align="l" + "r" * (len(head) - 1)).markdown(padded=True)


def _place(score: Mapping[str, Any] | None) -> list[str]:
    return [_percent(score["pointing"]), _percent(score["mass"])] if score else ["-", "-"]


def _percent(value: float | None) -> str:
    return show(value, "%")
