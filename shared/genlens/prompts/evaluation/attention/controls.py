"""Maps that know nothing of a word, cut at the same threshold: what an overlap is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from genlens.common.measures import Measure, mean
from genlens.models.pictures.masks import iou
from genlens.prompts.attention.guided import guided_filter
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.attention.ways import WAYS
from genlens.prompts.evaluation.attention.scenes import Seen
from genlens.worlds.emoji_scenes import draw

OTHER_LAYOUT = 1_000_000
"""Added to the seed of a scene's layout to ask what the caption alone tells."""


def here(heat: np.ndarray, tau: float) -> np.ndarray:
    """(h, w) bool: at least ``tau`` of the maximum (Tang et al. 2023, equation 6); nowhere in a map
    of zeros."""
    top = heat.max()
    return np.asarray((heat >= tau * top) & (top > 0))


def mean_iou(values: Sequence[float], reasons: Mapping[str, int], groups: Sequence[int]) -> Measure:
    """The mean of IoUs, with its interval over ``groups``."""
    kept = {reason: count for reason, count in reasons.items() if count}
    return mean(values, kept, groups).within(0.0, 1.0)


def controls_of(
    calibration: Sequence[Seen], scenes: Sequence[Seen], best: str, tau: float, seed: int
) -> dict[str, Measure]:
    """What has to fail: the same scenes and threshold, with maps that know nothing of the word; and
    "layout", what the caption alone tells."""
    sizes = [s.scene.masks[j].mean() for s in calibration for j in s.nouns]
    area = float(np.mean(sizes)) if sizes else 0.1
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    alone = 0
    for i, seen in enumerate(scenes):
        if not seen.nouns:
            continue
        heat = seen.maps.heat(best)
        moved = shuffled(seen.maps, seed + i).heat(best)
        elsewhere = draw(seed + OTHER_LAYOUT + i, seen.scene.caption, len(seen.scene.image))
        there = replace(seen.maps, image=elsewhere.image).heat(best)
        disc = _disc(seen.scene.image, area, guided=WAYS[best].guided)
        for at, j in enumerate(seen.nouns):
            mask = seen.scene.masks[j]
            found["layout"].append((i, iou(here(there[j], tau), elsewhere.masks[j])))
            found["disc"].append((i, iou(here(disc, tau), mask)))
            found["shuffled"].append((i, iou(here(moved[j], tau), mask)))
            if len(seen.nouns) == 1:
                alone += 1
                continue
            other = seen.nouns[(at + 1) % len(seen.nouns)]
            found["other"].append((i, iou(here(heat[other], tau), mask)))
    return {
        name: mean_iou(
            [value for _, value in found[name]],
            {"the only thing in the scene": alone} if name == "other" else {},
            [i for i, _ in found[name]],
        )
        for name in ("other", "layout", "disc", "shuffled")
    }


def shuffled(maps: AttentionMaps, seed: int) -> AttentionMaps:
    """The same maps with the places of each layer in another order."""
    rng = np.random.default_rng(seed)
    mixed = []
    for one in maps.maps:
        flat = one.reshape(*one.shape[:3], -1)
        mixed.append(flat[..., rng.permutation(flat.shape[-1])].reshape(one.shape))
    return replace(maps, maps=tuple(mixed))


def _disc(image: np.ndarray, area: float, *, guided: bool) -> np.ndarray:
    """A disc in the middle with ``area`` of the picture, (h, w)."""
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w]
    far = (y - (h - 1) / 2) ** 2 + (x - (w - 1) / 2) ** 2
    disc = (far <= area * h * w / np.pi).astype(np.float64)
    return np.clip(guided_filter(disc[None], image)[0], 0, None) if guided else disc
