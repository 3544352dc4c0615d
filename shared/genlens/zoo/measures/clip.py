"""How good an encoder is on the emoji world: two of ``genlens evaluate zoo``'s figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from genlens.models.contracts import ImageTextEncoder
from genlens.models.pictures.crops import crop_objects
from genlens.models.pictures.masks import object_mask
from genlens.worlds import vocabulary as V
from genlens.worlds.captions import split
from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.sampler import CaptionSampler

CHOICES = 100
SMALLEST = 12
"""Objects with fewer visible pixels (of 64 x 64) are not asked about: prompts ignore them too."""
GROUND = 0.94
"""The grey that crops lie on, as in ``genlens.prompts``."""


def held_out_scenes(n: int, seed: int) -> list[Scene]:
    """``n`` scenes of whole captions, each with a pair of nouns that training never saw."""
    sampler = CaptionSampler(seed, "test", fragments=0.0)
    return [draw(seed * 1_000_003 + i, sampler(), 64) for i in range(n)]


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """(n, h, w, 3) uint8 to (n, 3, h, w) float32 in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255


def meaning(caption: str) -> tuple[str, ...]:
    """The caption without the words that draw nothing: two captions of one meaning are one."""
    idle = ("filler", "article", "glue")
    kept = [p for p, _ in split(caption) if V.kind(p) not in idle or p == "background"]
    return tuple(kept)


def caption_top1(encoder: ImageTextEncoder, scenes: list[Scene], seed: int = 0) -> float:
    """Share of scenes whose own caption is nearer than those of 99 other scenes."""
    rng = np.random.default_rng(seed)
    images = encoder.embed_images(to_tensor(np.stack([s.image for s in scenes]))).numpy()
    texts = encoder.embed_texts([s.caption for s in scenes]).numpy()
    meanings = [meaning(s.caption) for s in scenes]
    cosines = images @ texts.T
    right = 0
    for i in range(len(scenes)):
        others = [j for j in range(len(scenes)) if meanings[j] != meanings[i]]
        rivals = rng.choice(others, min(CHOICES - 1, len(others)), replace=False)
        right += bool(cosines[i, i] > cosines[i, rivals].max())
    return right / len(scenes)


def crop_top1(encoder: ImageTextEncoder, scenes: list[Scene]) -> float:
    """Share of objects, cut out by their true masks, whose noun is the nearest of all nouns."""
    nouns = sorted(V.NOUNS)
    crops, truth = [], []
    for scene in scenes:
        seen = [o for o in scene.objects if o.mask.sum() >= SMALLEST]
        masks = [object_mask(o.mask, 1.0) for o in seen]
        crops.append(crop_objects(scene.image, masks, ground=GROUND))
        truth += [nouns.index(o.noun) for o in seen]
    cosines = encoder.embed_images(torch.cat(crops)) @ encoder.embed_texts(nouns).T
    return float((cosines.argmax(1).numpy() == np.array(truth)).mean())


def measure(encoder: ImageTextEncoder, n: int = 500, seed: int = 90_001) -> dict[str, Any]:
    """Both figures on ``n`` held-out scenes.

    Returns:
        ``caption_top1_of_100`` and ``crop_noun_top1`` (of 107 nouns) in [0, 1], and ``n``.
    """
    scenes = held_out_scenes(n, seed)
    return {
        "caption_top1_of_100": caption_top1(encoder, scenes),
        "crop_noun_top1": crop_top1(encoder, scenes),
        "n": n,
    }
