"""An inversion: how well the picture was found again, in a sentence, in pictures and as a curve."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.line_chart import line_chart, short
from genlens.figures.picture_strip import picture_strip
from genlens.steering.results import Projection

SIZE = 168
_UNIT = "root mean squared error of pixels, 0 to 1"


def projection_card(found: Projection, notes: str = "") -> str:
    """The error first, beside the usual one and the limit; then the pictures and the loss curve.

    Args:
        notes: what was done to the file, escaped here.
    """
    size = found.usual
    usual = f"usual for its own pictures {short(size.value)}"
    if np.isfinite([size.low, size.high]).all():
        usual += f" ({short(size.low)} to {short(size.high)}, n = {size.n})"
    tone = " gl-warn" if found.foreign else ""
    done = f'<p class="gl-soft">{html.escape(notes)}</p>' if notes else ""
    away = np.abs(found.image - found.target).mean(0, keepdims=True)
    pictures = picture_strip(
        [found.target, found.image, np.clip(1 - 3 * away, 0, 1)],
        ["your picture", "found again", "difference (dark, times 3)"],
        size=SIZE,
    )
    steps = np.arange(len(found.losses))
    curve = line_chart(
        {"error": (steps, found.losses), "limit": (steps[[0, -1]], [found.limit] * 2)},
        x="step",
        y="error",
        title="The error on the way",
    )
    return (
        f'<p class="gl-result"><b>Error {short(found.error)}</b> ({_UNIT}); {usual}; called '
        f"foreign above {short(found.limit)}, a third of the picture’s own contrast.</p>"
        f'<p class="gl-note{tone}">{html.escape(verdict(found))}</p>{done}{pictures}{curve}'
    )


def verdict(found: Projection) -> str:
    """What the error means, in one or two sentences."""
    if found.foreign:
        return (
            "This picture is foreign: the generator cannot draw it. It shows something else than "
            "what the generator was trained on, or it is shifted, turned or cut differently. What "
            "was found is the nearest the generator has; conclusions from it are not about your "
            "picture."
        )
    layers = "one style for all layers" if found.shared else "one style for each layer"
    return (
        f"The generator draws this picture about as well as its own, with {layers}. Use the face "
        "that was found and mix, steer or paint it."
    )
