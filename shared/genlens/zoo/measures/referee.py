"""How often the referee itself is right, on true scenes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genlens.common.measures import Measure, share
from genlens.worlds.emoji_scenes import draw
from genlens.worlds.sampler import CaptionSampler
from genlens.zoo.measures.clip import SIDE
from genlens.zoo.referee import Referee

MIN_SHARE = 0.008  # of the picture: a noun of which less is visible (under a hat) is not judged


def judgements(
    referee: Referee,
    images: np.ndarray,
    drawn: Sequence[set[str]],
    unjudged: Sequence[set[str]] | None = None,
) -> list[tuple[int, bool]]:
    """(picture, right) of each noun that is drawn or found in ``images`` (n, h, w, 3) uint8: one
    that is missed and one that is imagined both count against the referee."""
    told = []
    for i, seen in enumerate(referee.present(images)):
        judged = set(seen) - (unjudged[i] if unjudged else set())
        told += [(i, noun in drawn[i] and noun in judged) for noun in sorted(drawn[i] | judged)]
    return told


def accuracy(
    referee: Referee,
    images: np.ndarray,
    drawn: Sequence[set[str]],
    unjudged: Sequence[set[str]] | None = None,
) -> float:
    """The share of ``judgements`` that are right."""
    told = judgements(referee, images, drawn, unjudged)
    return sum(right for _, right in told) / max(1, len(told))


def measure(referee: Referee, n: int = 500, seed: int = 0) -> dict[str, Measure]:
    """``accuracy`` on ``n`` scenes, each with a pair of nouns that the other models did not see
    together in training; this one did, before its last round."""
    sampler = CaptionSampler(3000 + seed, "test", fragments=0)
    scenes = [draw(3000 + seed + i, sampler(), SIDE) for i in range(n)]
    visible = [{o.noun for o in s.objects if o.mask.mean() >= MIN_SHARE} for s in scenes]
    hidden = [{o.noun for o in s.objects} - v for s, v in zip(scenes, visible, strict=True)]
    told = judgements(referee, np.stack([s.image for s in scenes]), visible, hidden)
    count = sum(len(nouns) for nouns in hidden)
    reasons = {f"less than {MIN_SHARE:.1%} of the picture is visible of it": count} if count else {}
    return {"accuracy": share([r for _, r in told], reasons, groups=[i for i, _ in told])}
