"""Static maps of one face beside each other, with what they point at."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.common.tables import Table
from genlens.figures.attribution.pixel_map import as_rgb, checked_map, describe, heat_rgb
from genlens.figures.pixels import data_uri
from genlens.figures.style import percent
from genlens.steering.hypotheses.maps import StaticMap


def map_cards(maps: Sequence[StaticMap], image: np.ndarray, title: str) -> str:
    """The face and the maps over it, and a table of their weight on each part, where known."""
    pixels = as_rgb(image)
    cards = "".join(_card(each, pixels) for each in maps)
    first = (
        f'<li class="gl-method-card"><h4>The face</h4>{_picture(pixels, title)}'
        f'<p class="gl-soft">{html.escape(title)}</p></li>'
    )
    listed = f'<ul class="gl-method-cards gl-map-cards">{first}{cards}</ul>'
    return f'<div class="gl">{listed}{shares_table(maps)}</div>'


def shares_table(maps: Sequence[StaticMap]) -> str:
    """Parts in rows, maps in columns; "" where parts are not known."""
    if not any(each.shares for each in maps):
        return ""
    parts = sorted({share.part for each in maps for share in each.shares})
    by = [{share.part: share for share in each.shares} for each in maps]
    best = [each.points_at for each in maps]
    rows = [
        [part, percent(next(of[part].pixels for of in by if part in of)), *(
            f"{percent(of[part].weight)} ({of[part].times:.1f} ×){' ←' if best[i] == part else ''}"
            if part in of else "–"
            for i, of in enumerate(by)
        )]
        for part in parts
    ]  # fmt: skip
    table = Table(("part of the face", "its pixels", *(each.title for each in maps)), rows)
    return (
        '<details><summary>Where the weight of the maps lies</summary><div class="gl-scroll" '
        f'tabindex="0">{table.html()}</div><p class="gl-soft">Share of the map’s weight on each '
        "part, and how many times that is of what a flat map would put there; ← marks the part "
        "with most weight for its size.</p></details>"
    )


def _card(each: StaticMap, pixels: np.ndarray) -> str:
    values = checked_map(each.attribution)
    heat, alpha = heat_rgb(values, each.attribution.signed)
    grey = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    mixed = grey * (1 - alpha[..., None]) + heat * alpha[..., None]
    points = f"<p>Points at: <b>{html.escape(each.points_at)}</b></p>" if each.points_at else ""
    alt = f"{each.title} over the face. {describe(each.attribution)}"
    return (
        f'<li class="gl-method-card"><h4>{html.escape(each.title)}</h4>'
        f"{_picture(mixed.round().astype(np.uint8), alt)}{points}</li>"
    )


def _picture(pixels: np.ndarray, alt: str) -> str:
    return f'<img class="gl-method-picture" src="{data_uri(pixels)}" alt="{html.escape(alt)}">'
