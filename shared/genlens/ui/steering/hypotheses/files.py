"""The log as files: numbers, a table for a spreadsheet, a report with pictures."""

from __future__ import annotations

import html
import json
from pathlib import Path

from genlens.figures import style
from genlens.figures.steering.hypotheses.log_table import log_table
from genlens.figures.steering.hypotheses.verdict_card import verdict_card
from genlens.steering.hypotheses.log import HypothesisLog
from genlens.ui.export import fresh_folder

KINDS_OF_FILES = {"json": "JSON", "csv": "CSV", "html": "Report"}
"""Suffix -> what the page calls the file."""


def write_log(log: HypothesisLog) -> dict[str, Path]:
    """By suffix, the files in a new folder that is deleted within the hour."""
    folder = fresh_folder()
    texts = {
        "json": json.dumps(log.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n",
        "csv": log.to_csv(),
        "html": report(log),
    }
    paths = {}
    for kind, text in texts.items():
        paths[kind] = folder / f"genlens-hypotheses.{kind}"
        paths[kind].write_text(text, encoding="utf-8")
    return paths


def report(log: HypothesisLog) -> str:
    """The log as one HTML page with the pictures and a citation of every entry."""
    cards = "".join(
        f'{verdict_card(entry.verdict)}<p class="gl-soft">{html.escape(entry.cite())}</p>'
        for entry in reversed(log.entries)
    )
    body = f'<main class="gl"><h2>Hypotheses</h2>{log_table(log.entries)}{cards}</main>'
    return style.page("Hypotheses, genlens", body)
