"""Scenes with known truth: which word drew which pixels (``draw``).

A scene is a caption, a layout drawn from a seed, and sprites blended onto a plain ground; for
each content word the mask of the pixels that are visibly its own is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as V
from .captions import Plan, parse
from .layout_full import FULL
from .layouts import Layout, Placed
from .sampler import CaptionSampler
from .sprites import MIN_VISIBLE, drawn


@dataclass(frozen=True)
class SceneObject:
    """One drawn sprite: its noun, the caption word that asked for it, its visible pixels
    (h, w) bool, its box (x0, y0, x1, y1), and its group (things that stand together)."""

    noun: str
    word: int
    mask: np.ndarray
    box: tuple[int, int, int, int]
    group: int
    host: bool


@dataclass(frozen=True)
class Scene:
    """A picture with its truth.

    ``image`` (h, w, 3) uint8. ``masks`` maps the index of a content word in ``words`` to the
    pixels (h, w) bool it drew or coloured: a noun its sprites, a colour, size, count or flag
    word the sprites it shapes, a background phrase the ground. Words that draw nothing of their
    own (articles, fillers, relations) have no entry.
    """

    image: np.ndarray
    caption: str
    words: tuple[str, ...]
    masks: dict[int, np.ndarray]
    objects: tuple[SceneObject, ...]
    plan: Plan
    notes: tuple[str, ...] = ()


def _blend(canvas: np.ndarray, owner: np.ndarray, index: int, p: Placed) -> None:
    """Draw one sprite in place; ``owner`` records who drew each pixel last."""
    side = canvas.shape[0]
    s = max(3, round(p.size * side))
    x0, y0 = round(p.x * side - s / 2), round(p.y * side - s / 2)
    sprite = drawn(p.element.noun, p.element.colour, p.element.flag, s)
    ax, ay = max(0, -x0), max(0, -y0)
    bx, by = min(s, side - x0), min(s, side - y0)
    if bx <= ax or by <= ay:
        return
    piece = sprite[ay:by, ax:bx].astype(np.float32)
    window = canvas[y0 + ay : y0 + by, x0 + ax : x0 + bx]
    window *= 1 - piece[..., 3:]
    window += piece[..., :3]
    owner[y0 + ay : y0 + by, x0 + ax : x0 + bx][piece[..., 3] > MIN_VISIBLE] = index


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(mask)
    if not len(xs):
        return (0, 0, 0, 0)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def _masks(
    plan: Plan, owner: np.ndarray, objects: tuple[SceneObject, ...]
) -> dict[int, np.ndarray]:
    masks: dict[int, np.ndarray] = {}
    elements = [e for g in plan.groups for e in (g.host, *(a for _, a in g.attachments))]
    for element in elements:
        pixels = np.zeros(owner.shape, bool)
        for o in objects:
            if o.word == element.word:
                pixels |= o.mask
        for word in (element.word, *element.modifiers):
            masks[word] = masks.get(word, np.zeros_like(pixels)) | pixels
    for word in plan.background_words:
        masks[word] = owner < 0
    return masks


def draw(seed: int, caption: str | None = None, size: int = 64, layout: Layout = FULL) -> Scene:
    """Draw a caption's scene.

    ``seed`` fixes the layout (and the caption, when it is None: a random one of any split).
    ``size`` is the side in pixels, 16 to 512; ``layout`` says where things stand. Any text can be
    drawn: words the world does not know draw nothing and are named in ``notes``.
    """
    if not 16 <= size <= 512:
        from genlens.errors import InputError

        raise InputError(f"size is {size}: a scene's side is between 16 and 512 pixels")
    if caption is None:
        caption = CaptionSampler(seed, "any", fragments=0.0)()
    plan = parse(caption)
    placed = layout.place(plan, np.random.default_rng(seed))
    ground = V.BACKGROUNDS[plan.background] if plan.background else V.PLAIN
    canvas = np.empty((size, size, 3), np.float32)
    canvas[:] = np.array(ground, np.float32) / 255
    owner = np.full((size, size), -1, np.int16)
    for i, p in enumerate(placed):
        _blend(canvas, owner, i, p)
    objects = tuple(
        SceneObject(p.element.noun, p.element.word, m, _box(m), p.group, p.host)
        for i, p in enumerate(placed)
        for m in [owner == i]
    )
    image = (np.clip(canvas, 0, 1) * 255).round().astype(np.uint8)
    return Scene(
        image, caption, plan.words, _masks(plan, owner, objects), objects, plan, plan.notes
    )
