"""The latent map as SVG: one mark a picture, coloured by class, attribute or number."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.errors import InputError
from genlens.figures.palette import NONE, WORDS, sequential

WIDTH, HEIGHT, MARGIN = 1000, 640, 28
MOST_MARKS = 5000
_MORE = ("#44546A", "#A6761D")  # two more than the words' palette: ten digits need ten colours
CLASSES = WORDS + _MORE


@dataclass(frozen=True)
class Frame:
    """Where data coordinates lie in the SVG: ``low`` and ``high`` are its corners (x, y)."""

    low: tuple[float, float]
    high: tuple[float, float]

    @classmethod
    def around(cls, points: np.ndarray) -> Frame:
        """The frame that holds ``points`` (n, 2) with a little room around them."""
        low, high = points.min(0), points.max(0)
        room = np.maximum((high - low) * 0.02, 1e-6)
        (x0, y0), (x1, y1) = low - room, high + room
        return cls((float(x0), float(y0)), (float(x1), float(y1)))

    def place(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) data coordinates -> (n, 2) SVG units; y grows upwards in the data."""
        low, high = np.array(self.low), np.array(self.high)
        part = (points - low) / (high - low)
        size = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
        out = MARGIN + part * size
        out[:, 1] = HEIGHT - out[:, 1]
        return out


def latent_map_svg(
    points: np.ndarray,
    *,
    classes: np.ndarray | None = None,
    names: Sequence[str] = (),
    values: np.ndarray | None = None,
    value_name: str = "",
    axes: tuple[str, str] = ("", ""),
    title: str = "Latent map",
    group_a: Sequence[int] = (),
    group_b: Sequence[int] = (),
) -> str:
    """The map's HTML: an SVG to point at, its legend, and a text for screen readers.

    Args:
        points: (n, 2) places in the map, n up to 5,000.
        classes: (n,) integers, indices into ``names``: marks are coloured by class, and where
            every name is one character the mark *is* that character, so that it reads without
            colour. -1 is "no class".
        names: names of the classes.
        values: (n,) numbers instead of classes (reconstruction error, an attribute's strength);
            dark is little, bright is much. NaN is grey.
        value_name: what ``values`` are, with their unit.
        axes: what the horizontal and the vertical axis are ("PC 1, 23 % of variance").
        title: read out by screen readers.
        group_a, group_b: indices of marks that are ringed as the two groups to compare.

    The frame's corners stand in ``data-frame`` (x0 y0 x1 y1, data units), so that a click on
    empty ground can be turned into coordinates.

    Raises:
        InputError: wrong shapes, no points, too many, or both ``classes`` and ``values``.
    """
    points = np.asarray(points, dtype=float)
    _check(points, classes, names, values)
    frame = Frame.around(points)
    fills, marks = _colours(len(points), classes, names, values)
    rings = dict.fromkeys(group_a, "a") | dict.fromkeys(group_b, "b")
    drawn = "".join(
        _mark(i, x, y, fills[i], marks[i], rings.get(i))
        for i, (x, y) in enumerate(frame.place(points))
    )
    corners = " ".join(f"{v:.6g}" for v in (*frame.low, *frame.high))
    hint = (
        f"{len(points)} pictures. Arrow keys move the cursor, Enter opens the nearest picture, "
        "D decodes the place under the cursor."
    )
    return (
        '<div class="gl gl-map-box">'
        f'<svg class="gl-map" viewBox="0 0 {WIDTH} {HEIGHT}" tabindex="0" role="application" '
        f'aria-label="{html.escape(title)}. {hint}" data-frame="{corners}" '
        f'data-margin="{MARGIN}">'
        f'<rect class="gl-map-ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f"{_axis_names(axes)}<g>{drawn}</g>"
        '<path class="gl-map-cursor" d="M-14 0H14M0 -14V14" visibility="hidden"/>'
        '<rect class="gl-map-drag" visibility="hidden"/></svg>'
        f"{_legend(classes, names, values, value_name)}</div>"
    )


def _check(
    points: np.ndarray,
    classes: np.ndarray | None,
    names: Sequence[str],
    values: np.ndarray | None,
) -> None:
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise InputError(f"points have shape {points.shape}: a map needs (n, 2) with n >= 1")
    if len(points) > MOST_MARKS:
        raise InputError(f"{len(points)} points: draw at most {MOST_MARKS} on one map")
    if not np.isfinite(points).all():
        raise InputError("points hold NaN or infinite numbers: project the latents again")
    if classes is not None and values is not None:
        raise InputError("colour by classes or by values, not by both")
    for what, given in (("classes", classes), ("values", values)):
        if given is not None and np.shape(given) != (len(points),):
            raise InputError(f"{what} have shape {np.shape(given)}: one for each of the points")
    if classes is not None and len(classes) and int(np.max(classes)) >= len(names):
        raise InputError(f"class {int(np.max(classes))} has no name: {len(names)} names given")


def _colours(
    n: int, classes: np.ndarray | None, names: Sequence[str], values: np.ndarray | None
) -> tuple[list[str], list[str]]:
    """Fill colour and glyph ("" for a dot) of each mark."""
    if classes is not None:
        glyphs = bool(names) and all(len(name) == 1 for name in names)
        fills = [NONE if c < 0 else CLASSES[int(c) % len(CLASSES)] for c in classes]
        return fills, [names[int(c)] if glyphs and c >= 0 else "" for c in classes]
    if values is not None:
        known = np.asarray(values, dtype=float)
        low, high = np.nanmin(known), np.nanmax(known)
        spread = (high - low) or 1.0
        fills = [NONE if v != v else sequential((v - low) / spread) for v in known]
        return fills, [""] * n
    return [WORDS[0]] * n, [""] * n


def _mark(index: int, x: float, y: float, fill: str, glyph: str, ring: str | None) -> str:
    about = f'class="gl-mark" data-i="{index}"'
    ringed = f'<circle class="gl-ring-{ring}" cx="{x:.1f}" cy="{y:.1f}" r="9"/>' if ring else ""
    if glyph:
        return (
            f'{ringed}<text {about} x="{x:.1f}" y="{y:.1f}" fill="{fill}">'
            f"{html.escape(glyph)}</text>"
        )
    return f'{ringed}<circle {about} cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}"/>'


def _axis_names(axes: tuple[str, str]) -> str:
    across, up = (html.escape(a) for a in axes)
    return (
        f'<text class="gl-map-axis" x="{WIDTH - MARGIN}" y="{HEIGHT - 8}" text-anchor="end">'
        f'{across}</text><text class="gl-map-axis" x="18" y="{MARGIN}" text-anchor="end" '
        f'transform="rotate(-90 18 {MARGIN})">{up}</text>'
    )


def _legend(
    classes: np.ndarray | None, names: Sequence[str], values: np.ndarray | None, value_name: str
) -> str:
    if classes is not None:
        items = "".join(
            f'<li><span class="gl-swatch" style="background:{CLASSES[i % len(CLASSES)]}"></span>'
            f"{html.escape(str(name))}</li>"
            for i, name in enumerate(names)
        )
        return f'<ul class="gl-map-legend">{items}</ul>'
    if values is not None:
        stops = ",".join(sequential(i / 6) for i in range(7))
        low, high = np.nanmin(values), np.nanmax(values)
        return (
            f'<div class="gl-map-legend"><span>{html.escape(value_name)}</span><span>{low:.3g}'
            f'</span><span class="gl-scale" style="background:linear-gradient(90deg,{stops})">'
            f"</span><span>{high:.3g}</span></div>"
        )
    return ""
