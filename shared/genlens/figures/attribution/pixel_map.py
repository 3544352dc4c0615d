"""A heat map of an attribution: the picture, the map, and the map over the picture."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from genlens.attribution.results import Attribution
from genlens.errors import InputError
from genlens.figures.attribution.facts import nothing_sentence, plain_number, unit_of
from genlens.figures.palette import LOWERS, RAISES, diverging, sequential
from genlens.figures.pixels import data_uri, svg_path

CLIP = 0.995
"""Colours end at this quantile of the sizes, so that one loud pixel does not hide all others."""


def attribution_map(
    attribution: Attribution,
    picture: np.ndarray,
    *,
    title: str = "",
    uid: str = "gl",
    region: np.ndarray | None = None,
) -> str:
    """Three panels, a colour scale and a sentence, as HTML.

    What is no more than rounding is left blank, and the sentence says so.

    Signed values are red where they speak for the number and blue where they speak against it,
    grey at 0; sizes run from dark to bright. Channels are put together as ``Attribution.map`` does.
    On a narrow screen the panels wrap. Everything is escaped.

    Args:
        attribution: of an image; its map may be coarser than the picture (a map of latents).
        picture: (1 or 3, h, w) in [0, 1].
        title: a heading above the panels.
        uid: starts every id, so that two figures can stand on one page.
        region: (h, w) bool, outlined in the picture: what was asked about.

    Raises:
        InputError: the attribution is of latents, or the picture has another shape.
    """
    pixels = as_rgb(picture)
    values = checked_map(attribution)
    heat, alpha = heat_rgb(values, attribution.signed)
    grey = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    description = html.escape(describe(attribution))
    outline = "" if region is None else _outline(region)
    panels = (
        _panel(data_uri(pixels), pixels, "the picture", "The picture that is explained", outline),
        _panel(data_uri(heat), pixels, "the map", description),
        _panel(
            data_uri(grey), pixels, "both", "The map over the picture",
            _layer(np.dstack([heat, (255 * alpha).round().astype(np.uint8)]), pixels),
        ),
    )  # fmt: skip
    heading = f'<h3 id="{uid}-heat-title">{html.escape(title)}</h3>' if title else ""
    name = f'aria-labelledby="{uid}-heat-title"' if title else 'aria-label="Heat map"'
    return (
        f'<div class="gl gl-heat" role="group" {name}>{heading}'
        f'<div class="gl-heat-panels">{"".join(panels)}</div>{_legend(attribution, values)}'
        f'<p class="gl-soft">{description}</p></div>'
    )


def picture_panels(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str],
    *,
    region: np.ndarray | None = None,
) -> str:
    """Pictures (1 or 3, h, w) beside each other as in ``attribution_map``, the ``region`` outlined
    in each; ``captions`` are also the pictures' text for screen readers."""
    outline = "" if region is None else _outline(region)
    panels = (
        _panel(data_uri(pixels), pixels, text, text, outline)
        for picture, caption in zip(pictures, captions, strict=True)
        for pixels, text in ((as_rgb(picture), html.escape(caption)),)
    )
    return f'<div class="gl gl-heat"><div class="gl-heat-panels">{"".join(panels)}</div></div>'


def checked_map(attribution: Attribution) -> np.ndarray:
    """``attribution.map()`` as finite (h, w), 0 where it is rounding noise, or InputError."""
    values = np.nan_to_num(np.asarray(attribution.map(), dtype=np.float64))
    if attribution.nothing:
        values = np.zeros_like(values)
    if values.ndim != 2:
        raise InputError(
            f"the attribution has {values.shape} values, one for each latent: draw it with "
            "latent_bars, a heat map needs (h, w)"
        )
    return values


def as_rgb(picture: np.ndarray) -> np.ndarray:
    """``picture`` (1 or 3, h, w) in [0, 1] as (h, w, 3) uint8, or InputError."""
    given = np.asarray(picture, dtype=np.float32)
    if given.ndim != 3 or given.shape[0] not in (1, 3):
        raise InputError(f"the picture has shape {given.shape}: pass (1 or 3, height, width)")
    bytes_ = (np.nan_to_num(given).clip(0, 1) * 255).round().astype(np.uint8)
    return np.repeat(bytes_.transpose(1, 2, 0), 3 // len(bytes_), axis=2)


def heat_rgb(values: np.ndarray, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """``values`` (h, w) as colours (h, w, 3) uint8 and their strength (h, w) in [0, 1]."""
    top = scale_end(values)
    share = np.clip(values / top, -1, 1) if top else np.zeros_like(values)
    if not signed:
        share = np.clip(share, 0, 1)
    place = (share + 1) / 2 if signed else share
    colours = _table(signed)[np.round(255 * place).astype(int)]
    # Over the picture, a root keeps faint signs visible; dark, small sizes shall not hide it.
    return colours, np.abs(share) ** (0.5 if signed else 1.0)


def scale_end(values: np.ndarray) -> float:
    """Where colours end: the ``CLIP`` quantile of sizes, or the largest where that is 0."""
    sizes = np.abs(values)
    return float(np.quantile(sizes, CLIP)) or float(sizes.max(initial=0.0))


def describe(attribution: Attribution) -> str:
    """What the map shows, in words: where its weight lies, and for signed values which way."""
    if attribution.nothing:
        return nothing_sentence(attribution)
    values = checked_map(attribution)
    sizes = np.abs(values)
    total = float(sizes.sum())
    if not total > 0:
        return "The channels of every pixel cancel each other: there is no map to draw."
    falling = np.sort(sizes.reshape(-1))[::-1].cumsum()
    half = (int(np.searchsorted(falling, total / 2)) + 1) / sizes.size
    y, x = np.unravel_index(int(sizes.argmax()), sizes.shape)
    said = (
        f"Half of the map’s weight lies in {_percent(half)} of its pixels; the strongest is in row "
        f"{y + 1} of {sizes.shape[0]}, column {x + 1} of {sizes.shape[1]}."
    )
    if attribution.signed:
        above = float(values[values > 0].sum()) / total
        said += (
            f" {_percent(above)} of the weight speaks for a higher number ({RAISES}), "
            f"{_percent(1 - above)} for a lower one ({LOWERS})."
        )
    return said


@lru_cache(maxsize=2)
def _table(signed: bool) -> np.ndarray:
    """(256, 3) uint8: the palette from its low to its high end."""
    names = [diverging(i / 127.5 - 1) if signed else sequential(i / 255) for i in range(256)]
    return np.array([[int(n[k : k + 2], 16) for k in (1, 3, 5)] for n in names], dtype=np.uint8)


def _panel(uri: str, pixels: np.ndarray, caption: str, label: str, over: str = "") -> str:
    height, width = pixels.shape[:2]
    return (
        f'<figure class="gl-heat-panel"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{label}">{_image(uri, width, height)}{over}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _layer(rgba: np.ndarray, pixels: np.ndarray) -> str:
    return _image(data_uri(rgba), pixels.shape[1], pixels.shape[0])


def _image(uri: str, width: int, height: int) -> str:
    return (
        f'<image href="{uri}" width="{width}" height="{height}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated"/>'
    )


def _outline(region: np.ndarray) -> str:
    path = svg_path(np.asarray(region, dtype=bool))
    return f'<path class="gl-heat-halo" d="{path}"/><path class="gl-heat-region" d="{path}"/>'


def _legend(attribution: Attribution, values: np.ndarray) -> str:
    """The colour scale with its two or three numbers and the unit; "" where nothing is drawn."""
    if attribution.nothing:
        return ""
    top = scale_end(values)
    cut = "≥ " if float(np.abs(values).max(initial=0.0)) > top * 1.0001 else ""
    unit = html.escape(unit_of(attribution))
    if attribution.signed:
        colours = ",".join(diverging(i / 3 - 1) for i in range(7))
        low = f"{'≤ ' if cut else ''}{plain_number(-top)} lowers"
        high = f"raises {cut}{plain_number(top)}"
    else:
        colours = ",".join(sequential(i / 6) for i in range(7))
        low, high = "0 nothing", f"much {cut}{plain_number(top)}"
    return (
        f'<div class="gl-heat-legend"><span>{low}</span><span class="gl-heat-scale" '
        f'style="background:linear-gradient(90deg,{colours})" aria-hidden="true"></span>'
        f"<span>{high}</span><span>{unit}</span></div>"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %"
