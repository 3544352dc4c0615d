"""The scatter of anchors as an empty figure that a script fills: tens of thousands of points are
sent apart, as typed arrays (see ``packed``)."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.anchors.results import GROUPS, AnchorScores, Grouping
from genlens.errors import InputError
from genlens.figures.anchors.count_table import count_table
from genlens.figures.anchors.group_words import GROUP_WORDS, group_title
from genlens.figures.arrays import base64_of
from genlens.figures.palette import sequential
from genlens.figures.plot_tools import Tool, toolbar

OWN = Tool("tool", "own", "Model’s own samples", "Lay pictures that the model drew over it")
TOOLS = (
    Tool("tool", "box", "Box", "Drag a box around anchors to select them"),
    Tool("tool", "lasso", "Lasso", "Draw around anchors to select them"),
    Tool("tool", "move", "Move", "Drag the scatter where it is larger than its frame"),
    Tool("tool", "in", "+", "Zoom in (also Ctrl and the mouse wheel)"),
    Tool("tool", "out", "−", "Zoom out"),
    Tool("tool", "whole", "Whole", "Show the whole scatter"),
)
LOOKS = (
    Tool("by", "class", "Class", "Colour anchors by their class"),
    Tool("by", "group", "Group", "Colour anchors by their group"),
    Tool("by", "density", "Density", "Colour by how many anchors lie in one place"),
)
SCALES = (
    Tool("scale", "log", "Log", "Logarithmic axes: equal steps are equal factors"),
    Tool("scale", "linear", "Linear", "Linear axes"),
    Tool("scale", "rank", "Rank", "Axes of ranks: how many per cent of the anchors lie lower"),
)
STRETCHED = 8.0
"""How many medians the largest value lies away from which on the axes open logarithmic."""


@dataclass(frozen=True)
class Axes:
    """Which criterion is drawn across and which up: names of ``AnchorScores.criteria``."""

    across: str
    up: str


def scatter_html(
    scores: AnchorScores,
    grouping: Grouping,
    axes: Axes,
    *,
    titles: Mapping[str, str],
    origin: Mapping[str, str],
    usual: tuple[float, float] | None = None,
    marked: Sequence[int] = (),
    chosen: int | None = None,
    samples: bool = True,
) -> str:
    """The figure with its tools, threshold fields, legend and counts.

    Args:
        scores: all anchors.
        grouping: by the two criteria of ``axes``; the lines start at its thresholds.
        axes: what is drawn.
        titles: name of a criterion -> what it is called ("KLD").
        origin: what the figure is of ("model", "set"); a click brings it back.
        usual: the model's own thresholds, which "Reset" goes back to; those of ``grouping``.
        marked: rows of representatives, numbered from 1 in this order.
        chosen: the row with a thick ring.
        samples: with a button that lays the model's own samples over the anchors.

    Raises:
        InputError: a criterion that was not scored.
    """
    columns = [column(scores, name) for name in (axes.across, axes.up)]
    lines = (grouping.intrinsic.value, grouping.extrinsic.value)
    own = usual or lines
    names = [titles.get(name, name) for name in (axes.across, axes.up)]
    units = [scores.units[scores.criteria.index(name)] for name in (axes.across, axes.up)]
    facts: dict[str, Any] = {
        **origin, "x": axes.across, "y": axes.up, "tx": lines[0], "ty": lines[1],
        "tx0": own[0], "ty0": own[1], "x_title": names[0], "y_title": names[1],
        "x_unit": units[0], "y_unit": units[1], "names": list(scores.names),
        "groups": [group_title(g) for g in range(len(GROUPS))],
        "scale": "log" if all(map(stretched, columns)) else "linear",
        "marked": [int(row) for row in marked],
        "chosen": -1 if chosen is None else int(chosen),
    }  # fmt: skip
    written = json.dumps(facts, ensure_ascii=False)
    stamp = hashlib.sha256(written.encode()).hexdigest()[:12]
    label = (
        f"Scatter of {len(scores):,} anchors: {names[0]} across, {names[1]} up. Arrow keys move "
        "the cursor, Enter opens the nearest anchor, B sets the two corners of a selection, plus "
        "and minus zoom, 0 shows all."
    )
    return (
        f'<div class="gl gl-anchors" data-stamp="{stamp}" data-facts="{html.escape(written)}">'
        f"{_tools(samples)}"
        '<div class="gl-scatter"><canvas aria-hidden="true"></canvas>'
        f'<svg class="gl-scatter-over" tabindex="0" role="application" '
        f'aria-label="{html.escape(label)}">'
        '<g class="gl-scatter-ticks" aria-hidden="true"></g><svg class="gl-scatter-inner">'
        f"{_line('x', names[0])}{_line('y', names[1])}"
        f'<g class="gl-scatter-marks" aria-hidden="true"></g>{_corners()}'
        '<path class="gl-map-drag" visibility="hidden"/></svg></svg>'
        f'<span class="gl-scatter-x">{_axis(names[0], units[0])} →</span>'
        f'<span class="gl-scatter-y">{_axis(names[1], units[1])} →</span></div>'
        '<p class="gl-scatter-said" role="status"></p>'
        f"{_fields(names, units, lines)}{_legend(scores.names)}"
        f"{count_table(grouping.counts, scores.names, choose=True)}</div>"
    )


def column(scores: AnchorScores, name: str) -> np.ndarray:
    """(n,) float32: the values of one criterion.

    Raises:
        InputError: it was not scored.
    """
    if name not in scores.criteria:
        known = ", ".join(scores.criteria)
        raise InputError(f"criterion {name!r} was not scored: take one of {known}")
    return np.ascontiguousarray(scores.values[:, scores.criteria.index(name)], dtype=np.float32)


def packed(scores: AnchorScores, axes: Axes) -> dict[str, Any]:
    """What the script draws, each array as base64 of its little-endian bytes: ``x`` and ``y``
    (float32), ``labels`` (int16, -1 for none) and ``ids`` (uint32)."""
    return {
        "x": base64_of(column(scores, axes.across), "<f4"),
        "y": base64_of(column(scores, axes.up), "<f4"),
        "labels": base64_of(scores.labels, "<i2"),
        "ids": base64_of(scores.ids, "<u4"),
    }


def unpacked_rows(bits: str, n: int) -> np.ndarray:
    """(k,) int64: the rows below ``n`` whose bits the script has set, lowest bit first.

    Raises:
        InputError: not the bits of n rows.
    """
    try:
        raw = np.frombuffer(base64.b64decode(bits, validate=True), dtype=np.uint8)
    except (ValueError, TypeError) as error:
        raise InputError("that selection did not come from this page: reload it") from error
    if len(raw) != -(-n // 8):
        raise InputError(f"that selection is of another set: {8 * len(raw)} rows, here are {n:,}")
    return np.flatnonzero(np.unpackbits(raw, bitorder="little")[:n])


def stretched(values: np.ndarray) -> bool:
    """Whether a logarithmic axis shows them better."""
    low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
    return bool(low > 0 and high > STRETCHED * middle) or bool(low > 0 and middle > STRETCHED * low)


def _tools(samples: bool) -> str:
    first = toolbar("Scatter tools", (*TOOLS, OWN) if samples else TOOLS)
    colour = toolbar("Colour by", LOOKS, said="Colour by")
    return (
        f'<div class="gl-scatter-tools">{first}{colour}{toolbar("Axes", SCALES, said="Axes")}</div>'
    )


def _corners() -> str:
    return "".join(f'<text class="gl-corner" data-corner="{g}"></text>' for g in range(len(GROUPS)))


def _line(name: str, title: str) -> str:
    way = "vertical" if name == "x" else "horizontal"
    keys = "Left and right" if name == "x" else "Up and down"
    return (
        f'<g class="gl-threshold gl-line-{name}" data-line="{name}" role="slider" tabindex="0" '
        f'aria-label="Threshold of {html.escape(title)}, the {way} line. {keys} arrows move it, '
        'Home takes it back to the model’s own." aria-valuenow="0">'
        f'<line class="gl-line-grip" x1="0" y1="0" x2="0" y2="0"/>'
        f'<line x1="0" y1="0" x2="0" y2="0"/><circle r="8"/></g>'
    )


def _axis(title: str, unit: str) -> str:
    return html.escape(f"{title}, {unit}" if unit else title)


def _fields(names: Sequence[str], units: Sequence[str], lines: tuple[float, float]) -> str:
    fields = "".join(
        f'<label>{html.escape(title)} below <input type="number" step="any" '
        f'aria-label="Threshold of {html.escape(title)}, {html.escape(unit)}" '
        f'data-threshold="{name}" value="{value:.6g}"></label>'
        for name, title, unit, value in zip("xy", names, units, lines, strict=True)
    )
    return (
        f'<div class="gl-scatter-fields"><b>High affinity:</b>{fields}'
        '<button type="button" class="gl-button" data-reset="1" title="The thresholds that the '
        'model’s own samples give">Reset to the model’s own</button></div>'
    )


def _legend(names: Sequence[str]) -> str:
    classes = "".join(
        f'<li><button type="button" class="gl-class-pick" data-light="class-{c}" '
        f'aria-pressed="false" title="Let this class stand out"><span class="gl-class-key" '
        f'style="background:var(--gl-class-{c % 12})"></span>{html.escape(name)}</button></li>'
        for c, name in enumerate(names)
    )
    groups = "".join(
        f'<li><button type="button" class="gl-class-pick" data-light="group-{g}" '
        f'aria-pressed="false" title="{html.escape(GROUP_WORDS[name].means)}">'
        f'<span class="gl-class-key" style="background:var(--gl-group-{g})"></span>'
        f"{html.escape(name)}</button></li>"
        for g, name in enumerate(GROUPS)
    )
    stops = ",".join(sequential(i / 6) for i in range(7))
    return (
        f'<ul class="gl-map-legend gl-classes" aria-label="Classes">{classes}</ul>'
        f'<ul class="gl-map-legend gl-groups" aria-label="Groups">{groups}</ul>'
        '<p class="gl-map-legend gl-density" hidden><span>1 anchor</span>'
        f'<span class="gl-scale" style="background:linear-gradient(90deg,{stops})"></span>'
        "<span><span data-most></span> in one place</span></p>"
    )
