"""What a direction does to a score: the mean over faces with its interval, against alpha."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.line_chart import line_chart, short
from genlens.figures.style import percent
from genlens.steering.results import Curve, Reach


def score_curve(
    curve: Curve, *, assessor: str, unit: str = "", face: np.ndarray | None = None
) -> str:
    """The curve as a chart, and a sentence that reads it.

    Args:
        assessor: its title.
        unit: what a step alpha = 1 is.
        face: (k,) the scores of one face on the way, drawn beside the mean.
    """
    n = curve.monotone.n
    mean = f"mean of {n} faces"
    lines = {mean: (curve.alphas, curve.mean)}
    if face is not None:
        lines["the face above"] = (curve.alphas, face)
    bands = {mean: (curve.low, curve.high)} if n > 1 else None
    chart = line_chart(
        lines,
        x=f"α ({unit})" if unit else "α",
        y=f"{assessor}, {curve.unit}",
        height=250,
        bands=bands,
    )
    return f'<p class="gl-reading">{html.escape(reading(curve))}</p>{chart}'


def reading(curve: Curve) -> str:
    """What the curve says, in two sentences."""
    share, slope = curve.monotone, curve.slope
    text = (
        f"The score rises all the way, without turning back, on {percent(share.value)} of "
        f"{share.n} faces (95 % interval {percent(share.low)} to {percent(share.high)}). On "
        f"average it changes by {_two_digits(slope.value)} per α"
    )
    if np.isfinite([slope.low, slope.high]).all():
        text += f" ({_two_digits(slope.low)} to {_two_digits(slope.high)})"
    left = sum(share.left_out.values())
    return f"{text}." + (f" {left} more faces have no score." if left else "")


def _two_digits(value: float) -> str:
    return short(float(f"{value:.2g}"))


def reach_words(reach: Reach) -> str:
    """Where the slider ends, and why, in a sentence."""
    ends = [(reach.low, reach.why_low), (reach.high, reach.why_high)]
    said = "; at ".join(f"α = {short(float(f'{alpha:.3g}'))}: {why}" for alpha, why in ends)
    return f"Measured ends: at {said}."
