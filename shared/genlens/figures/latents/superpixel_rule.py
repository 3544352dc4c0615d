"""A rule over superpixels, shown on its picture: what has to stay is bright, the rest is veiled."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.errors import InputError
from genlens.figures.palette import WORDS
from genlens.figures.picture_strip import picture_uri
from genlens.figures.pixels import outline

RULE = WORDS[1]  # orange: seen on light, dark and grey pictures


def superpixel_rule(
    picture: np.ndarray,
    segments: np.ndarray,
    anchor: Sequence[int],
    *,
    title: str = "",
    size: int = 300,
) -> str:
    """The picture with its superpixels outlined; those of the rule bright and framed.

    Args:
        picture: (1 or 3, h, w) in [0, 1].
        segments: (h, w) whole numbers from 0, one for each superpixel.
        anchor: numbers of the superpixels that belong to the rule; may be empty.
        title: what the picture shows, for the caption and for screen readers.
        size: largest width in CSS pixels.

    Raises:
        InputError: sizes that do not fit, or a superpixel that does not exist.
    """
    cut = np.asarray(segments)
    pixels = np.asarray(picture)
    if cut.ndim != 2 or pixels.ndim != 3 or cut.shape != pixels.shape[1:]:
        raise InputError(f"segments are {cut.shape} on a picture of {pixels.shape}: same h and w")
    parts = np.unique(cut).tolist()
    rule = sorted({int(a) for a in anchor})
    unknown = [a for a in rule if a not in parts]
    if unknown:
        raise InputError(f"superpixel {unknown[0]} does not exist: there are 0 to {max(parts)}")
    height, width = cut.shape
    borders = "".join(svg_edges(cut == p) for p in parts)
    kept = np.isin(cut, rule)
    veil = f'<path class="gl-hide" fill-rule="evenodd" d="{svg_edges(~kept)}"/>'
    frame = f'<path class="gl-keep" stroke="{RULE}" d="{svg_edges(kept)}"/>' if rule else ""
    says = html.escape(_in_words(title, len(parts), rule, float(kept.mean())))
    caption = f"<figcaption>{html.escape(title)}</figcaption>" if title else ""
    return (
        f'<figure class="gl gl-chart">{caption}<svg class="gl-super" role="img" '
        f'style="max-width:{int(size)}px" viewBox="0 0 {width} {height}" aria-label="{says}">'
        f'<image href="{picture_uri(pixels)}" width="{width}" height="{height}" '
        f'style="image-rendering:pixelated"/>{veil if len(rule) < len(parts) else ""}'
        f'<path class="gl-cut" d="{borders}"/>{frame}</svg></figure>'
    )


def svg_edges(mask: np.ndarray) -> str:
    """The borders of ``mask`` along pixel edges as an SVG path: superpixels are shown as cut.

    (``pixels.svg_path`` rounds corners and leaves out specks, which would part neighbours.)
    """
    return "".join(
        "M" + " ".join(f"{x:g},{y:g}" for x, y in _corners(loop)) + "Z" for loop in outline(mask)
    )


def _corners(loop: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The loop without the points that lie on straight lines."""
    points = np.array(loop)
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return [(float(x), float(y)) for x, y in points[turns]]


def _in_words(title: str, parts: int, rule: list[int], area: float) -> str:
    head = f"{title}. " if title else ""
    if not rule:
        return f"{head}{parts} superpixels, none of which is needed."
    return (
        f"{head}{len(rule)} of {parts} superpixels belong to the rule; they cover "
        f"{100 * area:.0f} % of the picture."
    )
