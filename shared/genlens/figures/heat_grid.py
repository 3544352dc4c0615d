"""A signed quantity over two numbers as coloured cells: what two latents do together."""

from __future__ import annotations

import html

import numpy as np

from genlens.errors import InputError
from genlens.figures.line_chart import short
from genlens.figures.palette import diverging

WIDTH, HEIGHT = 520, 420
LEFT, RIGHT, TOP, BOTTOM = 66, 14, 10, 46


def heat_grid(
    values: np.ndarray,
    *,
    x_edges: np.ndarray,
    y_edges: np.ndarray,
    x: str,
    y: str,
    unit: str,
    empty: np.ndarray | None = None,
    title: str = "",
) -> str:
    """Cells at their places, red above zero, blue below, grey at zero; each tells its number.

    Args:
        values: (k, l), finite; cell (i, j) lies between ``x_edges[i]`` and ``x_edges[i + 1]``
            across and between ``y_edges[j]`` and ``y_edges[j + 1]`` upwards.
        x_edges: (k + 1,) rising; y_edges: (l + 1,) rising.
        x, y: what the axes show, with the unit.
        unit: of the values.
        empty: (k, l) bool, cells that no data stand behind: they are struck through.
        title: caption, also read out by screen readers.

    Raises:
        InputError: shapes that do not fit, edges that do not rise, or values that are not finite.
    """
    cells = np.asarray(values, dtype=float)
    edges = (np.asarray(x_edges, dtype=float), np.asarray(y_edges, dtype=float))
    bare = np.zeros(cells.shape, dtype=bool) if empty is None else np.asarray(empty, dtype=bool)
    _check(cells, edges, bare)
    top = float(np.abs(cells).max())
    across = LEFT + _part(edges[0]) * (WIDTH - LEFT - RIGHT)
    up = HEIGHT - BOTTOM - _part(edges[1]) * (HEIGHT - TOP - BOTTOM)
    drawn = "".join(
        _cell(across[i : i + 2], up[j : j + 2], cells[i, j], top, bool(bare[i, j]), unit)
        for i in range(cells.shape[0])
        for j in range(cells.shape[1])
    )
    caption = f"<figcaption>{html.escape(title)}</figcaption>" if title else ""
    says = html.escape(_in_words(cells, edges, x, y, unit, title))
    return (
        f'<figure class="gl gl-chart">{caption}'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{says}">'
        f"{drawn}{_axes(across, up, edges, x, y)}</svg>{_scale(top, unit, bool(bare.any()))}"
        "</figure>"
    )


def _check(cells: np.ndarray, edges: tuple[np.ndarray, np.ndarray], bare: np.ndarray) -> None:
    wanted = tuple(len(e) - 1 for e in edges)
    if cells.ndim != 2 or cells.shape != wanted or not cells.size or bare.shape != cells.shape:
        raise InputError(
            f"values are {cells.shape} and empty {bare.shape} between edges for {wanted} cells: "
            "pass one value for each cell"
        )
    if not all(np.isfinite(e).all() and (np.diff(e) > 0).all() for e in edges):
        raise InputError("edges have to be finite and rising")
    if not np.isfinite(cells).all():
        raise InputError("values hold numbers that are not finite")


def _part(edges: np.ndarray) -> np.ndarray:
    return np.asarray((edges - edges[0]) / (edges[-1] - edges[0]))


def _cell(
    across: np.ndarray, up: np.ndarray, value: float, top: float, empty: bool, unit: str
) -> str:
    (x0, x1), (y1, y0) = across.tolist(), up.tolist()
    said = html.escape(f"{short(value)} {unit}" + (", no pictures here" if empty else ""))
    fill = diverging(value / top if top else 0.0)
    strike = f'<path class="gl-bare" d="M{x0:.1f} {y1:.1f}L{x1:.1f} {y0:.1f}"/>' if empty else ""
    return (
        f'<g><title>{said}</title><rect x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" '
        f'height="{y1 - y0:.1f}" fill="{fill}"/>{strike}</g>'
    )


def _axes(
    across: np.ndarray, up: np.ndarray, edges: tuple[np.ndarray, np.ndarray], x: str, y: str
) -> str:
    low = HEIGHT - BOTTOM
    marks = []
    for at, value in _apart(across, edges[0], 48):
        marks.append(
            f'<path class="gl-rule" d="M{at:.1f} {low}v5"/><text class="gl-tick" x="{at:.1f}" '
            f'y="{low + 19}" text-anchor="middle">{short(round(value, 2))}</text>'
        )
    for at, value in _apart(up, edges[1], 20):
        marks.append(
            f'<path class="gl-rule" d="M{LEFT} {at:.1f}h-5"/><text class="gl-tick" '
            f'x="{LEFT - 8}" y="{at + 4.5:.1f}" text-anchor="end">{short(round(value, 2))}</text>'
        )
    middle, centre = (TOP + low) / 2, (LEFT + WIDTH - RIGHT) / 2
    return (
        f'<g aria-hidden="true">{"".join(marks)}<text class="gl-axis-name" x="{centre}" '
        f'y="{HEIGHT - 6}" text-anchor="middle">{html.escape(x)}</text>'
        f'<text class="gl-axis-name" transform="rotate(-90 14 {middle})" x="14" y="{middle}" '
        f'text-anchor="middle">{html.escape(y)}</text></g>'
    )


def _apart(places: np.ndarray, values: np.ndarray, room: float) -> list[tuple[float, float]]:
    """(place, value) of the edges whose labels do not touch: the ends, and what fits between."""
    kept = [(float(places[0]), float(values[0]))]
    last = (float(places[-1]), float(values[-1]))
    for place, value in zip(places[1:-1].tolist(), values[1:-1].tolist(), strict=True):
        if abs(place - kept[-1][0]) >= room and abs(place - last[0]) >= room:
            kept.append((place, value))
    return [*kept, last]


def _scale(top: float, unit: str, struck: bool) -> str:
    stops = ",".join(diverging(i / 4 - 1) for i in range(9))
    note = "<span>struck through: no pictures here</span>" if struck else ""
    return (
        f'<div class="gl-map-legend"><span>{short(-top)}</span><span class="gl-scale" '
        f'style="background:linear-gradient(90deg,{stops})"></span><span>{short(top)} '
        f"{html.escape(unit)}</span>{note}</div>"
    )


def _in_words(
    cells: np.ndarray,
    edges: tuple[np.ndarray, np.ndarray],
    x: str,
    y: str,
    unit: str,
    title: str,
) -> str:
    def where(flat: int) -> str:
        i, j = np.unravel_index(flat, cells.shape)
        return (
            f"{short(float(cells[i, j]))} where {x} is {short(float(edges[0][i]))} to "
            f"{short(float(edges[0][i + 1]))} and {y} is {short(float(edges[1][j]))} to "
            f"{short(float(edges[1][j + 1]))}"
        )

    head = f"{title}. " if title else ""
    return (
        f"{head}Heat map in {unit}: highest {where(int(cells.argmax()))}; lowest "
        f"{where(int(cells.argmin()))}."
    )
