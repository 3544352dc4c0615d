"""Arrays into what a page can hold: data URIs of images, and outlines of masks as SVG paths."""

from __future__ import annotations

import base64
import io

import numpy as np

Point = tuple[float, float]


def data_uri(image: np.ndarray, *, lossless: bool = True) -> str:
    """``image`` (h, w, 3) uint8 as a ``data:`` address: PNG, or a small WebP when not lossless."""
    from PIL import Image

    buffer = io.BytesIO()
    if lossless:
        Image.fromarray(image).save(buffer, "PNG", optimize=True)
    else:
        Image.fromarray(image).save(buffer, "WEBP", quality=88)
    kind = "png" if lossless else "webp"
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def shrunk(image: np.ndarray, most: int) -> np.ndarray:
    """``image`` (c, h, w) with neighbouring pixels averaged until its shorter side is below twice
    ``most``; smaller ones as they are. A page of many large pictures would be too large to send."""
    c, h, w = image.shape
    k = min(h, w) // most
    if k < 2:
        return image
    cut = image[:, : h // k * k, : w // k * k]
    return cut.reshape(c, h // k, k, w // k, k).mean((2, 4))


def outline(mask: np.ndarray) -> list[list[Point]]:
    """The closed borders of ``mask`` (h, w) bool, along pixel edges.

    Each loop is a list of (x, y) corners one pixel apart, outer borders clockwise on the screen
    and holes the other way round, so that filling all loops paints exactly the mask's pixels.
    """
    padded = np.pad(np.asarray(mask, dtype=bool), 1)
    inside = padded[1:-1, 1:-1]
    following: dict[Point, list[Point]] = {}
    # One row a side: the neighbour that must be empty, and the edge's start and end corner.
    for neighbour, start, end in (
        (padded[:-2, 1:-1], (0, 0), (1, 0)),  # top, left to right
        (padded[1:-1, 2:], (1, 0), (1, 1)),  # right, downwards
        (padded[2:, 1:-1], (1, 1), (0, 1)),  # bottom, right to left
        (padded[1:-1, :-2], (0, 1), (0, 0)),  # left, upwards
    ):
        for y, x in np.argwhere(inside & ~neighbour).tolist():
            following.setdefault((x + start[0], y + start[1]), []).append((x + end[0], y + end[1]))
    return _chain(following)


def _chain(following: dict[Point, list[Point]]) -> list[list[Point]]:
    """Join directed edges into loops; at a corner shared by two loops either way is right."""
    loops = []
    while following:
        start = next(iter(following))
        loop, here = [], start
        while True:
            loop.append(here)
            ends = following[here]
            there = ends.pop()
            if not ends:
                del following[here]
            here = there
            if here == start:
                break
        loops.append(loop)
    return loops


def smooth(loop: list[Point], rounds: int = 2) -> list[Point]:
    """``loop`` with its pixel stairs rounded off: each point becomes the mean of its neighbours."""
    points = np.asarray(loop, dtype=float)  # (n, 2)
    for _ in range(rounds if len(loop) > 8 else 0):
        points = (np.roll(points, 1, axis=0) + 2 * points + np.roll(points, -1, axis=0)) / 4
    return [(float(x), float(y)) for x, y in points]


def svg_path(mask: np.ndarray) -> str:
    """``drawn_outline`` as an SVG path in pixel units (fill rule evenodd)."""
    loops = (" ".join(f"{x:.2f},{y:.2f}" for x, y in loop) for loop in drawn_outline(mask))
    return "".join(f"M{points}Z" for points in loops)


def drawn_outline(mask: np.ndarray) -> list[list[Point]]:
    """The borders of ``mask`` as figures draw them: rounded, without specks and pinholes.

    Left out are loops under a twentieth of the longest: they only confuse the eye.
    """
    loops = outline(mask)
    longest = max(map(len, loops), default=0)
    return [smooth(loop) for loop in loops if len(loop) >= longest / 20]
