"""The board, written: every picture's face and score, a sheet of pictures, a report."""

from __future__ import annotations

import csv
import html
import io
import json
from typing import Any

from genlens.common.records import plain
from genlens.common.tables import csv_cell
from genlens.figures.sheet import sheet
from genlens.figures.steering.score import score_words
from genlens.ui.export import Written, file_stem, fresh_folder
from genlens.ui.report import made_by_table, report
from genlens.ui.steering import link
from genlens.ui.steering.head import card_of
from genlens.ui.steering.kept import is_own
from genlens.ui.steering.method.notes import LEAD
from genlens.ui.steering.mixing.board import Board
from genlens.ui.steering.mixing.view import board_html, ordered_html, recipe, source_names

FILES = {"csv": "CSV", "json": "JSON", "png": "PNG sheet", "html": "Report"}


def write_board(found: Board, groups: str) -> Written:
    """CSV, JSON, PNG sheet and report of the board, in a folder that is kept for an hour."""
    now = found.now
    stem = fresh_folder() / file_stem(f"{now.generator.card.id} mix {now.assessor.name}")
    paths = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in FILES}
    paths["csv"].write_text(csv_text(found), "utf-8")
    paths["json"].write_text(json.dumps(as_json(found), ensure_ascii=False), "utf-8")
    paths["html"].write_text(report_html(found), "utf-8")
    captions = [
        f"{score_words(row['score'])}\n{row['what']}\n{row['from']}" for row in table(found)
    ]
    title = f"{now.generator.card.id}: mixes, scored by {now.assessor.title}"
    sheet(found.cells.images, None, captions, title).save(paths["png"])
    address = link.query(
        model=now.model_id, face=now.face, assessor=now.assessor_id,
        mix=", ".join(found.sources), groups=groups, tab="mix",
    )  # fmt: skip
    note = f"{len(found.addresses)} pictures."
    return Written({kind: str(path) for kind, path in paths.items()}, (note,), address)


def table(found: Board) -> list[dict[str, Any]]:
    """One row a picture: what it is, from which face, its address and its score. The address of a
    visitor's own face is left out: it opens nothing for others."""
    names = source_names(found)
    rows = [("as it is", "the face on screen", 0)]
    rows += [
        (f"{group.name} exchanged", names[j], found.cell(g, j))
        for g, group in enumerate(found.groups)
        for j in range(len(names))
    ]
    rows += [("as it is", name, found.whole(j)) for j, name in enumerate(names)]
    rows += [("random mix", recipe(found, row), row) for row in found.random]
    return [
        {
            "what": what, "from": source, "face": _shareable(found.addresses[row]),
            "score": float(found.cells.scores[row]),
        }
        for what, source, row in rows
    ]  # fmt: skip


def csv_text(found: Board) -> str:
    """``table`` as CSV."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["what", "from", "face", f"score ({found.cells.assessor})"])
    for row in table(found):
        score = f"{row['score']:.8g}" if row["score"] == row["score"] else ""
        rows.writerow([*(csv_cell(row[key]) for key in ("what", "from", "face")), score])
    return out.getvalue()


def as_json(found: Board) -> dict[str, Any]:
    """``table`` with what made it."""
    return {
        "generator": found.now.generator.card.id,
        "assessor": found.cells.assessor,
        "unit": found.cells.unit,
        "groups": [
            {"name": g.name, "layers": list(found.now.generator.layers[g.start : g.stop])}
            for g in found.groups
        ],
        "pictures": plain(table(found)),
        "made_by": found.cells.made_by.to_dict(),
    }


def report_html(found: Board) -> str:
    """One HTML file with the face, the board and the mixes."""
    title = f"{found.now.generator.card.id}: what moves {found.now.assessor.title}"
    return report(
        title,
        html.escape(title),
        card_of(found.now),
        [
            ("One group of layers exchanged", board_html(found)),
            ("Mixes in order of their score", ordered_html(found)),
            ("What this is", LEAD),
            ("What made this", made_by_table(found.cells.made_by)),
        ],
    )


def _shareable(face: str) -> str:
    return "" if any(is_own(name) for name in face.replace(">", ",").split(",")) else face
