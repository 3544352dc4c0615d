"""What emoji-clip is taught from: scenes with their captions, and things cut out of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from genlens.models.pictures.crops import crop_objects
from genlens.models.pictures.masks import object_mask
from genlens.worlds import vocabulary as V
from genlens.worlds.captions import Element, Plan, parse, split
from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.layout_full import FULL
from genlens.worlds.layouts import Layout
from genlens.worlds.sampler import CaptionSampler, plan_is_held_out
from genlens.zoo.recipes.common import soften

_FLIP = {"left": "right", "right": "left", "above": "below", "below": "above"}


def bag(plan: Plan) -> dict[str, float]:
    """What a scene shows, with the weight of each thing in a comparison."""
    things: dict[str, float] = {f"ground {plan.background}": 0.6 if plan.background else 0.25}

    def put(e: Element, weight: float) -> None:
        things[e.noun] = things.get(e.noun, 0.0) + weight
        for trait in (e.colour, e.flag):
            if trait:
                things[f"{trait} {e.noun}"] = 0.7 * weight
        if e.size:
            things[f"{e.size} {e.noun}"] = 0.35
        if e.count > 1:
            things[f"{e.count} {e.noun}"] = 0.4

    for group in plan.groups:
        put(group.host, 1.0)
        for how, attached in group.attachments:
            put(attached, 0.8)
            things[f"{group.host.noun} {how} {attached.noun}"] = 0.4
    for a, b, relation in zip(plan.groups, plan.groups[1:], plan.relations, strict=False):
        if relation in ("right", "below"):
            a, b = b, a
        if relation:
            row = "left" if relation in ("left", "right") else "above"
            things[f"{a.host.noun} {row} {b.host.noun}"] = 0.6
    return things


@dataclass
class Item:
    """One picture and its text. ``key``: equal where texts mean the same; ``noun``: of a lone
    object, else ""; ``crop``: an object cut out, of which colour and size are left unsaid."""

    image: np.ndarray
    text: str
    things: dict[str, float]
    noun: str
    crop: bool

    @property
    def key(self) -> str:
        return repr(sorted(self.things.items()))


def variant(text: str, rng: np.random.Generator) -> str:
    """The same text with one word replaced by another of its kind: a hard negative."""
    words = text.split()
    places = [i for i, w in enumerate(words) if w in V.NOUNS or w in V.COLOURS or w in _FLIP]
    if not places:
        return text
    i = int(rng.choice(places))
    if words[i] in _FLIP:
        words[i] = _FLIP[words[i]]
    else:
        table = V.COLOURS if words[i] in V.COLOURS else V.NOUNS
        words[i] = str(rng.choice([w for w in table if w != words[i]]))
    return " ".join(words)


def cut_out(scene: Scene, rng: np.random.Generator) -> Item | None:
    """One object of the scene on plain light grey, named by its noun, now and then with its
    article and colour."""
    seen = [o for o in scene.objects if o.mask.sum() >= 16]
    if not seen:
        return None
    o = seen[int(rng.integers(len(seen)))]
    element = next(
        e
        for g in scene.plan.groups
        for e in (g.host, *(a for _, a in g.attachments))
        if e.word == o.word
    )
    ground = 0.94 if rng.random() < 0.6 else float(rng.uniform(0.86, 1.0))
    mask = object_mask(o.mask, 1.0)
    crop = crop_objects(scene.image, [mask], ground=ground, margin=float(rng.uniform(0.03, 0.2)))
    image = (crop[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    # the word itself, which may be a synonym or a plural
    word = next(p for p, at in split(scene.caption) if at == o.word and V.kind(p) == "noun")
    draw_lots = rng.random()
    trait = element.colour or element.flag
    if draw_lots < 0.2 and trait:
        word = f"{trait} {word}" if draw_lots < 0.1 else f"a {trait} {word}"
    elif draw_lots < 0.35:
        word = f"a {word}"
    return Item(image, word, bag(parse(word)), o.noun, True)


def lone_noun(plan: Plan) -> str:
    """The noun of a plan of one thing, else ""."""
    one = len(plan.groups) == 1 and not plan.groups[0].attachments
    return plan.groups[0].host.noun if one else ""


Items = tuple[list[tuple[Item, Item]], list[Item]]


def make_items(n: int, seed: int, size: int, layout: Layout = FULL) -> Items:
    """(n // 2 pairs of scenes, each with its hard negative; about n crops)."""
    rng = np.random.default_rng(seed)
    sampler = CaptionSampler(seed, "train", 0.25)
    pairs, crops = [], []
    for i in range(n // 2):
        text = sampler() if rng.random() > 0.05 else str(rng.choice(sampler.names))
        other = variant(text, rng)
        if plan_is_held_out(parse(other)):
            other = sampler()
        pair = []
        for k, caption in enumerate((text, other)):
            scene = draw(seed * 1_000_003 + 2 * i + k, caption, size, layout)
            noun = lone_noun(scene.plan)
            pair.append(Item(scene.image, caption, bag(scene.plan), noun, False))
            crop = cut_out(scene, rng)
            crops += [crop] if crop else []
        pairs.append((pair[0], pair[1]))
    return pairs, crops


def batches(
    pairs: list[tuple[Item, Item]], crops: list[Item], batch: int, n_crops: int, seed: int
) -> Iterator[list[Item]]:
    """Endless mixed batches: ``n_crops`` crops, the rest scenes that come in pairs."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(pairs))
        half = (batch - n_crops) // 2
        for rows in order[: len(order) // half * half].reshape(-1, half):
            chosen = rng.integers(0, len(crops), n_crops)
            yield [item for r in rows for item in pairs[r]] + [crops[c] for c in chosen]


def jitter(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Shift (n, 3, h, w) images by up to 3 pixels and soften some."""
    dx, dy = rng.integers(0, 7, 2)
    h, w = images.shape[-2:]
    padded = F.pad(images, (3, 3, 3, 3), mode="replicate")
    return soften(padded[..., dy : dy + h, dx : dx + w], rng)
