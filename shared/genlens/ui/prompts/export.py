"""An explanation as files to take away, each written as its suffix says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

from genlens.common.tables import csv_cell
from genlens.errors import InputError
from genlens.figures.prompts.summary_picture import summary_picture
from genlens.prompts import storage
from genlens.prompts.dossiers.dossier import Dossier
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


def export_all(dossier: Dossier, folder: Path | None = None) -> dict[str, str]:
    """Write a file of each of ``FORMATS``; returns format -> path.

    ``folder`` defaults to ``fresh_folder``.
    """
    folder = fresh_folder() if folder is None else folder
    explanation = dossier.explanation
    stem = f"{file_stem(explanation.prompt)[:48]}-seed{explanation.made_by.seed or 0}"
    paths = {kind: folder / f"{stem}.{kind}" for kind in FORMATS}
    for path in paths.values():
        write(dossier, path)
    return {kind: str(path) for kind, path in paths.items()}


def write(dossier: Dossier, path: Path) -> None:
    """Write ``dossier`` to ``path`` as its suffix says: a key of ``FORMATS``.

    Raises:
        InputError: another suffix.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise InputError(f"{path} ends in {path.suffix!r}: name a file that ends in {endings()}")
    if kind == "npz":
        storage.save(dossier.explanation, path, dossier.trials)
    elif kind == "png":
        summary_picture(dossier.explanation).save(path)
    else:
        text = {"html": html_report, "json": json_text, "csv": csv_text}[kind]
        path.write_text(text(dossier), "utf-8")


def endings() -> str:
    """The suffixes of ``FORMATS``, in words."""
    first, last = list(FORMATS)[:-1], list(FORMATS)[-1]
    return ", ".join(f".{kind}" for kind in first) + f" or .{last}"


def json_text(dossier: Dossier) -> str:
    """All numbers as JSON (no images)."""
    return json.dumps(dossier.to_dict(), ensure_ascii=False, indent=1)


def csv_text(dossier: Dossier) -> str:
    """One row a word: position, word, value, share, known, objects linked to it (1-based); then its
    value by every estimator, payoff and removal, and over noises.

    A word that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    table = csv.writer(out)
    more = _columns(dossier)
    heads = ["position", "word", "shapley_value", "share", "known", "objects"]
    table.writerow([*heads, *more])
    explanation = dossier.explanation
    attribution, owners = explanation.attribution, explanation.links.word_of.tolist()
    for j, word in enumerate(attribution.words):
        mine = " ".join(str(k + 1) for k, owner in enumerate(owners) if owner == j)
        value, share = (_number(v[j]) for v in (attribution.values, attribution.shares))
        others = [_number(column[j]) for column in more.values()]
        table.writerow([j + 1, csv_cell(word.text), value, share, word.known, mine, *others])
    return out.getvalue()


def _columns(dossier: Dossier) -> dict[str, np.ndarray]:
    """Heading -> a value for each word (d,)."""
    found = {f"estimator {name}": e.values for name, e in dossier.estimates.items()}
    for about in (dossier.payoff_opinions, dossier.removal_opinions):
        if about is not None:
            found |= {f"{about.about} {o.name}": o.attribution.values for o in about.opinions}
    if dossier.noises is not None:
        ends = np.array([(m.value, m.low, m.high) for m in dossier.noises.means])  # (d, 3)
        found |= {f"noises {name}": ends[:, k] for k, name in enumerate(("mean", "low", "high"))}
    return found


def _number(value: float) -> str:
    return "" if value != value else f"{value:.6f}"
