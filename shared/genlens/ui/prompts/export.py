"""An explanation as files to take away, each written as its suffix says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from genlens.common.tables import csv_cell
from genlens.errors import InputError
from genlens.figures.prompts.summary_picture import summary_picture
from genlens.prompts import storage
from genlens.prompts.results import PromptExplanation
from genlens.ui.export import file_stem, fresh_folder
from genlens.ui.prompts.report import html_report

FORMATS = {
    "html": "Report (one HTML file)",
    "json": "JSON (all numbers)",
    "csv": "CSV (one row a word)",
    "png": "PNG (for slides)",
    "npz": "NPZ (all of it, for Python)",
}
"""Suffix -> what the page calls the file. ``genlens.prompts.storage.load`` reads the NPZ."""


def export_all(explanation: PromptExplanation, folder: Path | None = None) -> dict[str, str]:
    """Write a file of each of ``FORMATS``; returns format -> path.

    ``folder`` defaults to ``fresh_folder``.
    """
    folder = fresh_folder() if folder is None else folder
    stem = f"{file_stem(explanation.prompt)[:48]}-seed{explanation.made_by.seed or 0}"
    paths = {kind: folder / f"{stem}.{kind}" for kind in FORMATS}
    for path in paths.values():
        write(explanation, path)
    return {kind: str(path) for kind, path in paths.items()}


def write(explanation: PromptExplanation, path: Path) -> None:
    """Write ``explanation`` to ``path`` as its suffix says: a key of ``FORMATS``.

    Raises:
        InputError: another suffix.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise InputError(f"{path} ends in {path.suffix!r}: name a file that ends in {endings()}")
    if kind == "npz":
        storage.save(explanation, path)
    elif kind == "png":
        summary_picture(explanation).save(path)
    else:
        text = {"html": html_report, "json": json_text, "csv": csv_text}[kind]
        path.write_text(text(explanation), "utf-8")


def endings() -> str:
    """The suffixes of ``FORMATS``, in words."""
    first, last = list(FORMATS)[:-1], list(FORMATS)[-1]
    return ", ".join(f".{kind}" for kind in first) + f" or .{last}"


def json_text(explanation: PromptExplanation) -> str:
    """All numbers as JSON (no images)."""
    return json.dumps(explanation.to_dict(), ensure_ascii=False, indent=1)


def csv_text(explanation: PromptExplanation) -> str:
    """One row a word: position, word, Shapley value, share, known, objects linked to it (1-based).

    A word that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["position", "word", "shapley_value", "share", "known", "objects"])
    attribution, owners = explanation.attribution, explanation.links.word_of.tolist()
    for j, word in enumerate(attribution.words):
        share = float(attribution.shares[j])
        mine = " ".join(str(k + 1) for k, owner in enumerate(owners) if owner == j)
        value = f"{attribution.values[j]:.6f}"
        shown = "" if share != share else f"{share:.6f}"
        table.writerow([j + 1, csv_cell(word.text), value, shown, word.known, mine])
    return out.getvalue()
