"""Scenes with known truth: which word drew which pixels (``draw``).

A scene is a caption, a layout drawn from a seed, and sprites blended onto a plain ground; for
each content word the mask of the pixels that are visibly its own is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np

from . import vocabulary as V
from .captions import Element, Group, Plan, parse
from .sampler import CaptionSampler

# Slot centres (x, y) and host size, as fractions of the picture's side, by number of groups.
_ONE = ([(0.5, 0.52)], 0.64)
_ROW = ([(0.27, 0.52), (0.73, 0.52)], 0.44)
_COLUMN = ([(0.5, 0.27), (0.5, 0.75)], 0.44)
_TRIANGLE = ([(0.27, 0.29), (0.73, 0.29), (0.5, 0.75)], 0.4)
_TRIANGLE_DOWN = ([(0.5, 0.27), (0.27, 0.74), (0.73, 0.74)], 0.4)
_JITTER, _SCALE_JITTER = 0.03, 0.05
# Where an attachment's centre sits in its host's box, and how large it is relative to it.
_PLACES = {
    "with": [(0.86, 0.84, 0.52), (0.12, 0.88, 0.46), (0.5, 0.95, 0.42)],
    "possessive": [(0.14, 0.84, 0.52)],
    "compound": [(0.5, 0.42, 0.5)],
}
_MIN_VISIBLE = 0.5  # alpha from which a pixel counts as drawn by a sprite


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


@dataclass(frozen=True)
class _Placed:
    element: Element
    x: float
    y: float
    size: float
    group: int
    host: bool


@lru_cache(maxsize=768)
def _sprite(name: str, side: int) -> np.ndarray:
    """(side, side, 4) uint8 sprite, straight alpha; side is 64, 128 or 256 (as shipped)."""
    from PIL import Image

    with Image.open(V.DATA / "sprites" / f"{name}.webp") as image:
        return np.asarray(image.convert("RGBA").resize((side, side), Image.Resampling.BOX))


def _tint(rgba: np.ndarray, colour: str) -> np.ndarray:
    """The sprite in one colour, its shading kept: luminance below the sprite's mean darkens the
    colour, above it lightens it towards white."""
    rgb = rgba[..., :3].astype(np.float32) / 255
    grey = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    seen = rgba[..., 3] > 128
    middle = float(grey[seen].mean()) if seen.any() else 0.5
    target = np.array(V.COLOURS[colour], np.float32) / 255
    delta = ((grey - middle) * 0.9)[..., None]
    out = np.where(delta < 0, target * (1 + 1.3 * delta), target + (1 - target) * delta)
    return np.concatenate([np.clip(out * 255, 0, 255), rgba[..., 3:]], -1).astype(np.uint8)


@lru_cache(maxsize=12288)
def _drawn(noun: str, colour: str | None, flag: str | None, side: int) -> np.ndarray:
    """(side, side, 4) float16 premultiplied sprite, ready to blend."""
    from PIL import Image

    name = f"flag_{flag}" if flag else V.NOUNS[noun].sprite
    # tint the smallest copy that is still large enough: a scene is drawn in under a millisecond
    rgba = _sprite(name, next((m for m in (64, 128) if side <= m), 256))
    if colour:
        rgba = _tint(rgba, colour)
    small = Image.fromarray(rgba).resize((side, side), Image.Resampling.BOX)
    out = np.asarray(small).astype(np.float32) / 255
    out[..., :3] *= out[..., 3:]  # PIL resizes with straight alpha: premultiply afterwards
    return out.astype(np.float16)


def _fits(plan: Plan, order: tuple[int, ...], slots: list[tuple[float, float]]) -> bool:
    """Whether putting group i on slot ``order[i]`` satisfies every relation."""
    for i, relation in enumerate(plan.relations):
        (x0, y0), (x1, y1) = slots[order[i]], slots[order[i + 1]]
        ok = {"left": x0 < x1, "right": x0 > x1, "above": y0 < y1, "below": y0 > y1}
        if not ok.get(relation, True):
            return False
    return True


def _slots(plan: Plan, rng: np.random.Generator) -> tuple[list[tuple[float, float]], float, bool]:
    """A slot for each group, the host size, and whether groups stand side by side."""
    n = len(plan.groups)
    if n <= 1:
        return _ONE[0], _ONE[1], True
    if n == 2:
        row = plan.relations[0] not in ("above", "below")
        layouts = [_ROW if row else _COLUMN]
    else:
        row, layouts = True, [_TRIANGLE, _TRIANGLE_DOWN]
    options = [
        ([slots[i] for i in order], size)
        for slots, size in layouts
        for order in permutations(range(n))
        if _fits(plan, order, slots)
    ]
    # relations can contradict each other ("a left of b left of a"): then any order will do
    places, size = options[int(rng.integers(len(options)))] if options else layouts[0]
    return places, size, row


def _members(count: int, groups: int, row: bool) -> tuple[list[tuple[float, float]], float]:
    """Offsets (fractions of the side) and scale of the ``count`` copies of one host."""
    if count == 1:
        return [(0.0, 0.0)], 1.0
    if groups == 1:
        if count == 2:
            return [(-0.24, 0.0), (0.24, 0.0)], 0.7
        return [(-0.25, -0.2), (0.25, -0.2), (0.0, 0.24)], 0.66
    step, scale = (0.23, 0.84) if count == 2 else (0.29, 0.64)
    line = [(i - (count - 1) / 2) * step * 2 / (count - 1 or 1) for i in range(count)]
    if count == 3:
        line = [-0.29, 0.0, 0.29]
    return [(0.0, o) if row else (o, 0.0) for o in line], scale


def _attach(group: Group, host: _Placed, index: int) -> list[_Placed]:
    """Where the attachments of one host copy go."""
    placed, used = [], 0
    left, top = host.x - host.size / 2, host.y - host.size / 2
    for how, element in group.attachments:
        wear = V.NOUNS[element.noun].wear
        if how == "wearing" and wear:
            spots = [wear]
        elif how in ("with", "wearing"):
            places = _PLACES["with"]
            spots = [places[(used + i) % len(places)] for i in range(element.count)]
            used += len(spots)
        else:
            spots = _PLACES[how]
        for x, y, scale in spots:
            scale *= V.SIZES.get(element.size or "", 1.0) ** 0.5
            at = (left + x * host.size, top + y * host.size, scale * host.size)
            placed.append(_Placed(element, *at, index, False))
    return placed


def _layout(plan: Plan, rng: np.random.Generator) -> list[_Placed]:
    """Every sprite's place, in drawing order (hosts before what sits on them)."""
    slots, base, row = _slots(plan, rng)
    placed: list[_Placed] = []
    for i, group in enumerate(plan.groups):
        x, y = np.add(slots[i], rng.uniform(-_JITTER, _JITTER, 2))
        size = base * rng.uniform(1 - _SCALE_JITTER, 1 + _SCALE_JITTER)
        size *= V.SIZES.get(group.host.size or "", 1.0)
        offsets, scale = _members(group.host.count, len(plan.groups), row)
        size *= scale
        if any(how == "wearing" for how, _ in group.attachments):
            size, y = size * 0.9, y + 0.05 * size
        for dx, dy in offsets:
            half = min(size / 2, 0.49)
            cx = float(np.clip(x + dx, half, 1 - half))
            cy = float(np.clip(y + dy, half, 1 - half))
            host = _Placed(group.host, cx, cy, 2 * half if half == 0.49 else size, i, True)
            placed += [host, *_attach(group, host, i)]
    return placed


def _blend(canvas: np.ndarray, owner: np.ndarray, index: int, p: _Placed) -> None:
    """Draw one sprite in place; ``owner`` records who drew each pixel last."""
    side = canvas.shape[0]
    s = max(3, round(p.size * side))
    x0, y0 = round(p.x * side - s / 2), round(p.y * side - s / 2)
    sprite = _drawn(p.element.noun, p.element.colour, p.element.flag, s)
    ax, ay = max(0, -x0), max(0, -y0)
    bx, by = min(s, side - x0), min(s, side - y0)
    if bx <= ax or by <= ay:
        return
    piece = sprite[ay:by, ax:bx].astype(np.float32)
    window = canvas[y0 + ay : y0 + by, x0 + ax : x0 + bx]
    window *= 1 - piece[..., 3:]
    window += piece[..., :3]
    owner[y0 + ay : y0 + by, x0 + ax : x0 + bx][piece[..., 3] > _MIN_VISIBLE] = index


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
        drawn = np.zeros(owner.shape, bool)
        for o in objects:
            if o.word == element.word:
                drawn |= o.mask
        for word in (element.word, *element.modifiers):
            masks[word] = masks.get(word, np.zeros_like(drawn)) | drawn
    for word in plan.background_words:
        masks[word] = owner < 0
    return masks


def draw(seed: int, caption: str | None = None, size: int = 64) -> Scene:
    """Draw a caption's scene.

    ``seed`` fixes the layout (and the caption, when it is None: a random one of any split).
    ``size`` is the side in pixels, 16 to 512. Any text can be drawn: words the world does not
    know draw nothing and are named in ``notes``.
    """
    if not 16 <= size <= 512:
        from genlens.errors import InputError

        raise InputError(f"size is {size}: a scene's side is between 16 and 512 pixels")
    if caption is None:
        caption = CaptionSampler(seed, "any", fragments=0.0)()
    plan = parse(caption)
    placed = _layout(plan, np.random.default_rng(seed))
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
