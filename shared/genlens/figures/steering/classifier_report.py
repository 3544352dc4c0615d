"""How a training of a classifier goes, and how good it has become."""

from __future__ import annotations

import html

from genlens.common.tables import Table
from genlens.figures.line_chart import line_chart
from genlens.training.classifiers.settings import AccuracyPoint, ClassifierReport

_CURVE = (
    "Measured on pictures that are kept back, at most 200 of them. The baseline is what naming the "
    "commonest class every time gets right."
)


def accuracy_chart(points: list[AccuracyPoint] | tuple[AccuracyPoint, ...], baseline: float) -> str:
    """The share of pictures named right over the steps, and the ``baseline``; "" before the first
    point."""
    if not points:
        return ""
    at = [float(point.step) for point in points]
    lines = {
        "pictures kept back": (at, [point.accuracy for point in points]),
        "baseline": ([at[0], at[-1]], [baseline, baseline]),
    }
    chart = line_chart(lines, x="step", y="share named right", title="Accuracy while it learns")
    return f'<div class="gl">{chart}<p class="gl-soft">{_CURVE}</p></div>'


def report_html(report: ClassifierReport) -> str:
    """Accuracy with its interval, the baseline, and which class is taken for which."""
    return f'<div class="gl"><p>{html.escape(in_words(report))}</p>{_confusion(report)}</div>'


def in_words(report: ClassifierReport) -> str:
    """ "Names 97.5 % of 40 pictures right …", and whether that is better than guessing."""
    found = report.accuracy
    said = (
        f"It names {100 * found.value:.1f} % of the {found.n} pictures right that were kept back "
        f"(95 % interval: {100 * found.low:.1f} to {100 * found.high:.1f} %); always naming the "
        f"commonest class gets {100 * report.baseline:.1f} %."
    )
    if found.low <= report.baseline:
        said += (
            " That is not clearly better than guessing: give more pictures, or pictures in which "
            "the difference can be seen."
        )
    return said


def _confusion(report: ClassifierReport) -> str:
    heads = ("kept back as", *(f"named {name}" for name in report.names))
    rows = [
        (name, *map(str, row))
        for name, row in zip(report.names, report.confusion.tolist(), strict=True)
    ]
    caption = "How many pictures of each class it names what"
    return Table(heads, rows, align="l" + "r" * len(report.names), caption=caption).html()
