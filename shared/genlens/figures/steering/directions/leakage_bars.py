"""What else a direction changes: a bar for each assessor that should have stayed."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np

from genlens.common.measures import Measure
from genlens.figures.line_chart import short
from genlens.figures.palette import LOWERS, RAISES, diverging
from genlens.steering.results import Leakage

_NONE = "not known"


def leakage_bars(leakage: Leakage, titles: Mapping[str, str]) -> str:
    """A row an assessor, the largest first, with its 95 % interval and its size without sign.

    Args:
        titles: assessor's name -> what readers call it.
    """
    names = sorted(leakage.leaks, key=lambda name: -_size(leakage.leaks[name]))
    top = max([1.0, *(_size(leakage.leaks[name]) for name in names)])
    rows = "".join(
        _row(titles.get(n, n), leakage.leaks[n], leakage.sizes.get(n), top) for n in names
    )
    said = html.escape(reading(leakage, titles))
    return (
        f'<div class="gl gl-bars"><p class="gl-reading">{said}</p>'
        '<p class="gl-soft">Standard deviations of each score per one of '
        f"“{html.escape(titles.get(leakage.target, leakage.target))}”; in brackets 95 % intervals. "
        "Without sign: changes that go up on one face and down on the next do not cancel.</p>"
        '<div class="gl-scroll gl-half" tabindex="0" role="region" aria-label="What else changes">'
        '<table class="gl-table"><thead><tr><th scope="col">what should stay</th>'
        f'<th scope="col" class="gl-wide">falls ({LOWERS}) … rises ({RAISES})</th>'
        '<th scope="col">leakage</th><th scope="col">without sign</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def reading(leakage: Leakage, titles: Mapping[str, str]) -> str:
    """What leaks most, in a sentence."""
    if not leakage.worst:
        return "Nothing else could be measured."
    name, most = titles.get(leakage.worst, leakage.worst), leakage.leaks[leakage.worst]
    verb = "rises" if most.value > 0 else "falls"
    if most.low <= 0 <= most.high:
        return f"Nothing else clearly changes on average; most of all {name} {verb}."
    return (
        f"Where the score goes up by one standard deviation, {name} {verb} by "
        f"{short(float(f'{abs(most.value):.2g}'))} of its own: that is what this direction changes "
        "most beside it."
    )


def _size(measure: Measure) -> float:
    return abs(measure.value) if np.isfinite(measure.value) else -1.0


def _row(title: str, leak: Measure, size: Measure | None, top: float) -> str:
    name = f'<tr><th scope="row">{html.escape(title)}</th>'
    if not np.isfinite(leak.value):
        return f'{name}<td class="gl-track"></td><td>{_NONE}</td><td>{_NONE}</td></tr>'
    share = 50 * min(abs(leak.value) / top, 1.0)
    left = 50.0 if leak.value > 0 else 50 - share
    colour = diverging(0.85 if leak.value > 0 else -0.85)
    css = "gl-track" if leak.value > 0 else "gl-track gl-negative"
    bar = f'<span style="left:{left:.1f}%;width:{share:.1f}%;--gl-colour:{colour}"></span>'
    unsigned = _NONE if size is None or not np.isfinite(size.value) else _short(size.value)
    told = f"<td>{_with_ends(leak)}</td><td>{unsigned}</td>"
    return f'{name}<td class="{css}">{bar}</td>{told}</tr>'


def _with_ends(measure: Measure) -> str:
    value = _short(measure.value)
    if not np.isfinite([measure.low, measure.high]).all():
        return value
    # below the value: the table stands in half of the page
    ends = f"{_short(measure.low)} to {_short(measure.high)}"
    return f'{value}<br><span class="gl-soft gl-nowrap">({ends})</span>'


def _short(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
