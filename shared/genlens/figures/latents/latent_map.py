"""The latent map as SVG: one mark a picture, coloured by class, attribute or number."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genlens.errors import InputError
from genlens.figures.latents.map_marks import Marks
from genlens.figures.palette import sequential

WIDTH, HEIGHT, MARGIN = 1000, 640, 28
MOST_MARKS = 5000


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
    chosen: int | None = None,
    found: Sequence[int] | None = None,
    origin: Mapping[str, str] | None = None,
) -> str:
    """The map's HTML: an SVG to point at, its legend, and a text for screen readers.

    Args:
        points: (n, 2) places in the map, n up to 5,000.
        classes: (n,) integers, indices into ``names``: each class has a colour and a shape, and
            where every name is one character the mark *is* that character, so that it reads
            without colour. -1 is "no class".
        names: names of the classes.
        values: (n,) numbers instead of classes (reconstruction error, an attribute's strength);
            dark is little, bright is much. NaN is grey.
        value_name: what ``values`` are, with their unit.
        axes: what the horizontal and the vertical axis are ("PC 1, 23 % of variance").
        title: read out by screen readers.
        group_a, group_b: indices of marks that are ringed as the two groups to compare.
        chosen: index of the mark with a thick ring, the picture that the page is about.
        found: indices of marks that stand out; all others fade.
        origin: what the map is of, kept as ``data-`` attributes of the SVG: who reads a click must
            know which map was clicked on.

    The frame's corners stand in ``data-frame`` (x0 y0 x1 y1, data units), so that a click on
    empty ground can be turned into coordinates; ``data-stamp`` differs between different maps.

    Raises:
        InputError: wrong shapes, no points, too many, or both ``classes`` and ``values``.
    """
    points = np.asarray(points, dtype=float)
    _check(points, classes, names, values)
    frame = Frame.around(points)
    marks = Marks(classes, names, values)
    rings = dict.fromkeys(group_a, "a") | dict.fromkeys(group_b, "b")
    outstanding = None if found is None else set(found)
    places = frame.place(points)
    # What fades lies below what stands out.
    order = sorted(range(len(points)), key=lambda i: outstanding is not None and i in outstanding)
    drawn = "".join(
        _ring(rings.get(i), places[i])
        + marks.svg(i, *places[i], faded=outstanding is not None and i not in outstanding)
        for i in order
    )
    corners = " ".join(f"{v:.6g}" for v in (*frame.low, *frame.high))
    kept = "".join(f' data-{name}="{html.escape(value)}"' for name, value in (origin or {}).items())
    stamp = hashlib.sha256(f"{kept}{corners}{drawn}{chosen}".encode()).hexdigest()[:12]
    hint = (
        f"{len(points)} pictures. Arrow keys move the cursor, Enter opens the nearest picture, "
        "D decodes the place under the cursor, plus and minus zoom, 0 shows the whole map."
    )
    return (
        '<div class="gl gl-map-box">'
        f'<svg class="gl-map" viewBox="0 0 {WIDTH} {HEIGHT}" tabindex="0" role="application" '
        f'aria-label="{html.escape(title)}. {hint}" data-frame="{corners}" '
        f'data-margin="{MARGIN}" data-stamp="{stamp}"{kept}>'
        f'<rect class="gl-map-ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f"{_axis_names(axes)}<g>{drawn}</g>{_chosen(places, chosen)}"
        '<path class="gl-map-cursor" d="M-14 0H14M0 -14V14" visibility="hidden"/>'
        '<path class="gl-map-drag" visibility="hidden"/></svg>'
        f"{_legend(marks, values, value_name)}</div>"
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


def _ring(group: str | None, place: np.ndarray) -> str:
    if group is None:
        return ""
    x, y = place
    return f'<circle class="gl-ring-{group}" transform="translate({x:.1f} {y:.1f})" r="9"/>'


def _chosen(places: np.ndarray, chosen: int | None) -> str:
    """The ring around the chosen mark; hidden, for a script to move, where none is chosen."""
    known = chosen is not None and 0 <= chosen < len(places)
    x, y = places[chosen] if known else (0.0, 0.0)
    hidden = "" if known else ' visibility="hidden"'
    return (
        f'<g class="gl-map-chosen" transform="translate({x:.1f} {y:.1f})"{hidden}>'
        '<circle r="12"/><circle r="12"/></g>'
    )


def _axis_names(axes: tuple[str, str]) -> str:
    across, up = (html.escape(a) for a in axes)
    return (
        f'<text class="gl-map-axis" x="{WIDTH - MARGIN}" y="{HEIGHT - 8}" text-anchor="end">'
        f'{across}</text><text class="gl-map-axis" x="18" y="{MARGIN}" text-anchor="end" '
        f'transform="rotate(-90 18 {MARGIN})">{up}</text>'
    )


def _legend(marks: Marks, values: np.ndarray | None, value_name: str) -> str:
    items = marks.legend()
    if items:
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
