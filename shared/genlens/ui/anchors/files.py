"""A selection of anchors, written: one row an anchor, with its number in the set's source."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from genlens.anchors.results import GROUPS
from genlens.common.tables import csv_cell
from genlens.figures.anchors.count_table import count_table
from genlens.figures.anchors.scatter_picture import scatter_picture
from genlens.figures.sheet import sheet
from genlens.ui.anchors.seen import PICKED, Seen
from genlens.ui.anchors.selected import choose, choose_shown, strip_of
from genlens.ui.export import Written, file_stem, fresh_folder
from genlens.ui.report import made_by_table, report

FILES = {
    "csv": "CSV (all ids)",
    "json": "JSON",
    "png": "PNG sheet",
    "html": "Report",
}
MOST_ON_SHEET = 100


def write_selection(seen: Seen, members: np.ndarray, group: str, k: Any) -> Written:
    """CSV, JSON, PNG sheet and report of ``members`` in a folder that is kept for an hour; the
    report shows ``k`` representatives.

    Raises:
        InputError: no members.
    """
    stem = fresh_folder() / file_stem(f"{seen.here.model_id} anchors {group}")
    paths = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in FILES}
    notes = [note for path in paths.values() for note in write_one(seen, members, group, k, path)]
    return Written({kind: str(path) for kind, path in paths.items()}, tuple(notes))


def write_one(seen: Seen, members: np.ndarray, group: str, k: Any, path: Path) -> tuple[str, ...]:
    """One of ``FILES``, as the suffix of ``path`` says; what its reader has to know."""
    kind = path.suffix.lower().removeprefix(".")
    if kind == "png":
        return _write_sheet(seen, members, group, path)
    if kind == "csv":
        text = csv_text(seen, members)
    elif kind == "json":
        text = json.dumps(as_json(seen, members, group), ensure_ascii=False)
    else:
        text = report_html(seen, members, group, k)
    path.write_text(text, "utf-8")
    return ()


def _write_sheet(seen: Seen, members: np.ndarray, group: str, path: Path) -> tuple[str, ...]:
    here, notes = seen.here.at_hand(members), []
    if 0 < len(here) < len(members):
        notes.append(f"The pictures of {len(here):,} of {len(members):,} are here.")
    shown = here if len(here) else members
    if len(shown) > MOST_ON_SHEET:
        shown = choose(seen, shown, MOST_ON_SHEET).rows
        notes.append(f"The sheet shows {MOST_ON_SHEET} of them, chosen by k-center.")
    pictures, known = seen.here.pictures(shown)
    if not known.any():
        notes.append("None of the pictures is here: they are black on the sheet.")
    title = f"{seen.here.model_id}: {len(members):,} anchors, {group}"
    sheet(pictures, seen.here.rebuilt(shown), seen.captions(shown), title).save(path)
    return tuple(notes)


def csv_text(seen: Seen, members: np.ndarray) -> str:
    """One row an anchor: id, class, group, and every criterion that was scored."""
    scores, out = seen.here.scores, io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "class", "group", *scores.criteria])
    for row in members.tolist():
        values = [f"{v:.8g}" for v in scores.values[row]]
        group = GROUPS[seen.grouping.group[row]]
        table.writerow([int(scores.ids[row]), csv_cell(seen.here.label(row)), group, *values])
    return out.getvalue()


def as_json(seen: Seen, members: np.ndarray, group: str) -> dict[str, Any]:
    """The same with thresholds, counts and what made them."""
    scores = seen.here.scores
    return {
        "model": seen.here.model_id,
        "anchors": scores.data,
        "selection": group,
        "intrinsic": seen.grouping.intrinsic.to_dict(),
        "extrinsic": seen.grouping.extrinsic.to_dict(),
        "criteria": list(scores.criteria),
        "units": list(scores.units),
        "names": list(scores.names),
        "counts": seen.grouping.to_dict()["counts"],
        "ids": scores.ids[members].tolist(),
        "labels": scores.labels[members].tolist(),
        "groups": [GROUPS[g] for g in seen.grouping.group[members]],
        "values": [[float(f"{v:.7g}") for v in row] for row in scores.values[members].tolist()],
        "made_by": scores.made_by.to_dict(),
    }


def report_html(seen: Seen, members: np.ndarray, group: str, k: Any) -> str:
    """One HTML file: the scatter as a picture, the counts, the representatives."""
    found = choose_shown(seen, members, k, most=True)
    what = "A selection of the reader’s" if group == PICKED else f"Group {group}"
    strip = strip_of(seen, found.rows, numbered=True)
    titles, grouping = seen.titles, seen.grouping
    lines = (
        f"{titles[seen.axes.across]} below {grouping.intrinsic.value:.4g} and "
        f"{titles[seen.axes.up]} below {grouping.extrinsic.value:.4g} count as high affinity."
    )
    return report(
        f"{seen.here.model_id}: anchors",
        f"What {seen.here.model_id} makes of {seen.here.scores.data}",
        f'<div class="gl"><p>{what}: {len(members):,} of {len(seen.here.scores):,} anchors. '
        f"{lines}</p>{scatter_picture(seen.here.scores, grouping, seen.axes, titles, found.rows)}"
        "</div>",
        [
            (
                f"{len(found.rows)} representatives",
                f"{strip}<p>{found.selection.guarantee} {found.note}</p>",
            ),
            ("Groups and classes", count_table(grouping.counts, seen.here.scores.names)),
            ("What made this", made_by_table(seen.here.scores.made_by)),
        ],
    )
