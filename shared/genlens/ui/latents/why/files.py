"""An attribution, or the comparison of all methods, as files to take away."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from genlens.attribution.comparison import Comparison
from genlens.attribution.results import Attribution
from genlens.common.tables import csv_cell
from genlens.figures.attribution.picture import attribution_picture
from genlens.latents.questions import Question
from genlens.ui.export import file_stem, fresh_folder

FILES = {
    "json": "JSON (all numbers)",
    "csv": "CSV (one row a pixel or latent)",
    "png": "PNG (for slides)",
}


def asked_dict(index: int, question: Question) -> dict[str, Any]:
    """The picture and the question as JSON-able values."""
    return {"picture": int(index), "question": asdict(question)}


def export_attribution(
    attribution: Attribution,
    picture: np.ndarray,
    index: int,
    question: Question,
    folder: Path | None = None,
    *,
    drawn: Attribution | None = None,
) -> dict[str, str]:
    """Write JSON, CSV and PNG; returns format -> path.

    Args:
        attribution: of picture ``index``, which is ``picture`` (1 or 3, h, w) in [0, 1].
        question: what was asked.
        folder: where to; None for a fresh one that is deleted after an hour.
        drawn: what the PNG shows, where that is not all values (groups of latents).
    """
    folder = fresh_folder() if folder is None else folder
    named = file_stem(f"{attribution.made_by.model} {attribution.method}")
    stem = f"{named}-{attribution.kind}-{index}"
    paths = {kind: folder / f"{stem}.{kind}" for kind in FILES}
    numbers = asked_dict(index, question) | attribution.to_dict()
    paths["json"].write_text(json.dumps(numbers, ensure_ascii=False), "utf-8")
    paths["csv"].write_text(csv_text(attribution), "utf-8")
    attribution_picture(drawn or attribution, picture).save(paths["png"])
    return {kind: str(path) for kind, path in paths.items()}


def csv_text(attribution: Attribution) -> str:
    """One row a value. Of pictures: row and column from 0 at the top left, the channel where
    channels are told apart; of latents: the latent's number and its label (or LIME's condition)."""
    out = io.StringIO()
    table = csv.writer(out)
    values = np.asarray(attribution.values)
    if values.ndim == 1:
        labels = attribution.labels or tuple(f"z{j}" for j in range(len(values)))
        table.writerow(["latent", "label", "value"])
        table.writerows([j, csv_cell(labels[j]), f"{v:.8g}"] for j, v in enumerate(values))
        return out.getvalue()
    names = ["channel", "row", "column"][3 - values.ndim :]
    table.writerow([*names, "value"])
    table.writerows([*place, f"{v:.8g}"] for place, v in np.ndenumerate(values))
    return out.getvalue()


def export_comparison(
    comparison: Comparison, index: int, question: Question, folder: Path | None = None
) -> dict[str, str]:
    """Write JSON (with all maps) and CSV (one row a method); returns format -> path."""
    folder = fresh_folder() if folder is None else folder
    stem = f"{file_stem(f'{comparison.made_by.model} all methods')}-{index}"
    paths = {kind: folder / f"{stem}.{kind}" for kind in ("json", "csv")}
    numbers = asked_dict(index, question) | comparison.to_dict()
    paths["json"].write_text(json.dumps(numbers, ensure_ascii=False), "utf-8")
    out = io.StringIO()
    rows = [trial.row() for trial in comparison.trials]
    table = csv.DictWriter(out, list(rows[0]) if rows else ["method"])
    table.writeheader()
    table.writerows({key: csv_cell(value) for key, value in row.items()} for row in rows)
    paths["csv"].write_text(out.getvalue(), "utf-8")
    return {kind: str(path) for kind, path in paths.items()}
