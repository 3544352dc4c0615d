"""Lines over a number, as SVG: effects along a latent, loss over steps, deletion curves."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.palette import WORDS

Numbers: TypeAlias = Sequence[float] | np.ndarray

WIDTH = 520
LEFT, RIGHT, TOP, BOTTOM = 66, 14, 10, 46
MOST_POINTS = 600
"""Points drawn of one line; of a longer one, every second, third ... is drawn, and its last."""
_DOTTED = 40  # lines with at most so many points show each as a dot
_LISTED = 240  # points in all up to which they are listed as numbers, too
# Colours that stand out on white and on the dark page; dashes tell lines apart without colour.
_COLOURS = (WORDS[0], WORDS[4], WORDS[2], WORDS[3], WORDS[1], WORDS[5])
_DASHES = ("", "8 4", "2 4", "10 4 2 4", "5 3", "12 3 4 3 4 3", "3 2", "14 5")


def line_chart(
    series: Mapping[str, tuple[Numbers, Numbers]],
    *,
    x: str,
    y: str,
    title: str = "",
    height: int = 220,
    bands: Mapping[str, tuple[Numbers, Numbers]] | None = None,
) -> str:
    """The lines with axes, a legend, and their numbers in a table to unfold.

    Args:
        series: name -> (x values, y values) of one length, at least 1; a y that is not finite
            breaks the line. Without a legend where the only name is "".
        bands: name of a line -> (low, high) around it, such as the ends of an interval, as many as
            it has points; drawn in its colour.
        x, y: what the axes show, with the unit ("z3, latent units").
        title: caption, also read out by screen readers.
        height: of the plot in SVG units; the width is 520, and the figure scales with the page.

    Raises:
        InputError: no line, a line without points, lengths that differ, or nothing finite to draw.
    """
    lines = {str(name): _points(str(name), *pair) for name, pair in series.items()}
    if not lines:
        raise InputError("a chart needs at least one line")
    around = {
        name: [_points(name, series[name][0], end) for end in ends]
        for name, ends in (bands or {}).items()
    }
    every = np.concatenate([*lines.values(), *(end for ends in around.values() for end in ends)])
    every = every[np.isfinite(every).all(axis=1)]
    if not len(every):
        raise InputError("none of the values is a finite number: there is nothing to draw")
    across = ticks(float(every[:, 0].min()), float(every[:, 0].max()), 6)
    up = ticks(float(every[:, 1].min()), float(every[:, 1].max()), 5)
    place = _Place(across, up, height)
    drawn = "".join(_band(place, list(lines).index(name), *ends) for name, ends in around.items())
    drawn += "".join(_line(place, i, name, p) for i, (name, p) in enumerate(lines.items()))
    says = html.escape(_in_words(title, x, y, lines))
    caption = f"<figcaption>{html.escape(title)}</figcaption>" if title else ""
    return (
        f'<figure class="gl gl-chart">{caption}'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{says}">'
        f"{_axes(place, across, up, x, y)}{drawn}</svg>"
        f"{_legend(list(lines))}{_numbers(lines, x, y)}</figure>"
    )


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at most ``low`` to at least ``high``, about as many as asked for.

    Steps are 1, 2 or 5 times a power of ten; one value alone gets room on both sides.
    """
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-12):
        room = abs(low) / 2 or 0.5
        low, high = low - room, high + room
    rough = (high - low) / max(about - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12 - math.floor(math.log10(step))) for i in range(first, last + 1)]


def short(value: float) -> str:
    """``value`` in at most four digits, with a true minus sign."""
    return f"{value:.4g}".replace("-", "−")


class _Place:
    """Data coordinates to SVG units."""

    def __init__(self, across: list[float], up: list[float], height: int) -> None:
        self.height = height
        self._x0, self._x1 = across[0], across[-1]
        self._y0, self._y1 = up[0], up[-1]

    def x(self, value: float) -> float:
        return LEFT + (value - self._x0) / (self._x1 - self._x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        part = (value - self._y0) / (self._y1 - self._y0)
        return self.height - BOTTOM - part * (self.height - TOP - BOTTOM)


def _points(name: str, xs: Numbers, ys: Numbers) -> np.ndarray:
    """(n, 2), thinned out to ``MOST_POINTS``."""
    across, up = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    if across.ndim != 1 or across.shape != up.shape or not len(across):
        raise InputError(
            f"line {name!r} has {across.shape} x values and {up.shape} y values: pass (n,) of each"
        )
    points = np.stack([across, up], axis=1)
    if len(points) > MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(int)]
    return points


def _line(place: _Place, index: int, name: str, points: np.ndarray) -> str:
    colour = _COLOURS[index % len(_COLOURS)]
    dash = _DASHES[index % len(_DASHES)]
    style = f'stroke="{colour}"' + (f' stroke-dasharray="{dash}"' if dash else "")
    parts: list[list[str]] = [[]]
    dots = []
    for a, b in points.tolist():
        if not (math.isfinite(a) and math.isfinite(b)):
            parts.append([])
            continue
        cx, cy = f"{place.x(a):.1f}", f"{place.y(b):.1f}"
        parts[-1].append(f"{cx},{cy}")
        said = html.escape(f"{name}: {short(a)}, {short(b)}" if name else f"{short(a)}, {short(b)}")
        dots.append(
            f'<circle cx="{cx}" cy="{cy}" r="3.2" fill="{colour}"><title>{said}</title></circle>'
        )
    paths = "".join(
        f'<polyline class="gl-line" points="{" ".join(part)}" {style}/>' for part in parts if part
    )
    return paths + ("".join(dots) if len(points) <= _DOTTED else "")


def _band(place: _Place, index: int, low: np.ndarray, high: np.ndarray) -> str:
    """The area between two lines, where both are known."""
    known = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    ring = [*low[known].tolist(), *high[known][::-1].tolist()]
    points = " ".join(f"{place.x(a):.1f},{place.y(b):.1f}" for a, b in ring)
    colour = _COLOURS[index % len(_COLOURS)]
    return f'<polygon class="gl-band" points="{points}" fill="{colour}"/>' if ring else ""


def _axes(place: _Place, across: list[float], up: list[float], x: str, y: str) -> str:
    left, right, low = LEFT, WIDTH - RIGHT, place.height - BOTTOM
    parts = []
    for value in up:
        at = place.y(value)
        zero = " gl-zero" if value == 0 else ""
        parts.append(
            f'<path class="gl-rule{zero}" d="M{left} {at:.1f}H{right}"/>'
            f'<text class="gl-tick" x="{left - 7}" y="{at + 4.5:.1f}" text-anchor="end">'
            f"{short(value)}</text>"
        )
    for value in across:
        at = place.x(value)
        parts.append(
            f'<path class="gl-rule" d="M{at:.1f} {low}v5"/>'
            f'<text class="gl-tick" x="{at:.1f}" y="{low + 19}" text-anchor="middle">'
            f"{short(value)}</text>"
        )
    middle = (TOP + low) / 2
    return (
        f'<g aria-hidden="true">{"".join(parts)}'
        f'<text class="gl-axis-name" x="{(left + right) / 2}" y="{place.height - 6}" '
        f'text-anchor="middle">{html.escape(x)}</text>'
        f'<text class="gl-axis-name" transform="rotate(-90 14 {middle})" x="14" y="{middle}" '
        f'text-anchor="middle">{html.escape(y)}</text></g>'
    )


def _legend(names: list[str]) -> str:
    if names == [""]:
        return ""
    items = "".join(
        '<li><svg viewBox="0 0 34 8" width="34" height="8" aria-hidden="true">'
        f'<path class="gl-line" d="M0 4H34" stroke="{_COLOURS[i % len(_COLOURS)]}" '
        f'stroke-dasharray="{_DASHES[i % len(_DASHES)] or "none"}"/></svg>{html.escape(name)}</li>'
        for i, name in enumerate(names)
    )
    return f'<ul class="gl-map-legend">{items}</ul>'


def _numbers(lines: Mapping[str, np.ndarray], x: str, y: str) -> str:
    if sum(map(len, lines.values())) > _LISTED:
        return ""
    rows = [
        (name, short(a), short(b)) for name, points in lines.items() for a, b in points.tolist()
    ]
    return (
        '<details><summary>Numbers</summary><div class="gl-scroll" tabindex="0">'
        f"{Table(['line', x, y], rows).html(css='')}</div></details>"
    )


def _in_words(title: str, x: str, y: str, lines: Mapping[str, np.ndarray]) -> str:
    said = []
    for name, points in lines.items():
        known = points[np.isfinite(points).all(axis=1)]
        if len(known):
            first, last = known[0], known[-1]
            said.append(
                f"{name or 'the line'} goes from {short(first[1])} at {short(first[0])} to "
                f"{short(last[1])} at {short(last[0])}"
            )
    head = f"{title}. " if title else ""
    return f"{head}Line chart of {y} over {x}: {'; '.join(said)}."
