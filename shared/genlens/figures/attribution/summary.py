"""Many attributions in one figure: how much each latent matters, and which way at which value."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np

from genlens.errors import InputError
from genlens.figures.attribution.bars import largest_first
from genlens.figures.attribution.facts import method_title, plain_number, unit_of
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.figures.palette import LOWERS, RAISES, diverging
from genlens.latents.summary import Summary

MOST = 16
"""Latents that are drawn."""
WIDTH, ROW, LEFT, RIGHT, TOP = 720, 34, 74, 190, 8


def summary_figure(summary: Summary, mean_picture: np.ndarray | None = None) -> str:
    """Of latents a swarm: one row a latent, the most important first; one dot a picture, at its
    value and in the colour of its latent (as shap's beeswarm plot). Of pixels the mean map, over
    ``mean_picture`` (c, h, w).

    Raises:
        InputError: a summary of pixels without a picture.
    """
    lead = f'<p class="gl-reading">{html.escape(summary_sentence(summary))}</p>'
    if summary.kind == "latent":
        return f'<div class="gl gl-summary">{lead}{_swarm(summary)}</div>'
    if summary.first is None or mean_picture is None:
        raise InputError("a summary of pixels is drawn over a picture: pass the mean picture")
    mean = replace(
        summary.first, values=summary.mean, signed=False, size=float(summary.mean.sum()), notes=()
    )
    title = f"Mean size over {len(summary.indices)} pictures"
    drawn = attribution_map(mean, mean_picture, title=title, uid="gl-many")
    return f'<div class="gl gl-summary">{lead}{drawn}</div>'


def summary_sentence(summary: Summary) -> str:
    """What matters most, with its interval, and over how many pictures."""
    n = len(summary.indices)
    over = f"over {n} pictures by {method_title(summary.method)}"
    out = "".join(f" {count} were left out: {why}." for why, count in summary.left_out.items())
    if not summary.mean.any():
        return f"No part of the {summary.kind} moves the {summary.target} {over}.{out}"
    place = np.unravel_index(int(summary.mean.argmax()), summary.mean.shape)
    if summary.kind == "latent":
        what = summary.labels[int(place[0])]
    else:
        what = f"the pixel in row {place[0] + 1}, column {place[1] + 1}"
    value, low, high = (float(v[place]) for v in (summary.mean, summary.low, summary.high))
    return (
        f"What matters most for the {summary.target} {over} is {what}: its value has a mean size "
        f"of {plain_number(value)} (95 % interval {plain_number(low)} to {plain_number(high)}) "
        f"{_unit(summary)}.{out}"
    )


def _unit(summary: Summary) -> str:
    return unit_of(summary.first) if summary.first else summary.unit


def _swarm(summary: Summary) -> str:
    order = largest_first(summary.mean, MOST)
    top = float(np.abs(summary.values[:, order]).max(initial=0.0)) or 1.0
    height = TOP + ROW * len(order) + 30
    zero = LEFT + (WIDTH - LEFT - RIGHT) * (0.5 if summary.signed else 0.0)
    scale = (WIDTH - LEFT - RIGHT) * (0.5 if summary.signed else 1.0) / top
    rows = "".join(_row(summary, int(j), i, zero, scale) for i, j in enumerate(order))
    foot = TOP + ROW * len(order) + 20
    ends = (
        (f"{plain_number(-top)} lowers", "start", LEFT) if summary.signed else ("0", "start", LEFT),
        (f"{'raises ' if summary.signed else ''}{plain_number(top)}", "end", WIDTH - RIGHT),
    )
    axis = "".join(
        f'<text class="gl-tick" x="{x}" y="{foot}" text-anchor="{anchor}">'
        f"{html.escape(text)}</text>"
        for text, anchor, x in ends
    )
    left = len(summary.mean) - len(order)
    rest = f" The other {left} latents matter less." if left else ""
    return (
        f'<svg class="gl-swarm" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{html.escape(summary_sentence(summary))}">'
        f'<path class="gl-rule gl-zero" d="M{zero:.1f} {TOP}V{foot - 14}"/>{rows}{axis}</svg>'
        f'<p class="gl-soft">One dot a picture, in {html.escape(_unit(summary))}: {RAISES} where '
        f"the latent is high among these pictures, {LOWERS} where it is low. Right: the mean size "
        f"and its 95 % interval.{rest}</p>"
    )


def _row(summary: Summary, j: int, i: int, zero: float, scale: float) -> str:
    middle = TOP + ROW * (i + 0.5)
    xs = zero + summary.values[:, j] * scale
    highs = _ranks(summary.codes[:, j])
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{middle + dy:.1f}" r="2.6" fill="{diverging(2 * h - 1)}"/>'
        for x, dy, h in zip(xs, _aside(xs), highs, strict=True)
    )
    mean, low, high = (float(v[j]) for v in (summary.mean, summary.low, summary.high))
    number = f"{plain_number(mean)} ({plain_number(low)} to {plain_number(high)})"
    return (
        f'<text class="gl-axis-name" x="{LEFT - 8}" y="{middle + 5:.1f}" text-anchor="end">'
        f"{html.escape(summary.labels[j])}</text>{dots}"
        f'<text class="gl-tick" x="{WIDTH - RIGHT + 10}" y="{middle + 5:.1f}">{number}</text>'
    )


def _ranks(values: np.ndarray) -> np.ndarray:
    """Where each value stands among all, 0 (lowest) to 1; 0.5 where all are the same."""
    if np.ptp(values) == 0:
        return np.full(len(values), 0.5)
    return values.argsort(kind="stable").argsort(kind="stable") / (len(values) - 1)


def _aside(xs: np.ndarray) -> np.ndarray:
    """How far each dot is moved up or down, so that dots of one place lie beside each other."""
    offsets, taken = np.zeros(len(xs)), dict[int, int]()
    for k in np.argsort(xs, kind="stable").tolist():
        column = round(float(xs[k]) / 4)
        nth = taken.get(column, 0)
        taken[column] = nth + 1
        step = 3.4 * ((nth + 1) // 2) * (1 if nth % 2 else -1)
        offsets[k] = float(np.clip(step, -ROW / 2 + 3, ROW / 2 - 3))
    return offsets
