"""Thumbnails with captions: one row of pictures, or a grid with named rows and columns."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.errors import InputError
from genlens.figures.pixels import data_uri

SIZE = 72
"""Side of a thumbnail in CSS pixels, where nothing else is asked for."""


def picture_uri(image: np.ndarray) -> str:
    """``image`` (1 or 3, h, w) in [0, 1] as a PNG ``data:`` address of its own size; values outside
    are clipped.

    Raises:
        InputError: another shape, or NaN or infinite values.
    """
    pixels = np.asarray(image, dtype=np.float32)
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3):
        raise InputError(f"a picture has shape {pixels.shape}: pass (1 or 3, height, width)")
    if not np.isfinite(pixels).all():
        raise InputError("a picture holds NaN or infinity")
    bytes_ = (pixels.clip(0, 1) * 255).round().astype(np.uint8)
    return data_uri(np.repeat(bytes_.transpose(1, 2, 0), 3 // len(bytes_), axis=2))


def picture_img(image: np.ndarray, alt: str, *, size: int = SIZE) -> str:
    """One ``<img>`` of ``image`` (1 or 3, h, w), ``size`` CSS pixels wide, its pixels kept sharp;
    ``alt`` is escaped here."""
    return (
        f'<img class="gl-pixels" src="{picture_uri(image)}" alt="{html.escape(alt)}" '
        f'style="--gl-size:{int(size)}px">'
    )


def picture_strip(
    images: Sequence[np.ndarray] | np.ndarray,
    captions: Sequence[str],
    *,
    title: str = "",
    alts: Sequence[str] | None = None,
    size: int = SIZE,
    marked: Sequence[int] = (),
) -> str:
    """A row of pictures that wraps on a narrow screen.

    Args:
        images: n pictures (1 or 3, h, w) in [0, 1].
        captions: n texts below them; "" shows none.
        title: a heading in front of the row, and its name for screen readers.
        alts: n alternative texts; without them the captions serve.
        size: width of a picture in CSS pixels.
        marked: indices of pictures with a frame around them.

    Raises:
        InputError: numbers of pictures and texts differ.
    """
    said = list(captions) if alts is None else list(alts)
    if not len(images) == len(captions) == len(said):
        raise InputError(
            f"{len(images)} pictures, {len(captions)} captions and {len(said)} alternative texts: "
            "give as many of each"
        )
    heading = f'<div class="gl-strip-title">{html.escape(title)}</div>' if title else ""
    items = "".join(
        f'<li class="gl-shot{" gl-marked" if i in marked else ""}">'
        f"{picture_img(image, alt or 'picture', size=size)}"
        f"{f'<span>{html.escape(caption)}</span>' if caption else ''}</li>"
        for i, (image, caption, alt) in enumerate(zip(images, captions, said, strict=True))
    )
    name = f' aria-label="{html.escape(title)}"' if title else ""
    return f'<div class="gl-strip-box">{heading}<ul class="gl-strip"{name}>{items}</ul></div>'


def picture_grid(
    images: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str] | Sequence[Sequence[str]],
    *,
    title: str,
    corner: str = "",
    size: int = 52,
) -> str:
    """A table of pictures with named rows; it scrolls sideways where it does not fit.

    Args:
        images: (r, k, 1 or 3, h, w) in [0, 1].
        rows: r names.
        columns: k names, or r lists of k values where each row has its own (shown on pointing at a
            picture, and read out).
        title: the table's caption.
        corner: what rows and columns are, in the table's first cell.

    Raises:
        InputError: numbers of pictures and names differ.
    """
    r, k = len(images), len(images[0])
    own = bool(columns) and not isinstance(columns[0], str)
    lists = [[str(c) for c in names] for names in (columns if own else [columns] * r)]
    if len(rows) != r or len(lists) != r or any(len(names) != k for names in lists):
        raise InputError(f"{r} x {k} pictures do not fit {len(rows)} rows of names")
    head = "" if own else "".join(f'<th scope="col">{html.escape(str(c))}</th>' for c in lists[0])
    top = f"<thead><tr><th>{html.escape(corner)}</th>{head}</tr></thead>" if head else ""
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(
            f'<td title="{html.escape(f"{name}: {value}")}">'
            f"{picture_img(image, f'{name}: {value}', size=size)}</td>"
            for image, value in zip(line, values, strict=True)
        )
        + "</tr>"
        for line, name, values in zip(images, rows, lists, strict=True)
    )
    return (
        '<div class="gl-scroll" tabindex="0"><table class="gl-pictures">'
        f"<caption>{html.escape(title)}</caption>{top}<tbody>{body}</tbody></table></div>"
    )
