"""What two words do together: a matrix of all pairs, and a network of the strong ones."""

from __future__ import annotations

import html
from itertools import combinations
from math import cos, pi, sin

import numpy as np

from genlens.common.tables import Cell, Table
from genlens.errors import InputError
from genlens.figures.palette import diverging, ink_on, word_colour
from genlens.figures.style import signed
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.payoffs.clip import CLIP

SIDE, RADIUS = 420, 140
DRAWN = 0.1
"""Pairs of at least this part of the largest one are drawn as lines."""
RED, BLUE = diverging(1), diverging(-1)


def pairs_of(estimate: Estimate) -> np.ndarray:
    """The pairs of ``estimate`` (d, d).

    Raises:
        InputError: it has none.
    """
    if estimate.pairs is None:
        raise InputError(f'{estimate.method} gives no pairs: estimate with "k-sii"')
    return estimate.pairs


def pair_matrix(estimate: Estimate, *, unit: str = CLIP.unit) -> str:
    """An HTML table of what each pair of words adds together, on its diagonal what each does alone;
    values are in ``unit``.

    Red adds likeness, blue takes away; grey is nothing.
    """
    pairs = pairs_of(estimate)
    shown = pairs + np.diag(estimate.values)
    top = max(float(np.abs(shown).max()), 1e-9)
    names = [word.text for word in estimate.words]
    rows: list[list[str | Cell]] = [
        [
            names[i],
            *(
                Cell(
                    signed(value),
                    css="gl-best" if i == j else "",
                    style=f"background:{ground};color:{ink_on(ground)}",
                )
                for j, value in enumerate(shown[i].tolist())
                for ground in (diverging(value / top),)
            ),
        ]
        for i in range(len(names))
    ]
    table = Table(
        ["with", *names],
        rows,
        caption=f"What two words do together, {unit}; framed: what the word does alone",
    )
    return (
        '<div class="gl-scroll" tabindex="0" role="region" aria-label="Pairs of words">'
        f"{table.html(css='gl-table gl-matrix')}</div>"
    )


def pair_network(estimate: Estimate) -> str:
    """Words on a circle, joined where they act together: the thicker the line, the more."""
    pairs = pairs_of(estimate)
    d = len(estimate.words)
    top = max(float(np.abs(pairs).max(initial=0.0)), 1e-9)
    angles = [2 * pi * k / d - pi / 2 for k in range(d)]
    at = [(SIDE / 2 + RADIUS * cos(a), SIDE / 2 + RADIUS * sin(a)) for a in angles]
    lines = []
    for i, j in combinations(range(d), 2):
        value = float(pairs[i, j])
        if abs(value) < max(DRAWN * top, 5e-4):
            continue
        said = f"{estimate.words[i].text} and {estimate.words[j].text}: {signed(value)}"
        dash = "" if value > 0 else ' stroke-dasharray="7 5"'
        lines.append(
            f'<path d="M{at[i][0]:.1f} {at[i][1]:.1f}L{at[j][0]:.1f} {at[j][1]:.1f}" '
            f'stroke="{RED if value > 0 else BLUE}" stroke-width="{1 + 9 * abs(value) / top:.1f}"'
            f'{dash} stroke-linecap="round"><title>{html.escape(said)}</title></path>'
        )
    nodes = "".join(
        _node(estimate.words[j].text, j, x, y, angles[j]) for j, (x, y) in enumerate(at)
    )
    return (
        f'<figure class="gl gl-chart"><svg viewBox="0 0 {SIDE} {SIDE}" role="img" '
        f'aria-label="{html.escape(strongest_pairs(estimate))}">{"".join(lines)}{nodes}</svg>'
        "<div>Red: together they add more than each alone. Blue and dashed: either does what the "
        "other would. Pairs below a tenth of the largest are left out.</div></figure>"
    )


def strongest_pairs(estimate: Estimate, most: int = 3) -> str:
    """The pairs that matter most, in a sentence."""
    pairs = pairs_of(estimate)
    ranked = sorted(
        combinations(range(len(estimate.words)), 2), key=lambda ij: -abs(float(pairs[ij]))
    )
    strong = [(i, j) for i, j in ranked[:most] if abs(float(pairs[i, j])) >= 5e-4]
    if not strong:
        return "No two words act together: each does its own part."
    named = "; ".join(
        f"“{estimate.words[i].text}” and “{estimate.words[j].text}” {signed(float(pairs[i, j]))}"
        for i, j in strong
    )
    return f"The pairs that do most together: {named}."


def _node(word: str, j: int, x: float, y: float, angle: float) -> str:
    out_x, out_y = x + 22 * cos(angle), y + 22 * sin(angle)
    anchor = "middle" if abs(cos(angle)) < 0.3 else "start" if cos(angle) > 0 else "end"
    short = word if len(word) <= 10 else word[:9] + "…"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="{word_colour(j)}"/>'
        f'<text class="gl-axis-name" x="{out_x:.1f}" y="{out_y + 5:.1f}" text-anchor="{anchor}">'
        f"{html.escape(short)}</text>"
    )
