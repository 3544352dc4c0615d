"""A picture, its reconstruction and what is between them, side by side."""

from __future__ import annotations

import html

import numpy as np

from genlens.errors import InputError
from genlens.figures.palette import diverging
from genlens.figures.picture_strip import picture_strip
from genlens.figures.style import signed


def difference_strip(
    image: np.ndarray, rebuilt: np.ndarray, *, name: str = "", size: int = 112
) -> str:
    """Input, reconstruction and their difference, with its scale.

    The difference is reconstruction minus input, the mean of the colours, so from -1 to 1; its
    colours reach to its own largest value, which is printed.

    Args:
        image, rebuilt: (1 or 3, h, w) in [0, 1].
        name: what the picture is called, for screen readers.
        size: of each in CSS pixels.

    Raises:
        InputError: the two have different shapes.
    """
    if np.shape(image) != np.shape(rebuilt):
        raise InputError(f"shapes {np.shape(image)} and {np.shape(rebuilt)} differ: pass a pair")
    away, most = difference(image, rebuilt)
    shown = np.array([[_rgb(v / most if most else 0.0) for v in row] for row in away])
    strip = picture_strip(
        [image, rebuilt, shown.transpose(2, 0, 1)],
        ["input", "reconstruction", "difference"],
        alts=[
            f"{name or 'the picture'}, as the model sees it",
            "What the model makes of it again",
            "Reconstruction minus input",
        ],
        size=size,
    )
    stops = ",".join(diverging(i / 3 - 1) for i in range(7))
    return (
        f'<div class="gl-difference">{strip}<p class="gl-soft gl-difference-scale">'
        f"<span>{html.escape(signed(-most, 2))} darker</span>"
        f'<span class="gl-scale" style="background:linear-gradient(90deg,{stops})"></span>'
        f"<span>brighter {html.escape(signed(most, 2))}</span></p></div>"
    )


def difference(image: np.ndarray, rebuilt: np.ndarray) -> tuple[np.ndarray, float]:
    """(reconstruction minus input as (h, w) of the mean colour, its largest absolute value)."""
    away = (np.asarray(rebuilt, np.float64) - np.asarray(image, np.float64)).mean(axis=0)
    return away, float(np.abs(away).max())


def _rgb(value: float) -> tuple[float, float, float]:
    colour = diverging(value)
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue
