"""How good an encoder is on the emoji world: two of ``genlens evaluate zoo``'s figures."""

from __future__ import annotations

import numpy as np
import torch

from genlens.common.measures import Measure, share
from genlens.models.contracts import ImageTextEncoder
from genlens.models.pictures.crops import crop_objects
from genlens.models.pictures.masks import object_mask
from genlens.worlds import vocabulary as V
from genlens.worlds.captions import split
from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.sampler import CaptionSampler

CHOICES = 100
SIDE = 128
"""Pixels: the side of what ``emoji-diffusion`` draws."""
SMALLEST = 12 * (SIDE // 64) ** 2
"""Objects with fewer visible pixels are not asked about: prompts ignore them too."""
GROUND = 0.94
"""The grey that crops lie on, as in ``genlens.prompts``."""


def held_out_scenes(n: int, seed: int) -> list[Scene]:
    """``n`` scenes of whole captions, each with a pair of nouns that the training captions of all
    models but the referee lack."""
    sampler = CaptionSampler(seed, "test", fragments=0.0)
    return [draw(seed * 1_000_003 + i, sampler(), SIDE) for i in range(n)]


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """(n, h, w, 3) uint8 to (n, 3, h, w) float32 in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255


def meaning(caption: str) -> tuple[str, ...]:
    """The caption without the words that draw nothing: two captions of one meaning are one."""
    idle = ("filler", "article", "glue")
    kept = [p for p, _ in split(caption) if V.kind(p) not in idle or p == "background"]
    return tuple(kept)


def caption_top1(
    encoder: ImageTextEncoder, scenes: list[Scene], rivals: list[str], seed: int = 0
) -> Measure:
    """Share of scenes whose own caption is nearer than 99 others of another meaning, drawn from
    ``rivals`` (as many as there are, where these are fewer)."""
    rng = np.random.default_rng(seed)
    images = encoder.embed_images(to_tensor(np.stack([s.image for s in scenes]))).numpy()
    own = encoder.embed_texts([s.caption for s in scenes]).numpy()
    texts = encoder.embed_texts(rivals).numpy()
    meanings = [meaning(text) for text in rivals]
    right = []
    for image, caption, scene in zip(images, own, scenes, strict=True):
        others = [j for j, m in enumerate(meanings) if m != meaning(scene.caption)]
        drawn = rng.choice(others, min(CHOICES - 1, len(others)), replace=False)
        right.append(bool(image @ caption > (texts[drawn] @ image).max()))
    return share(right)


def crop_top1(encoder: ImageTextEncoder, scenes: list[Scene]) -> Measure:
    """Share of objects, cut out by their true masks, whose noun is the nearest of all nouns."""
    nouns = sorted(V.NOUNS)
    crops, truth, of, small = [], [], [], 0
    for i, scene in enumerate(scenes):
        seen = [o for o in scene.objects if o.mask.sum() >= SMALLEST]
        small += len(scene.objects) - len(seen)
        masks = [object_mask(o.mask, 1.0) for o in seen]
        crops.append(crop_objects(scene.image, masks, ground=GROUND))
        truth += [nouns.index(o.noun) for o in seen]
        of += [i] * len(seen)
    cosines = encoder.embed_images(torch.cat(crops)) @ encoder.embed_texts(nouns).T
    right = cosines.argmax(1).numpy() == np.array(truth)
    return share(right.tolist(), hidden(small), groups=of)


def hidden(count: int) -> dict[str, int]:
    """What is left out for being hidden by something else."""
    return {f"less than {SMALLEST} of its pixels are visible": count} if count else {}


def measure(encoder: ImageTextEncoder, n: int = 500, seed: int = 0) -> dict[str, Measure]:
    """``caption_top1_of_100`` and ``crop_noun_top1`` (of 107 nouns) on ``n`` held-out scenes.

    There are always 100 captions to choose from, however few the scenes are.
    """
    scenes = held_out_scenes(n, 90_001 + seed)
    sampler = CaptionSampler(190_001 + seed, "test", fragments=0.0)
    rivals = [s.caption for s in scenes] + [sampler() for _ in range(max(0, 2 * CHOICES - n))]
    return {
        "caption_top1_of_100": caption_top1(encoder, scenes, rivals, seed),
        "crop_noun_top1": crop_top1(encoder, scenes),
    }
