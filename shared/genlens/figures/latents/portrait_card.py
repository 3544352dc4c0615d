"""One picture beside what the model makes of it: a card, and a line for the head of a page."""

from __future__ import annotations

import html

from genlens.figures.attribution.facts import method_title, plain_number, sum_sentence
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.figures.latents.difference import difference_strip
from genlens.figures.picture_strip import picture_img
from genlens.latents.portrait import Portrait

ERROR_UNIT = "mean squared pixel difference; pixels run from 0 to 1"


def portrait_card(portrait: Portrait, *, note: str = "") -> str:
    """Input, reconstruction, their difference and the attribution of the largest latent, as HTML.
    ``note`` marks a card that was computed in advance. Everything is escaped."""
    badge = f' <span class="gl-badge">{html.escape(note)}</span>' if note else ""
    name = picture_name(portrait)
    strip = difference_strip(portrait.image, portrait.rebuilt, name=name)
    return (
        f'<div class="gl gl-card"><h3>{html.escape(name)}{badge}</h3>'
        f'<div class="gl-card-pair">{strip}<p>{error_sentence(portrait)}</p></div>'
        f"{_why(portrait)}</div>"
    )


def portrait_line(portrait: Portrait, link: str, *, data: str = "") -> str:
    """The chosen picture in one line: thumbnails, class, which pictures it is one of (``data``),
    and the address ``link`` that brings the reader back here; without one, that there is none."""
    pair = picture_img(portrait.image, f"{picture_name(portrait)}, input", size=56) + picture_img(
        portrait.rebuilt, "its reconstruction", size=56
    )
    of = f" of {portrait.count:,}: {html.escape(data)}." if data else f" of {portrait.count:,}."
    linked = (
        f'<a class="gl-link" href="{html.escape(link)}">Link to this view</a>'
        if link
        else "No link opens your pictures: they are shown in this browser tab only."
    )
    return (
        f'<div class="gl gl-chosen-line"><span class="gl-pair">{pair}</span><div>'
        f"<b>{html.escape(picture_name(portrait))}</b>{of} {linked}</div></div>"
    )


def picture_name(portrait: Portrait) -> str:
    """ "Picture 17, class 4"."""
    label = f", class {portrait.label}" if portrait.label else ""
    return f"Picture {portrait.index}{label}"


def error_sentence(portrait: Portrait) -> str:
    """The error with its unit, and whether that is much for this set of pictures."""
    error, median = portrait.error, portrait.median
    if median > 0 and error > 2 * median:
        verdict = "badly rebuilt for this set"
    elif error <= median:
        verdict = "better than half of the set"
    else:
        verdict = "worse than half of the set"
    return (
        f"Reconstruction error <b>{plain_number(error)}</b> ({ERROR_UNIT}): {verdict}, whose "
        f"median is {plain_number(median)}."
    )


def _why(portrait: Portrait) -> str:
    attribution = portrait.attribution
    if attribution is None:
        return ""
    place = ""
    if portrait.place:
        channel, row, column = portrait.place
        place = f" (map {channel}, row {row}, column {column})"
    title = (
        f"Which pixels give its largest latent, z{portrait.latent}{place}, the value "
        f"{plain_number(portrait.value)}?"
    )
    return (
        f"{attribution_map(attribution, portrait.image, title=title, uid='gl-card')}"
        f'<p class="gl-soft">By {html.escape(method_title(attribution.method))}. '
        f"{html.escape(sum_sentence(attribution))} Other methods and other questions: tab Why.</p>"
    )
