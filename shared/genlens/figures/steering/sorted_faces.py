"""Faces in the order of their scores, the highest first."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.figures.picture_strip import picture_img
from genlens.figures.steering.score import Range, place_of, score_chip, score_scale

SIZE = 72


def sorted_faces(
    images: np.ndarray,
    scores: Sequence[float],
    names: Sequence[str],
    *,
    ends: Range,
    unit: str,
    title: str,
) -> str:
    """``images`` (n, 1 or 3, h, w) with their ``names``, ordered by ``scores``; a scale below says
    what the colours mean. The texts are escaped here."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    shots = "".join(
        f'<li class="gl-shot"><div>{score_chip(scores[i], place_of(scores[i], ends, scores))}</div>'
        f"{picture_img(images[i], names[i], size=SIZE)}<span>{html.escape(names[i])}</span></li>"
        for i in order
    )
    return (
        f'<div class="gl-strip-box"><div class="gl-strip-title">{html.escape(title)}</div>'
        f'<ul class="gl-strip" aria-label="{html.escape(title)}">{shots}</ul></div>'
        f"{score_scale(ends, unit)}"
    )
