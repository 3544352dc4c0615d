"""The shares of two prompts' words, one row for each word and its counterpart."""

from __future__ import annotations

import html
from collections.abc import Callable

import numpy as np

from genlens.common.measures import Measure
from genlens.figures.line_chart import ticks
from genlens.figures.palette import word_colour
from genlens.figures.style import percent
from genlens.prompts.versus.results import PromptComparison, WordPair

WIDTH, LEFT, RIGHT, ROW, BOTTOM = 520, 150, 16, 40, 40


def versus_shares(found: PromptComparison) -> str:
    """Hollow: the first prompt; filled: the second. Bars are 95 % intervals, cut off where they
    leave the chart, which shows the means with some room around them."""
    means = [m.value for p in found.pairs for m in p.shares if m is not None]
    known = [value for value in means if np.isfinite(value)] or [0.0]
    low, high = min(*known, 0.0) - 0.15, max(*known, 0.2) + 0.15
    across = [100 * low, 100 * high]
    marks = [t for t in ticks(across[0], across[1], 6) if across[0] <= t <= across[1]]
    height = ROW * len(found.pairs) + BOTTOM

    def x(share: float) -> float:
        kept = min(max(100 * share, across[0]), across[1])
        return LEFT + (kept - across[0]) / (across[1] - across[0]) * (WIDTH - LEFT - RIGHT)

    drawn = "".join(
        f'<path class="gl-rule{" gl-zero" if mark == 0 else ""}" d="M{x(mark / 100):.1f} 0V'
        f'{height - BOTTOM + 4}"/><text class="gl-tick" x="{x(mark / 100):.1f}" '
        f'y="{height - BOTTOM + 18}" text-anchor="middle">{percent(mark / 100)}</text>'
        for mark in marks
    )
    for row, pair in enumerate(found.pairs):
        drawn += _row(found, pair, row, x)
    says = "; ".join(
        f"{found.named(p)} {' to '.join(_value(m) for m in p.shares if m is not None)}"
        for p in found.pairs
    )
    return (
        '<figure class="gl gl-chart"><figcaption>Each word’s share in the first prompt (ring) and '
        "in the second (dot), with 95 % intervals over noises; ★ a change beyond noise"
        f'</figcaption><svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Shares of the '
        f'words of both prompts. {html.escape(says)}">{drawn}'
        f'<text class="gl-axis-name" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 4}" '
        'text-anchor="middle">share of the image, per cent</text></svg></figure>'
    )


def _row(found: PromptComparison, pair: WordPair, row: int, x: Callable[[float], float]) -> str:
    y, colour = ROW * row + ROW / 2, word_colour(row)
    text = found.named(pair).replace("“", "").replace("”", "")
    text = text if len(text) <= 17 else text[:16] + "…"
    star = " ★" if pair.beyond_noise else ""
    drawn = (
        f'<text class="gl-tick" x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">'
        f"{html.escape(text)}{star}</text>"
    )
    for side, measure in enumerate(pair.shares):
        if measure is None or not np.isfinite(measure.value):
            continue
        at, fill = y + (6 if side else -6), colour if side else "none"
        if np.isfinite([measure.low, measure.high]).all():
            drawn += (
                f'<path d="M{x(measure.low):.1f} {at}H{x(measure.high):.1f}" stroke="{colour}" '
                'stroke-width="5" stroke-opacity=".4" stroke-linecap="round"/>'
            )
        drawn += (
            f'<circle cx="{x(measure.value):.1f}" cy="{at}" r="4.5" fill="{fill}" '
            f'stroke="{colour}" stroke-width="2"><title>{html.escape(_value(measure))}</title>'
            "</circle>"
        )
    return drawn


def _value(measure: Measure) -> str:
    return f"{percent(measure.value)} ({percent(measure.low)} to {percent(measure.high)})"
