"""An explanation as files to take away: JSON, CSV, PNG and a one-file HTML report."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from genlens.figures.prompts.summary_picture import summary_picture
from genlens.prompts.results import PromptExplanation
from genlens.ui.export import csv_cell, file_stem, fresh_folder
from genlens.ui.prompts.report import html_report


def export_all(explanation: PromptExplanation, folder: Path | None = None) -> dict[str, str]:
    """Write all four files; returns format -> path.

    ``folder`` defaults to ``fresh_folder``.
    """
    folder = fresh_folder() if folder is None else folder
    stem = f"{file_stem(explanation.prompt)[:48]}-seed{explanation.made_by.seed or 0}"
    paths = {kind: folder / f"{stem}.{kind}" for kind in ("json", "csv", "png", "html")}
    paths["json"].write_text(json_text(explanation), "utf-8")
    paths["csv"].write_text(csv_text(explanation), "utf-8")
    summary_picture(explanation).save(paths["png"])
    paths["html"].write_text(html_report(explanation), "utf-8")
    return {kind: str(path) for kind, path in paths.items()}


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
