"""What an edit and its control did to a score, and from where it counts: intervals on a line."""

from __future__ import annotations

import html
import math
from collections.abc import Callable

from genlens.common.measures import Measure
from genlens.figures.line_chart import short, ticks
from genlens.figures.palette import NONE, WORDS
from genlens.steering.results import Verdict

WIDTH, HEIGHT, LEFT, RIGHT = 430, 150, 96, 22
Place = Callable[[float], float]
"""A score -> its place in SVG units."""
_LINES = (("the edit", 34, WORDS[0]), ("the control", 74, NONE))


def effect_chart(verdict: Verdict) -> str:
    """The mean change of the score under the edit and under its control with 95 % intervals, and
    the zone in which a change counts, as SVG with its numbers in words."""
    claim = verdict.hypothesis
    rows = [(name, y, colour, m) for (name, y, colour), m in zip(
        _LINES, (verdict.effect, verdict.control), strict=True)]  # fmt: skip
    bars = [claim.least * (1 if claim.expected >= 0 else -1)]
    ends = [0.0, *bars, *(v for *_, m in rows for v in (m.value, m.low, m.high))]
    finite = [v for v in ends if math.isfinite(v)]
    across = ticks(min(finite), max(finite), 5)

    def x(value: float) -> float:
        part = (value - across[0]) / (across[-1] - across[0])
        return LEFT + min(max(part, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    unit = str(verdict.made_by.settings.get("unit", ""))
    what = "mean size of the change" if claim.expected == 0 else "mean change of the score"
    zone = _zone(x, bars[0], up=claim.expected >= 0)
    drawn = "".join(_interval(x, *row) for row in rows)
    said = "; ".join(f"{name}: {words_of(m)}" for name, _, _, m in rows)
    return (
        f'<figure class="gl gl-chart gl-effect"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html.escape(f"{what}. {said}. It counts from {short(bars[0])} on.")}">'
        f"{zone}{_axis(x, across, f'{what} ({unit})' if unit else what)}{drawn}</svg></figure>"
    )


def words_of(measure: Measure) -> str:
    """ "0.42 (0.31 to 0.53, 100 faces)", in the pages' signs."""
    if not math.isfinite(measure.value):
        return "not measured"
    return (
        f"{measure.value:.2g} ({measure.low:.2g} to {measure.high:.2g}, {measure.n} faces)"
    ).replace("-", "−")


def _zone(x: Place, least: float, up: bool) -> str:
    start, end = (x(least), WIDTH - RIGHT) if up else (LEFT, x(least))
    at = x(least)
    anchor, shift = ("start", 5) if at < WIDTH * 0.62 else ("end", -5)
    return (
        f'<rect class="gl-counts-zone" x="{start:.1f}" y="12" width="{max(end - start, 0):.1f}" '
        f'height="84"/><path class="gl-counts-from" d="M{at:.1f} 8V100"/>'
        f'<text class="gl-tick" x="{at + shift:.1f}" y="12" text-anchor="{anchor}">counts from '
        f"here</text>"
    )


def _axis(x: Place, across: list[float], title: str) -> str:
    marks = "".join(
        f'<path class="gl-rule{" gl-zero" if v == 0 else ""}" d="M{x(v):.1f} 20V100"/>'
        f'<text class="gl-tick" x="{x(v):.1f}" y="117" text-anchor="middle">{short(v)}</text>'
        for v in across
    )
    middle = (LEFT + WIDTH - RIGHT) / 2
    return (
        f'<g aria-hidden="true">{marks}<text class="gl-axis-name" x="{middle}" y="142" '
        f'text-anchor="middle">{html.escape(title)}</text></g>'
    )


def _interval(x: Place, name: str, y: int, colour: str, measure: Measure) -> str:
    label = (
        f'<text class="gl-axis-name" x="{LEFT - 12}" y="{y + 5}" text-anchor="end">{name}</text>'
    )
    if not math.isfinite(measure.value):
        return f'{label}<text class="gl-tick" x="{LEFT + 8}" y="{y + 5}">not measured</text>'
    low, high = x(measure.low), x(measure.high)
    return (
        f'{label}<path class="gl-whisker" style="stroke:{colour}" d="M{low:.1f} {y}H{high:.1f}'
        f'M{low:.1f} {y - 7}v14M{high:.1f} {y - 7}v14"/><circle cx="{x(measure.value):.1f}" '
        f'cy="{y}" r="6" fill="{colour}"><title>{html.escape(name)}: '
        f"{html.escape(words_of(measure))}</title></circle>"
    )
