"""Explanations with known numbers, to draw figures and pages from without any model."""

from __future__ import annotations

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.common.records import MadeBy
from genlens.models.contracts import ObjectMask, Word
from genlens.prompts.game import TableGame
from genlens.prompts.results import Links, PromptExplanation
from genlens.prompts.shapley import shapley

SIDE = 32
HOSTILE = '<script>alert("x")</script>'


def linear_explanation(
    prompt: str = "a red cat", weights: tuple[float, ...] | None = None, objects: int = 2
) -> PromptExplanation:
    """An explanation whose Shapley values are ``weights`` (a linear game); the last words own the
    ``objects`` squares, one each, and words with an angle bracket are unknown."""
    words = tuple(
        Word(text, (j,), "<" not in text, ("cat", "car") if "<" in text else ())
        for j, text in enumerate(prompt.split())
    )
    d = len(words)
    coalitions = all_coalitions(d)
    weights = tuple(0.05 * (j + 1) for j in range(d)) if weights is None else weights
    payoffs = 0.3 + coalitions @ np.array(weights)
    image = np.full((SIDE, SIDE, 3), 235, dtype=np.uint8)
    masks = []
    for k in range(objects):
        mask = np.zeros((SIDE, SIDE), dtype=bool)
        mask[4:14, 2 + 12 * k : 12 + 12 * k] = True
        image[mask] = (200, 60 * k, 30)
        masks.append(ObjectMask(mask, (2 + 12 * k, 4, 12 + 12 * k, 14), 0.9, int(mask.sum())))
    owner = np.array([d - 1 - k for k in range(objects)], dtype=int)
    scores = np.full((objects, d + 1), 0.1 / d)
    scores[np.arange(objects), owner] = 0.9
    return PromptExplanation(
        prompt=prompt,
        image=image,
        attribution=shapley(TableGame(payoffs, words, len(payoffs))),
        links=Links(tuple(masks), scores, scores[:, :d], scores[:, :d], owner),
        coalitions=coalitions,
        payoffs=payoffs,
        coalition_images=np.repeat(image[None], len(payoffs), axis=0),
        made_by=MadeBy(model="table", seed=3, settings={"steps": 8, "guidance": 1.0}),
    )
