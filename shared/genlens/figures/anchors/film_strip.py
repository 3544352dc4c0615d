"""Film strips: each column is an anchor above what the model makes of it."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.errors import InputError
from genlens.figures.picture_strip import picture_img

SIZE = 56
"""Side of a picture in CSS pixels, where nothing else is asked for."""


def film_strip(
    pictures: np.ndarray,
    rebuilt: np.ndarray,
    captions: Sequence[str],
    *,
    title: str = "",
    rows: Sequence[int] | None = None,
    known: Sequence[bool] | None = None,
    numbered: bool = False,
    wraps: bool = True,
    size: int = SIZE,
) -> str:
    """Anchors with their reconstructions below them.

    Args:
        pictures, rebuilt: (k, 1 or 3, h, w) in [0, 1].
        captions: k lines below the columns; line breaks are kept.
        title: a heading, and the strip's name for screen readers.
        rows: what a click on a column opens (``data-row``); without it columns are no buttons.
        known: whether each picture is at hand; where not, its place says so.
        numbered: with 1, 2, 3 … in the columns' corners, as on the scatter.
        wraps: on further lines; otherwise the strip scrolls sideways.
        size: width of a picture in CSS pixels.

    Raises:
        InputError: numbers of pictures, reconstructions and texts differ.
    """
    here = [True] * len(captions) if known is None else list(known)
    given = captions if rows is None else rows
    if not len(pictures) == len(rebuilt) == len(captions) == len(here) == len(given):
        raise InputError(
            f"{len(pictures)} pictures, {len(rebuilt)} reconstructions, {len(captions)} captions, "
            f"{len(here)} marks and {len(given)} rows: give as many of each"
        )
    items = "".join(
        _column(k, pictures[k], rebuilt[k], captions[k], rows, here[k], numbered, size)
        for k in range(len(captions))
    )
    heading = f'<div class="gl-strip-title">{html.escape(title)}</div>' if title else ""
    name = f' aria-label="{html.escape(title)}"' if title else ""
    kind = "gl-film" if wraps else "gl-film gl-film-long"
    focus = "" if wraps else ' tabindex="0"'
    return f'<div class="gl-strip-box">{heading}<ol class="{kind}"{name}{focus}>{items}</ol></div>'


def _column(
    k: int,
    picture: np.ndarray,
    rebuilt: np.ndarray,
    caption: str,
    rows: Sequence[int] | None,
    known: bool,
    numbered: bool,
    size: int,
) -> str:
    said = " ".join(caption.split("\n"))
    above = (
        picture_img(picture, f"anchor: {said}", size=size)
        if known
        else f'<span class="gl-absent" style="--gl-size:{int(size)}px" title="This picture does '
        'not ship with genlens">not here</span>'
    )
    number = f'<span class="gl-film-number">{k + 1}</span>' if numbered else ""
    below = picture_img(rebuilt, f"its reconstruction: {said}", size=size)
    lines = "<br>".join(html.escape(line) for line in caption.split("\n") if line)
    inside = f"{number}{above}{below}<span>{lines}</span>"
    if rows is None:
        return f'<li class="gl-shot">{inside}</li>'
    return (
        f'<li class="gl-shot"><button type="button" class="gl-film-pick" data-row="{int(rows[k])}" '
        f'title="Open this anchor">{inside}</button></li>'
    )
