"""Faces before and after an edit, one above the other, with their scores."""

from __future__ import annotations

import html
import math

import numpy as np

from genlens.figures.picture_strip import picture_img
from genlens.figures.steering.score import Range, place_of, score_chip
from genlens.figures.style import signed
from genlens.steering.results import Verdict

SHOWN = 8


def face_pairs(verdict: Verdict, *, most: int = SHOWN, size: int = 88) -> str:
    """At most ``most`` of the verdict's faces, from the largest rise of the score to the largest
    fall."""
    n = len(verdict.scores)
    if not n:
        return ""
    rows = np.linspace(0, n - 1, min(most, n)).round().astype(int)
    among, ends = verdict.scores.reshape(-1).tolist(), range_of(verdict)

    def shot(image: np.ndarray, score: float, name: str) -> str:
        chip = score_chip(score, place_of(score, ends, among), title=name)
        return f"<span>{picture_img(image, name, size=size)}{chip}</span>"

    items = "".join(
        f"<li>{shot(verdict.before[i], float(verdict.scores[i, 0]), 'before')}"
        f"{shot(verdict.after[i], float(verdict.scores[i, 1]), 'after')}"
        f'<b class="gl-soft">{signed(float(verdict.scores[i, 1] - verdict.scores[i, 0]), 2)}</b>'
        "</li>"
        for i in rows
    )
    edit = html.escape(verdict.hypothesis.edit)
    return (
        f'<div class="gl"><p class="gl-soft">Above: the face as it is. Below: {edit}. From the '
        "largest rise of the score (left) to the largest fall, evenly through all faces. The last "
        f'line is the change.</p><ul class="gl-pairs" aria-label="Faces before and after: {edit}">'
        f"{items}</ul></div>"
    )


def range_of(verdict: Verdict) -> Range:
    """Least and greatest score of the verdict's assessor."""
    low, high = verdict.made_by.settings.get("range", (-math.inf, math.inf))
    return (-math.inf if low is None else low, math.inf if high is None else high)
