"""The value of each latent, as horizontal bars with their numbers."""

from __future__ import annotations

import html

import numpy as np

from genlens.attribution.results import Attribution
from genlens.errors import InputError
from genlens.figures.attribution.facts import (
    drawn_values,
    nothing_sentence,
    plain_number,
    unit_of,
)
from genlens.figures.palette import LOWERS, RAISES, diverging, sequential

MOST = 24
"""Bars that are drawn; of more latents, those with the largest values."""


def latent_bars(
    attribution: Attribution,
    *,
    code: np.ndarray | None = None,
    title: str = "",
    uid: str = "gl",
    most: int = MOST,
) -> str:
    """One row a latent: its name (or LIME's condition), its value here, its bar and its number.

    The largest come first, and of more than ``most`` the others are left out. Bars to the right and
    red raise the number, bars to the left and blue lower it; sizes have no side. What is no more
    than rounding has no bar, and the sentence says so.

    Args:
        attribution: of latents, values (d,).
        code: (d,) the code that is explained; None leaves its column out.
        title: a heading.
        uid: starts every id.
        most: bars.

    Raises:
        InputError: the attribution is of an image, or the code has another size.
    """
    values = drawn_values(attribution)
    if values.ndim != 1:
        raise InputError(
            f"the attribution has values of shape {values.shape}: bars are drawn for latents, "
            "a picture has attribution_map"
        )
    if code is not None and np.shape(code) != values.shape:
        raise InputError(f"the code has shape {np.shape(code)}, the attribution {values.shape}")
    order = largest_first(values, most)
    top = float(np.abs(values).max(initial=0.0))
    labels = attribution.labels or tuple(f"z{j}" for j in range(len(values)))
    rows = "".join(_row(attribution, labels[j], values[j], top, code, int(j)) for j in order)
    heading = f'<h3 id="{uid}-bars-title">{html.escape(title)}</h3>' if title else ""
    position = '<th scope="col">its value here</th>' if code is not None else ""
    sides = f"lowers ({LOWERS}) … raises ({RAISES})" if attribution.signed else "little … much"
    return (
        f'<div class="gl gl-bars">{heading}'
        f'<p class="gl-reading">{html.escape(describe(attribution))}</p>'
        '<div class="gl-scroll" tabindex="0" role="region" '
        'aria-label="Values of the latents"><table class="gl-table">'
        f"<caption>{html.escape(_caption(attribution, len(order)))}</caption>"
        f'<thead><tr><th scope="col">latent</th>{position}<th scope="col" class="gl-wide">{sides}'
        f'</th><th scope="col">value</th></tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def largest_first(values: np.ndarray, most: int) -> np.ndarray:
    """Indices of the ``most`` largest sizes among ``values`` (d,), in falling order."""
    return np.argsort(-np.abs(values), kind="stable")[:most]


def describe(attribution: Attribution) -> str:
    """The three latents that say most, in words."""
    if attribution.nothing:
        return nothing_sentence(attribution)
    values = drawn_values(attribution)
    total = float(np.abs(values).sum())
    labels = attribution.labels or tuple(f"z{j}" for j in range(len(values)))
    order = largest_first(values, 3)
    named = ", ".join(f"{labels[j]} ({plain_number(float(values[j]))})" for j in order)
    share = 100 * float(np.abs(values[order]).sum()) / total
    return f"Most is said by {named}: together {share:.0f} % of all sizes."


def bar_colour(value: float, top: float, signed: bool) -> str:
    """The bar's colour, on the page's diverging or sequential scale, never too pale to be seen."""
    share = value / top if top else 0.0
    if not signed:
        return sequential(0.15 + 0.6 * abs(share))
    return diverging(np.sign(share) * (0.35 + 0.65 * abs(share)))


def bar(value: float, top: float, signed: bool) -> str:
    """One table cell with a bar: signed bars start in the middle, sizes at the left."""
    share = abs(value) / top if top else 0.0
    length = 50 * share if signed else 100 * share
    left = (50 if value >= 0 else 50 - length) if signed else 0.0
    kind = "gl-track" if signed else "gl-track gl-sizes"
    return (
        f'<td class="{kind}" aria-hidden="true"><span style="left:{left:.1f}%;width:{length:.1f}%;'
        f'background:{bar_colour(value, top, signed)}"></span></td>'
    )


def _row(
    attribution: Attribution, label: str, value: float, top: float, code: np.ndarray | None, j: int
) -> str:
    here = "" if code is None else f"<td>{plain_number(float(code[j]))}</td>"
    return (
        f'<tr><th scope="row">{html.escape(label)}</th>{here}'
        f"{bar(float(value), top, attribution.signed)}<td>{plain_number(float(value))}</td></tr>"
    )


def _caption(attribution: Attribution, shown: int) -> str:
    d = attribution.values.size
    part = f"the {shown} largest of {d} latents" if shown < d else f"{d} latents, largest first"
    return f"{part}; in {unit_of(attribution)}"
