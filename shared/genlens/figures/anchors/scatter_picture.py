"""The scatter of anchors as a still picture, for reports and files: no script, any number of
points."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

from genlens.anchors.results import GROUPS, AnchorScores, Grouping
from genlens.figures.anchors.group_words import group_title
from genlens.figures.anchors.scatter import Axes, column, stretched
from genlens.figures.line_chart import short, ticks
from genlens.figures.palette import GROUPS as COLOURS
from genlens.figures.palette import rgb
from genlens.figures.pixels import data_uri

WIDTH, HEIGHT, LEFT, BOTTOM = 900, 560, 70, 46
_DOT = 2


def scatter_picture(
    scores: AnchorScores,
    grouping: Grouping,
    axes: Axes,
    titles: Mapping[str, str],
    marked: Sequence[int] | np.ndarray = (),
) -> str:
    """An SVG: dots coloured by group (a picture inside it), threshold lines, axes with units, and
    the rows of ``marked`` numbered from 1."""
    columns = [column(scores, name).astype(float) for name in (axes.across, axes.up)]
    lines = (grouping.intrinsic.value, grouping.extrinsic.value)
    scales = [_Scale(values, at) for values, at in zip(columns, lines, strict=True)]
    places = np.stack([s.place(v) for s, v in zip(scales, columns, strict=True)], axis=1)
    tx, ty = (float(s.place(np.array([v]))[0]) for s, v in zip(scales, lines, strict=True))
    x, y = LEFT + tx * WIDTH, (1 - ty) * HEIGHT
    said = ", ".join(
        f"{group_title(g)} {int(grouping.counts[g].sum()):,}" for g in range(len(GROUPS))
    )
    alt = (
        f"Scatter of {len(scores):,} anchors, {titles[axes.across]} across and {titles[axes.up]} "
        f"up. Groups: {said}."
    )
    names = [
        f"{titles[n]}, {scores.units[scores.criteria.index(n)]}" for n in (axes.across, axes.up)
    ]
    return (
        f'<svg class="gl-still" viewBox="0 0 {LEFT + WIDTH + 8} {HEIGHT + BOTTOM}" role="img" '
        f'aria-label="{html.escape(alt)}"><rect class="gl-map-ground" x="{LEFT}" width="{WIDTH}" '
        f'height="{HEIGHT}"/><image x="{LEFT}" width="{WIDTH}" height="{HEIGHT}" '
        f'href="{data_uri(_dots(places, grouping.group))}"/>'
        f"{_axes(scales, names)}"
        f'<path class="gl-still-line" d="M{x:.1f} 0V{HEIGHT}M{LEFT} {y:.1f}h{WIDTH}"/>'
        f"{_corners(x, y)}{_marks(places, marked)}</svg>"
    )


class _Scale:
    """Values to places in [0, 1], logarithmic where that shows them better."""

    def __init__(self, values: np.ndarray, line: float) -> None:
        self.log = bool(values.min() > 0 and line > 0) and stretched(values)
        ends = self._f(np.array([values.min(), values.max(), line]))
        room = 0.03 * (ends.max() - ends.min()) or 1.0
        self.low, self.high = float(ends.min() - room), float(ends.max() + room)

    def place(self, values: np.ndarray) -> np.ndarray:
        return (self._f(values) - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        if not self.log:
            return [t for t in ticks(self.low, self.high, 6) if self.low <= t <= self.high]
        powers = range(int(np.floor(self.low / np.log(10))), int(np.ceil(self.high / np.log(10))))
        steps = [s * 10.0**p for p in powers for s in (1, 2, 5)]
        return [s for s in steps if self.low <= np.log(s) <= self.high]

    def _f(self, values: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(values, 1e-30)) if self.log else values


def _dots(places: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(HEIGHT, WIDTH, 4) uint8: the groups laid over each other in an order by chance."""
    page = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    order = np.random.default_rng(0).permutation(len(places))
    x = (places[order, 0] * (WIDTH - 1)).round().astype(int)
    y = ((1 - places[order, 1]) * (HEIGHT - 1)).round().astype(int)
    table = np.array([[round(255 * part) for part in rgb(light)] for light, _ in COLOURS])
    for dx in range(_DOT):
        for dy in range(_DOT):
            at = np.clip(y + dy, 0, HEIGHT - 1), np.clip(x + dx, 0, WIDTH - 1)
            page[at[0], at[1], :3] = table[group[order]]
            page[at[0], at[1], 3] = 210
    return page


def _axes(scales: Sequence[_Scale], names: Sequence[str]) -> str:
    parts = []
    for value in scales[0].ticks():
        at = LEFT + float(scales[0].place(np.array([value]))[0]) * WIDTH
        parts.append(
            f'<path class="gl-rule" d="M{at:.1f} {HEIGHT}v5"/><text class="gl-tick" x="{at:.1f}" '
            f'y="{HEIGHT + 19}" text-anchor="middle">{short(value)}</text>'
        )
    for value in scales[1].ticks():
        at = (1 - float(scales[1].place(np.array([value]))[0])) * HEIGHT
        parts.append(
            f'<path class="gl-rule" d="M{LEFT - 5} {at:.1f}h5"/><text class="gl-tick" '
            f'x="{LEFT - 8}" y="{at + 4.5:.1f}" text-anchor="end">{short(value)}</text>'
        )
    across, up = (html.escape(name) for name in names)
    return (
        f'{"".join(parts)}<text class="gl-axis-name" x="{LEFT + WIDTH}" y="{HEIGHT + 40}" '
        f'text-anchor="end">{across}</text><text class="gl-axis-name" x="14" y="0" '
        f'transform="rotate(-90 14 0)" text-anchor="end">{up}</text>'
    )


def _corners(x: float, y: float) -> str:
    places = (
        (LEFT + 8, HEIGHT - 10),
        (LEFT + 8, 20),
        (LEFT + WIDTH - 8, HEIGHT - 10),
        (LEFT + WIDTH - 8, 20),
    )
    return "".join(
        f'<text class="gl-corner" x="{px}" y="{py}" text-anchor="{"start" if g < 2 else "end"}">'
        f"{group_title(g)}</text>"
        for g, (px, py) in enumerate(places)
    )


def _marks(places: np.ndarray, marked: Sequence[int] | np.ndarray) -> str:
    return "".join(
        f'<g class="gl-rep" transform="translate({LEFT + places[row, 0] * WIDTH:.1f} '
        f'{(1 - places[row, 1]) * HEIGHT:.1f})"><circle r="10"/>'
        f'<text dy="4.5" text-anchor="middle">{k + 1}</text></g>'
        for k, row in enumerate(marked)
    )
