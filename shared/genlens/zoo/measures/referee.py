"""How often the referee itself is right, on true scenes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genlens.worlds.emoji_scenes import draw
from genlens.worlds.sampler import CaptionSampler
from genlens.zoo.referee import Referee

MIN_SHARE = 0.008  # of the picture: a noun of which less is visible (under a hat) is not judged


def accuracy(
    referee: Referee,
    images: np.ndarray,
    drawn: Sequence[set[str]],
    unjudged: Sequence[set[str]] | None = None,
) -> float:
    """Right judgements over all judgements: nouns drawn and found, over nouns drawn or found
    (so a noun that is missed and one that is imagined both count against it)."""
    right = total = 0
    for i, seen in enumerate(referee.present(images)):
        judged = set(seen) - (unjudged[i] if unjudged else set())
        right += len(drawn[i] & judged)
        total += len(drawn[i] | judged)
    return right / max(1, total)


def measure(referee: Referee, n: int = 1000, seed: int = 3000) -> dict[str, float]:
    """``accuracy`` on ``n`` scenes with unseen noun pairs."""
    sampler = CaptionSampler(seed, "test", fragments=0)
    scenes = [draw(seed + i, sampler()) for i in range(n)]
    visible = [{o.noun for o in s.objects if o.mask.mean() >= MIN_SHARE} for s in scenes]
    hidden = [{o.noun for o in s.objects} - v for s, v in zip(scenes, visible, strict=True)]
    images = np.stack([s.image for s in scenes])
    return {"accuracy": accuracy(referee, images, visible, hidden), "n": float(n)}
