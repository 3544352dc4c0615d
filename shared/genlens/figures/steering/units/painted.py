"""Painting with units: before and after, where it can be done, and whether units cause anything."""

from __future__ import annotations

import html

import numpy as np

from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.figures.line_chart import short
from genlens.figures.palette import sequential
from genlens.figures.picture_strip import picture_strip, picture_uri
from genlens.steering.results import Effect
from genlens.steering.units.paint import REFUSED, Painted, Places

SIZE = 168


def painted_card(made: Painted) -> str:
    """Before, after and difference, with what changed inside and outside the region."""
    away = np.abs(made.after - made.before).mean(0, keepdims=True)
    framed = np.where(made.region[None], made.before, 0.35 * made.before + 0.55)
    pictures = picture_strip(
        [framed, made.before, made.after, np.clip(1 - 3 * away, 0, 1)],
        ["the region", "before", "after", "difference (dark, times 3)"],
        size=SIZE,
    )
    switch = "on" if made.on else "off"
    units = ", ".join(map(str, made.units[:12])) + (" …" if len(made.units) > 12 else "")
    facts = (
        f"Units {units} of {made.layer} switched {switch} in {100 * made.region.mean():.0f} % of "
        f"the picture. Pixels changed by {short(round(made.inside, 4))} inside and "
        f"{short(round(made.outside, 4))} outside (root mean squared, 0 to 1)."
    )
    return f'<p class="gl-note">{html.escape(facts)}</p>{_said(made)}{pictures}'


def _said(made: Painted) -> str:
    if not made.concept or not np.isfinite([made.had, made.has]).all():
        return ""
    text = f"“{made.concept}” covers {100 * made.has:.0f} % of the region, {100 * made.had:.0f} % "
    text += "before."
    refused = made.on and made.has - made.had < 0.1 and made.had < 0.9
    stays = not made.on and made.had > 0.1 and made.has > 0.7 * made.had
    if refused:
        text += " It refuses: the units are on, and the generator does not draw it there, as "
        text += "GANPaint draws no door into the sky."
    if stays:
        text += " It stays: other units draw it as well."
    tone = " gl-warn" if refused or stays else ""
    return f'<p class="gl-note{tone}">{html.escape(text)}</p>'


def place_grid(found: Places, picture: np.ndarray) -> str:
    """The raster over ``picture`` (c, h, w): greener where the concept can be painted, crossed out
    where it is refused; each cell tells its number."""
    _, h, w = picture.shape
    rows, columns = found.gained.shape
    top = max(float(found.gained.max()), 0.25)  # hardly anything everywhere looks so
    cells = []
    for i in range(rows):
        for j in range(columns):
            x, y, wide, tall = w * j / columns, h * i / rows, w / columns, h / rows
            says = f"{100 * found.gained[i, j]:.0f} % ({100 * found.low[i, j]:.0f} to "
            says += f"{100 * found.high[i, j]:.0f})"
            colour = sequential(float(np.clip(found.gained[i, j] / top, 0, 1)))
            box = f'x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{tall:.2f}"'
            cross = f"M{x:.2f} {y:.2f}l{wide:.2f} {tall:.2f}m0 {-tall:.2f}l{-wide:.2f} {tall:.2f}"
            cells.append(
                f"<g><title>{says}{', refused' if found.refused[i, j] else ''}</title>"
                f'<rect {box} fill="{colour}" fill-opacity=".55"/>'
                + (
                    f'<path d="{cross}" stroke="#1b2230" stroke-width=".5" fill="none"/>'
                    if found.refused[i, j]
                    else ""
                )
                + "</g>"
            )
    refused, concept = int(found.refused.sum()), html.escape(found.concept)
    said = (
        f"“{concept}” cannot be painted anywhere with these units: the best place takes "
        f"{100 * found.gained.max():.0f} % of its pixels, on {found.samples} pictures."
        if found.refused.all()
        else f"{refused} of {found.refused.size} places refuse “{concept}”: they take less than "
        f"{REFUSED:.0%} of what the best place takes ({100 * found.gained.max():.0f} % of its "
        f"pixels), on {found.samples} pictures."
    )
    return (
        f'<figure class="gl"><svg class="gl-places" viewBox="0 0 {w} {h}" role="img" '
        f'aria-label="{said}"><image href="{picture_uri(picture)}" width="{w}" height="{h}" '
        f'style="image-rendering:pixelated"/>{"".join(cells)}</svg>'
        f"<figcaption>{said} Point at a cell for its number; crossed out is refused.</figcaption>"
        "</figure>"
    )


def effect_table(effects: list[Effect], concept: str) -> str:
    """What switching units does to ``concept``, beside as many random units, with a sentence."""
    names = {"ablate": "off, whole picture", "insert": "on, in a random square"}
    rows = [
        [names[each.action], _measure(each.change), _measure(each.control), each.unit]
        for each in effects
    ]
    table = Table(["switched", "change", "random units", "unit"], rows, caption=f"“{concept}”")
    said = "".join(f"<li>{html.escape(effect_words(each, concept))}</li>" for each in effects)
    return f'<div class="gl-scroll" tabindex="0">{table.html(css="")}</div><ul>{said}</ul>'


def effect_words(effect: Effect, concept: str) -> str:
    """Whether the units cause the concept: their interval and the control's do not overlap, and the
    sign is the one expected."""
    change, control = effect.change, effect.control
    switched, does = ("off", "removes") if effect.action == "ablate" else ("on", "draws")
    below, above = change.high < min(control.low, 0), change.low > max(control.high, 0)
    if below if effect.action == "ablate" else above:
        return f"Switching these units {switched} {does} “{concept}”: they cause it."
    if below or above:
        return f"Switching these units {switched} does the opposite of what they stand for."
    return (
        f"Switched {switched}, these units do no more to “{concept}” than random ones: standing "
        "for something is not causing it."
    )


def _measure(value: Measure) -> str:
    return f"{value.value:+.1f} ({value.low:+.1f} to {value.high:+.1f})".replace("-", "−")
