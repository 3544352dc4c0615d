"""A finding, written: its numbers, its curve, the face's strip, a report."""

from __future__ import annotations

import csv
import html
import io
import json

from genlens.common.tables import csv_cell
from genlens.figures.steering.directions.strip_sheet import strip_sheet
from genlens.steering.results import Strip
from genlens.steering.walks.finding import Finding
from genlens.ui.export import Written, file_stem, fresh_folder
from genlens.ui.report import made_by_table, report
from genlens.ui.steering import link
from genlens.ui.steering.directions import view
from genlens.ui.steering.head import card_of
from genlens.ui.steering.shown import Shown

FILES = {"json": "JSON", "csv": "CSV of the curve", "png": "PNG strip", "html": "Report"}


def write_finding(now: Shown, finding: Finding, strip: Strip) -> Written:
    """JSON, CSV, PNG and report in a folder that is kept for an hour; ``strip`` is the page's
    face along the direction."""
    method = finding.direction.method
    stem = fresh_folder() / file_stem(f"{now.generator.card.id} {method} {now.assessor.name}")
    paths = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in FILES}
    written = json.dumps(finding.to_dict(), ensure_ascii=False, allow_nan=False)
    paths["json"].write_text(written, "utf-8")
    paths["csv"].write_text(csv_text(finding), "utf-8")
    paths["html"].write_text(report_html(now, finding, strip), "utf-8")
    title = f"{now.generator.card.id}: {method} for {now.assessor.title}"
    strip_sheet([strip], title).save(paths["png"])
    address = link.query(
        model=now.model_id, face=now.face, assessor=now.assessor_id, method=method,
        tab="directions",
    )  # fmt: skip
    note = "The link opens the page with these choices; press “Find the direction” there."
    return Written({kind: str(path) for kind, path in paths.items()}, (note,), address)


def csv_text(finding: Finding) -> str:
    """The curve: a row an alpha, with the mean, its interval, the drift and each face's score."""
    curve, out = finding.curve, io.StringIO()
    rows = csv.writer(out)
    faces = [f"face {i + 1}" for i in range(len(curve.scores))]
    rows.writerow([csv_cell(f"alpha ({finding.direction.unit})"), "mean", "low", "high",
                   csv_cell(finding.distance), *faces])  # fmt: skip
    columns = (curve.alphas, curve.mean, curve.low, curve.high, curve.distance, *curve.scores)
    for values in zip(*columns, strict=True):
        rows.writerow([f"{value:.8g}" for value in values])
    return out.getvalue()


def report_html(now: Shown, finding: Finding, strip: Strip) -> str:
    """One HTML file with the strip, the curve and what leaks."""
    title = f"{now.generator.card.id}: {view.direction_words(finding)}"
    return report(
        title,
        html.escape(title),
        card_of(now),
        [
            ("Along the direction", view.strip_html(now, finding, strip)),
            ("Does the score follow?", view.curve_html(now, finding, strip)),
            ("What else changes?", view.leakage_html(finding)),
            ("How it was found", view.facts_html(finding)),
            ("What made this", made_by_table(finding.made_by)),
        ],
    )
