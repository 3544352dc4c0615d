"""An assessor's score of a picture: a number, a place on the assessor's range, a colour."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from genlens.figures.palette import ink_on, standing

Range = tuple[float, float]
"""Least and greatest score, perhaps infinite (``Assessor.range``)."""


def place_of(score: float, ends: Range, among: Sequence[float] = ()) -> float:
    """Where ``score`` stands between the ends of its range, from -1 to 1.

    An infinite end is replaced by the least or greatest of ``among``, the scores shown with it. 0
    stands in the middle where the range is even about 0, and where nothing is known.
    """
    if not math.isfinite(score):
        return 0.0
    finite = [value for value in among if math.isfinite(value)] or [score]
    low = ends[0] if math.isfinite(ends[0]) else min(finite)
    high = ends[1] if math.isfinite(ends[1]) else max(finite)
    if not low < high:
        return 0.0
    return min(max(2 * (score - low) / (high - low) - 1, -1.0), 1.0)


def score_words(score: float) -> str:
    """The number in two decimals, or in two digits where it is smaller, with a true minus sign; in
    words where there is none."""
    if not math.isfinite(score):
        return "no score"
    size = abs(score)
    form = ".2f" if 0.1 <= size < 10 else ".2g" if size < 0.1 else ".4g"
    return f"{score:{form}}".replace("-", "−")


def score_chip(score: float, place: float, *, title: str = "") -> str:
    """The score on a ground of its colour, vermillion (low) to green (high), with a mark at its
    place, so that nobody needs the colour. ``title`` is read out before it; escaped here."""
    ground = standing(place)
    said = f'<span class="gl-hidden">{html.escape(title)}: </span>' if title else ""
    return (
        f'<span class="gl-score" style="--gl-colour:{ground};--gl-on-colour:{ink_on(ground)};'
        f'--gl-place:{(place + 1) / 2:.3f}">{said}{score_words(score)}</span>'
    )


def score_scale(ends: Range, unit: str) -> str:
    """What the colours mean, in one line: the range's ends, and what the numbers count."""
    low = f"{ends[0]:g}".replace("-", "−") if math.isfinite(ends[0]) else "lowest shown"
    high = f"{ends[1]:g}".replace("-", "−") if math.isfinite(ends[1]) else "highest shown"
    stops = ", ".join(standing(i / 4) for i in range(-4, 5))
    return (
        f'<p class="gl-score-scale gl-soft">{low} <span class="gl-scale" role="img" '
        f'aria-label="from vermillion to green" style="background:linear-gradient(90deg,{stops})">'
        f"</span> {high} <span>({html.escape(unit)})</span></p>"
    )
