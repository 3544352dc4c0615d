"""The numbers of several estimators: what each word gets, what it cost, what it adds up to."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from genlens.common.tables import Cell, Table
from genlens.figures.palette import word_colour
from genlens.figures.style import percent, signed
from genlens.prompts.estimators.estimators import ESTIMATORS
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.payoffs.clip import CLIP


def estimate_table(estimates: Sequence[Estimate], *, unit: str = CLIP.unit) -> str:
    """An HTML table: a row an estimator, a column a word, then images and what they add up to;
    values are in ``unit``."""
    heads: list[str | Cell] = [
        "estimator",
        *(
            Cell(
                word.text,
                html=f'<span class="gl-dot" style="--gl-colour:{word_colour(j)}"></span>'
                f"{html.escape(word.text)}",
            )
            for j, word in enumerate(estimates[0].words)
        ),
        "images",
        "values add up to",
    ]
    rows: list[list[str | Cell]] = [
        [ESTIMATORS[e.method].title, *_values(e), f"{e.images}", _sum(e)] for e in estimates
    ]
    table = Table(
        heads,
        rows,
        caption=f"Value in {unit}, share of the sum, and where there is one the 95 % "
        "interval; images: different sub-prompts that have to be drawn",
    )
    return (
        '<div class="gl-scroll" tabindex="0" role="region" aria-label="Values by estimator">'
        f"{table.html()}</div>"
    )


def _values(estimate: Estimate) -> list[Cell]:
    cells = []
    for j, value in enumerate(estimate.values.tolist()):
        more = [percent(float(estimate.shares[j]))]
        if estimate.low is not None and estimate.high is not None:
            low, high = estimate.low[j], estimate.high[j]
            if high - low >= 0.01:  # narrower ones would read +0.19 to +0.19
                more.append(f"{signed(low, 2)} to {signed(high, 2)}")
        text = f"{signed(value)} ({', '.join(more)})"
        cells.append(
            Cell(text, html=f"{signed(value)}<br><small>{'<br>'.join(more)}</small>")
        )  # digits and signs only
    return cells


def _sum(estimate: Estimate) -> Cell:
    about, total = ESTIMATORS[estimate.method], signed(estimate.total)
    r2 = "" if estimate.r2 is None or math.isnan(estimate.r2) else f"; R² {estimate.r2:.2f}"
    if about.adds_up:
        return Cell(f"{total}, as they should{r2}")
    return Cell(f"{total}, which means nothing{r2}")
