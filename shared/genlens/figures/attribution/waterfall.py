"""How the latents' shares lead from the base to the number, step by step."""

from __future__ import annotations

import html

import numpy as np

from genlens.attribution.results import Attribution
from genlens.common.tables import Cell, Table
from genlens.errors import InputError
from genlens.figures.attribution.bars import bar_colour, describe, largest_first
from genlens.figures.attribution.facts import drawn_values, plain_number, unit_of
from genlens.figures.palette import LOWERS, RAISES

MOST = 12
"""Steps that are drawn; those of all other latents are one step."""


def latent_waterfall(
    attribution: Attribution, *, code: np.ndarray | None = None, most: int = MOST
) -> str:
    """From the base (what nothing is attributed to) to the number: one step a latent, the largest
    first, each beginning where the last one ended; as shap's waterfall plot.

    Args:
        attribution: of latents, values (d,), with a base: its values add up to the number.
        code: (d,) the code that is explained; None leaves its column out.
        most: steps; further latents are put together, and so is what the sum misses.

    Raises:
        InputError: the attribution has no base, or is of an image.
    """
    if attribution.base is None or attribution.values.ndim != 1:
        raise InputError("a waterfall needs latents' values that add up from a base to the number")
    steps = _steps(attribution, most)
    base = float(attribution.base)
    ends = base + np.cumsum([0.0, *(value for _, value, _ in steps)])
    low, span = float(ends.min()), float(np.ptp(ends)) or 1.0
    places = (100 * (ends - low) / span).tolist()  # per cent of the way from left to right
    top = max((abs(value) for _, value, j in steps if j >= 0), default=0.0)
    rows: list[list[str | Cell]] = [["base", "", _mark(places[0]), plain_number(base)]]
    for i, (label, value, j) in enumerate(steps):
        here = plain_number(float(code[j])) if code is not None and j >= 0 else ""
        drawn = _step(places[i], places[i + 1], bar_colour(value, top, signed=True))
        rows.append([label, here, drawn, _with_sign(value)])
    rows.append(["the number", "", _mark(places[-1]), plain_number(attribution.output)])
    sides = Cell(f"lowers ({LOWERS}) … raises ({RAISES})", css="gl-wide")
    heads: list[str | Cell] = ["latent", "its value here", sides, "step"]
    if code is None:
        heads, rows = [heads[0], *heads[2:]], [[row[0], *row[2:]] for row in rows]
    table = Table(heads, rows, caption=f"From the base to the number, in {unit_of(attribution)}")
    return (
        '<div class="gl gl-bars gl-waterfall">'
        f'<p class="gl-reading">{html.escape(describe(attribution))}</p>'
        '<div class="gl-scroll" tabindex="0" role="region" aria-label="Steps of the latents">'
        f"{table.html()}</div></div>"
    )


def _steps(attribution: Attribution, most: int) -> list[tuple[str, float, int]]:
    """(label, step, latent) in the order in which they are drawn; -1 where it is no one latent."""
    values = drawn_values(attribution)
    order = largest_first(values, most)
    labels = attribution.labels or tuple(f"z{j}" for j in range(len(values)))
    steps = [(labels[j], float(values[j]), int(j)) for j in order.tolist()]
    left = len(values) - len(order)
    if left:
        steps.append((f"{left} other latents", float(values.sum() - values[order].sum()), -1))
    whole = float(attribution.output) - float(attribution.base or 0.0)
    missing = whole - float(values.sum())
    if abs(missing) > 1e-3 * max(abs(whole), attribution.resolution):
        steps.append(("what the sum misses", missing, -1))
    return steps


def _step(start: float, end: float, colour: str) -> Cell:
    left, length = min(start, end), abs(end - start)
    style = f"left:{left:.2f}%;width:max({length:.2f}%,2px);background:{colour}"
    return Cell("", html=f'<span style="{style}"></span>', css="gl-track gl-sizes")


def _mark(place: float) -> Cell:
    """A thin line where the steps begin or end."""
    style = f"left:{min(place, 99.0):.2f}%;width:3px;background:var(--gl-ink)"
    return Cell("", html=f'<span style="{style}"></span>', css="gl-track gl-sizes")


def _with_sign(value: float) -> str:
    return f"+{plain_number(value)}" if value > 0 else plain_number(value)
