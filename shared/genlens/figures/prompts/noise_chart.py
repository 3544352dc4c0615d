"""Values of words over several noises: a dot for each noise, the mean and its interval."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.line_chart import short, ticks
from genlens.figures.palette import word_colour
from genlens.prompts.trust.noise import NoiseReport

WIDTH, LEFT, RIGHT, ROW, BOTTOM = 520, 110, 16, 34, 40


def noise_chart(report: NoiseReport) -> str:
    """A row for each word in its colour. The bar is the 95 % interval of the mean, cut off where it
    leaves three times the range of the dots: of two noises it may be very wide."""
    dots = report.values  # (k, d)
    low, high = float(min(dots.min(), 0.0)), float(max(dots.max(), 0.0))
    room = 3 * max(high - low, 1e-3)
    ends = np.array([[max(m.low, low - room), min(m.high, high + room)] for m in report.means])
    across = ticks(min(low, float(ends.min())), max(high, float(ends.max())), 6)
    height = ROW * len(report.words) + BOTTOM

    def x(value: float) -> float:
        return LEFT + (value - across[0]) / (across[-1] - across[0]) * (WIDTH - LEFT - RIGHT)

    drawn = "".join(_axis(x(v), v, height) for v in across)
    for j, word in enumerate(report.words):
        y, colour, mean = ROW * j + ROW / 2, word_colour(j), report.means[j]
        said = html.escape(
            f"{word.text}: {short(mean.value)} ({short(mean.low)} to {short(mean.high)})"
        )
        text = word.text if len(word.text) <= 12 else word.text[:11] + "…"
        drawn += (
            f'<text class="gl-tick" x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">'
            f"{html.escape(text)}</text><g><title>{said}</title>"
            f'<path d="M{x(ends[j, 0]):.1f} {y:.1f}H{x(ends[j, 1]):.1f}" stroke="{colour}" '
            'stroke-width="7" stroke-opacity=".45" stroke-linecap="round"/>'
            + "".join(
                f'<circle cx="{x(v):.1f}" cy="{y:.1f}" r="2.6" fill="none" stroke="{colour}" '
                'stroke-width="1.4"/>'
                for v in dots[:, j].tolist()
            )
            + f'<path d="M{x(mean.value):.1f} {y - 9:.1f}v18" stroke="{colour}" stroke-width="3"/>'
            "</g>"
        )
    says = html.escape(
        f"Shapley value of each word over {len(report.seeds)} noises. "
        + "; ".join(
            f"{w.text} {short(m.value)}" for w, m in zip(report.words, report.means, strict=True)
        )
    )
    return (
        '<figure class="gl gl-chart"><figcaption>Each circle is one noise, the upright stroke '
        "their mean, the bar its 95 % interval</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{says}">{drawn}'
        f'<text class="gl-axis-name" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 4}" '
        'text-anchor="middle">Shapley value, in units of the payoff</text></svg></figure>'
    )


def _axis(at: float, value: float, height: int) -> str:
    zero = " gl-zero" if value == 0 else ""
    return (
        f'<path class="gl-rule{zero}" d="M{at:.1f} 0V{height - BOTTOM + 4}"/>'
        f'<text class="gl-tick" x="{at:.1f}" y="{height - BOTTOM + 18}" text-anchor="middle">'
        f"{short(value)}</text>"
    )
