"""How alike a layer's activations are within classes, and between classes."""

from __future__ import annotations

import html

from genlens.common.tables import Cell, Table
from genlens.figures.attribution.facts import plain_number
from genlens.figures.palette import WORDS
from genlens.latents.activations import ActivationReport

_WITHIN, _BETWEEN = WORDS[0], WORDS[4]


def layer_cosines(report: ActivationReport) -> str:
    """A table with a drawn line a layer: a filled dot for pairs of one class, a ring for pairs of
    different classes, on a scale from −1 to 1; then what the last layer says in words."""
    rows: list[list[str | Cell]] = [
        [
            layer,
            Cell("", html=_line(float(within), float(between)), css="gl-wide"),
            *(plain_number(float(value)) for value in (within, between, within - between)),
        ]
        for layer, within, between in zip(report.layers, report.within, report.between, strict=True)
    ]
    centred = "each layer’s mean taken off first" if report.centred else "as they are"
    caption = (
        f"Mean cosine of the activations of two pictures, −1 to 1 ({centred}; "
        f"{int(report.counts.sum())} pictures of {len(report.classes)} classes)"
    )
    key = Cell("", html=_key(), css="gl-wide")
    heads: list[str | Cell] = ["layer", key, "within classes", "between classes", "difference"]
    return (
        '<div class="gl gl-layers"><div class="gl-scroll" tabindex="0" role="region" '
        f'aria-label="Layers">{Table(heads, rows, caption=caption).html()}</div>'
        f'<p class="gl-soft">{html.escape(describe(report))}</p></div>'
    )


def describe(report: ActivationReport) -> str:
    """The layer that tells classes apart best, in words."""
    gaps = report.within - report.between
    best = int(gaps.argmax())
    return (
        f"Layer {report.layers[best]} tells the classes apart best: two pictures of one class have "
        f"cosine {plain_number(float(report.within[best]))}, two of different classes "
        f"{plain_number(float(report.between[best]))}."
    )


def _line(within: float, between: float) -> str:
    a, b = _place(between), _place(within)
    return (
        '<svg class="gl-dumbbell" viewBox="0 0 204 24" aria-hidden="true">'
        '<path class="gl-axis" d="M2 12H202M102 5V19"/>'
        f'<path d="M{a:.1f} 12H{b:.1f}" stroke="{_WITHIN}" stroke-width="3"/>'
        f'<circle cx="{a:.1f}" cy="12" r="5.5" class="gl-hollow" stroke="{_BETWEEN}"/>'
        f'<circle cx="{b:.1f}" cy="12" r="6.5" fill="{_WITHIN}"/></svg>'
    )


def _place(cosine: float) -> float:
    return 102 + 95 * (cosine if cosine == cosine else 0.0)


def _key() -> str:
    return (
        f'<span style="color:{_BETWEEN}" aria-hidden="true">○</span> between, '
        f'<span style="color:{_WITHIN}" aria-hidden="true">●</span> within'
    )
