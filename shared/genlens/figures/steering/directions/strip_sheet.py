"""Strips of several faces as one PNG, for slides and papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from genlens.errors import InputError
from genlens.figures.sheet import sheet
from genlens.figures.steering.score import score_words
from genlens.steering.results import Strip

if TYPE_CHECKING:
    from PIL import Image


def strip_sheet(strips: Sequence[Strip], title: str) -> Image.Image:
    """A row a strip, a column an alpha, with the scores below the pictures.

    Raises:
        InputError: no strip, or strips of different alphas.
    """
    if not strips or any(not np.array_equal(s.alphas, strips[0].alphas) for s in strips):
        raise InputError(f"{len(strips)} strips: a sheet needs one or more of the same alphas")
    captions = [
        f"alpha {alpha:.3g}\n{score_words(score)}"
        for strip in strips
        for alpha, score in zip(strip.alphas.tolist(), strip.scores.tolist(), strict=True)
    ]
    images = np.concatenate([strip.images for strip in strips])
    return sheet(images, None, captions, title, columns=len(strips[0].alphas))
