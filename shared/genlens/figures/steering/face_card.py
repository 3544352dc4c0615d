"""One face with its score, as the page of property steering holds it on screen."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.picture_strip import picture_img
from genlens.figures.pixels import shrunk
from genlens.figures.steering.score import Range, place_of, score_chip, score_scale

SIZE = 224


def face_card(
    image: np.ndarray, name: str, score: float, title: str, unit: str, ends: Range, note: str = ""
) -> str:
    """``image`` (1 or 3, h, w) above its ``name``, the assessor's ``title`` with the ``score``, and
    a ``note``; the texts are escaped here."""
    chip = score_chip(score, place_of(score, ends), title=title)
    more = f'<p class="gl-soft gl-face-note">{html.escape(note)}</p>' if note else ""
    return (
        f'<div class="gl gl-face">{picture_img(shrunk(image, 2 * SIZE), name, size=SIZE)}<div>'
        f'<p class="gl-face-name">{html.escape(name)}</p>'
        f"<p><b>{html.escape(title)}</b> {chip}</p>{score_scale(ends, unit)}</div>{more}</div>"
    )
