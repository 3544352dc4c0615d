"""Each word's value by several estimators, with intervals, as SVG."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import numpy as np

from genlens.figures.palette import word_colour
from genlens.figures.style import signed
from genlens.prompts.estimators.estimators import ESTIMATORS
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.payoffs.clip import CLIP

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 560, 120, 16, 8, 44
LINE, GAP = 15, 14
_MARKS = (
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",  # disc
    "M-4.5 -4.5h9v9h-9z",  # square
    "M0 -6l6 6l-6 6l-6 -6z",  # diamond
    "M0 -6l5.5 10h-11z",  # up
    "M0 6l5.5 -10h-11z",  # down
    "M-6 -2h12v4h-12z",  # bar
)


def estimate_chart(estimates: Sequence[Estimate], *, unit: str = CLIP.unit) -> str:
    """One band a word; in it one mark an estimator, and a line for its 95 % interval.

    Args:
        estimates: of the same words, one or more; their order is that of the marks.
        unit: of the values.
    """
    words = estimates[0].words
    low, high = _range(estimates)
    band = LINE * len(estimates) + GAP
    height = TOP + band * len(words) + BOTTOM

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    rows = []
    for j, word in enumerate(words):
        top = TOP + band * j
        rows.append(
            f'<path class="gl-rule" d="M0 {top}h{WIDTH}"/>'
            f'<rect x="0" y="{top + band / 2 - 6}" width="12" height="12" rx="2" '
            f'fill="{word_colour(j)}"/><text class="gl-axis-name" x="18" y="{top + band / 2 + 5}">'
            f"{html.escape(_short(word.text))}</text>"
        )
        for k, estimate in enumerate(estimates):
            rows.append(_mark(estimate, j, k, top + GAP / 2 + LINE * (k + 0.5), x))
    floor = TOP + band * len(words)
    ticks = "".join(
        f'<path class="gl-rule" d="M{x(v):.1f} {floor}v5"/><text class="gl-tick" x="{x(v):.1f}" '
        f'y="{floor + 19}" text-anchor="middle">{html.escape(signed(v, 2))}</text>'
        for v in _ticks(low, high)
    )
    return (
        f'<figure class="gl gl-chart"><svg viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{html.escape(_in_words(estimates))}">{"".join(rows)}'
        f'<path class="gl-rule gl-zero" d="M{x(0):.1f} {TOP}V{floor}"/>{ticks}'
        f'<text class="gl-axis-name" x="{(LEFT + WIDTH) / 2}" y="{height - 6}" '
        f'text-anchor="middle">value, {html.escape(unit)}</text></svg>{_legend(estimates)}</figure>'
    )


def _range(estimates: Sequence[Estimate]) -> tuple[float, float]:
    """What the axis spans: all values and intervals and zero, and a little more."""
    ends = [np.zeros(1)]
    for estimate in estimates:
        ends += [estimate.values, *_ends(estimate)]
    all_ = np.concatenate(ends)
    low, high = float(all_.min()), float(all_.max())
    room = max(0.04 * (high - low), 1e-3)
    return low - room, high + room


def _ends(estimate: Estimate) -> tuple[np.ndarray, ...]:
    if estimate.low is None or estimate.high is None:
        return ()
    return estimate.low, estimate.high


def _mark(estimate: Estimate, j: int, k: int, y: float, x: Callable[[float], float]) -> str:
    value = float(estimate.values[j])
    said = f"{estimate.words[j].text}, {ESTIMATORS[estimate.method].title}: {signed(value)}"
    line = ""
    if estimate.low is not None and estimate.high is not None:
        low, high = float(estimate.low[j]), float(estimate.high[j])
        line = (
            f'<path d="M{x(low):.1f} {y}H{x(high):.1f}" '
            f'style="stroke:var(--gl-class-{k});stroke-width:2.5"/>'
        )
        said += f", 95 % interval {signed(low)} to {signed(high)}"
    return (
        f"<g><title>{html.escape(said)}</title>{line}"
        f'<path class="gl-c{k}" transform="translate({x(value):.1f} {y})" '
        f'd="{_MARKS[k % len(_MARKS)]}"/></g>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between ``low`` and ``high``, about five."""
    rough = (high - low) / 5
    step = 10.0 ** np.floor(np.log10(rough))
    step *= next(m for m in (1, 2, 5, 10) if m * step >= rough)
    return [float(v) for v in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def _legend(estimates: Sequence[Estimate]) -> str:
    marks = "".join(
        f'<span style="display:inline-flex;align-items:center;gap:.3rem;margin-right:.9rem">'
        f'<svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">'
        f'<path class="gl-c{k}" d="{_MARKS[k % len(_MARKS)]}"/></svg>'
        f"{html.escape(ESTIMATORS[e.method].title)}</span>"
        for k, e in enumerate(estimates)
    )
    return f"<div>{marks}</div>"


def _in_words(estimates: Sequence[Estimate]) -> str:
    names = ", ".join(ESTIMATORS[e.method].title for e in estimates)
    first = estimates[0]
    values = "; ".join(
        f"{word.text} {signed(v)}" for word, v in zip(first.words, first.values, strict=True)
    )
    return f"Each word’s value by {names}. {ESTIMATORS[first.method].title}: {values}."


def _short(word: str) -> str:
    return word if len(word) <= 11 else word[:10] + "…"
