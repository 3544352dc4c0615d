"""An estimate of a long prompt as files to take away."""

from __future__ import annotations

import csv
import html
import io
import json

from genlens.common.tables import csv_cell
from genlens.figures.prompts.estimators.compared import estimate_figure
from genlens.prompts.estimators.estimators import ESTIMATORS
from genlens.prompts.estimators.results import Estimate
from genlens.ui.export import file_stem, fresh_folder
from genlens.ui.prompts.export import FORMATS
from genlens.ui.report import made_by_table, report


def export_estimate(prompt: str, found: Estimate, lead: str) -> dict[str, str | None]:
    """Write what can be written of an estimate: format -> path, None for those of ``FORMATS`` that
    need every sub-prompt. ``lead`` is what the page shows first."""
    stem = f"{file_stem(prompt)[:48]}-seed{found.made_by.seed or 0}"
    texts = {
        "html": html_report(prompt, found, lead),
        "json": json.dumps({"prompt": prompt, **found.to_dict()}, ensure_ascii=False, indent=1),
        "csv": csv_text(found),
    }
    folder = fresh_folder()
    paths: dict[str, str | None] = dict.fromkeys(FORMATS)
    for kind, text in texts.items():
        path = folder / f"{stem}.{kind}"
        path.write_text(text, "utf-8")
        paths[kind] = str(path)
    return paths


def csv_text(found: Estimate) -> str:
    """One row a word: position, word, value, share, both ends of its interval, known."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["position", "word", "value", "share", "low", "high", "known"])
    for j, word in enumerate(found.words):
        numbers = [found.values[j], found.shares[j]]
        numbers += [end[j] if end is not None else float("nan") for end in (found.low, found.high)]
        shown = ["" if n != n else f"{n:.6f}" for n in map(float, numbers)]
        table.writerow([j + 1, csv_cell(word.text), *shown, word.known])
    return out.getvalue()


def html_report(prompt: str, found: Estimate, lead: str) -> str:
    """A complete HTML document."""
    about = ESTIMATORS[found.method]
    said = (f"{about.help} {about.misleads} {about.sums}", f"{about.equation} ({about.paper})")
    note = "".join(f"<p>{html.escape(text)}</p>" for text in said)
    return report(
        f"genlens: {prompt}",
        "Which word drew what",
        lead,
        (
            ("What each word is worth", estimate_figure(found)),
            ("Method", note),
            ("What made this", made_by_table(found.made_by)),
        ),
    )
