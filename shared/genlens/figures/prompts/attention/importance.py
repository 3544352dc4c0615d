"""Importance by place ("boosted by importance"), and what the picture is split into."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.figures.palette import rgb, sequential, word_colour
from genlens.figures.pixels import data_uri, shrunk, svg_path
from genlens.models.contracts import ObjectMask

LARGEST = 256


def importance_picture(importance: np.ndarray) -> str:
    """``importance`` (h, w) in [0, 1] on a fixed scale, as an ``<img>``."""
    small = shrunk(importance[None], LARGEST)[0]
    table = np.array([rgb(sequential(i / 255)) for i in range(256)])  # (256, 3)
    pixels = (table[(np.clip(small, 0, 1) * 255).round().astype(int)] * 255).round()
    y, x = np.unravel_index(int(importance.argmax()), importance.shape)
    return (
        f'<img src="{data_uri(pixels.astype(np.uint8))}" alt="Importance by place, highest '
        f'({importance.max():.2f}) at pixel {int(x)}, {int(y)}">'
    )


def outlined(
    image: np.ndarray, parts: Sequence[ObjectMask], labels: Sequence[str], title: str
) -> str:
    """``image`` (h, w, 3) uint8 with the outline of each of ``parts``, in colour, and a list."""
    h, w = image.shape[:2]
    paths = "".join(
        f'<path d="{svg_path(part.mask)}" fill="none" fill-rule="evenodd" '
        f'stroke="{word_colour(i)}" stroke-width="{max(h, w) / 70:.2f}"/>'
        for i, part in enumerate(parts)
    )
    items = "".join(
        f'<li><span class="gl-dot" style="--gl-colour:{word_colour(i)}"></span>'
        f"{html.escape(label)}</li>"
        for i, label in enumerate(labels)
    )
    uri = data_uri(image, lossless=max(h, w) <= 128)
    return (
        f'<figure class="gl gl-chart" style="max-width:18rem;flex:1 1 14rem">'
        f"<figcaption>{html.escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {w} {h}" role="img" aria-label="{html.escape(title)}: '
        f'{len(parts)} outlined"><image href="{uri}" width="{w}" height="{h}" '
        f'style="image-rendering:auto"/>{paths}</svg>'
        f'<ul style="list-style:none;padding:0;margin:.4rem 0">{items}</ul></figure>'
    )


def beside(*figures: str) -> str:
    """Figures in one row where the page is wide enough."""
    return f'<div style="display:flex;flex-wrap:wrap;gap:1.5rem">{"".join(figures)}</div>'
