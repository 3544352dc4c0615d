"""One explanation against what is known: the grammar's truth and a referee's eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from genlens.errors import InputError
from genlens.models.pictures.masks import iou
from genlens.prompts.results import Links, PromptExplanation

CONTENT_KINDS = frozenset({"noun", "colour", "size", "count", "flag"})
"""Words that draw or shape pixels. A background phrase counts too, where the grammar sees one."""
OVERLAP = 0.5
"""A linked object is the referee's from this IoU on ..."""
TOUCH = 0.1
"""... or where it is, of all objects, the one that overlaps it best, by at least this IoU."""


class RefereeLike(Protocol):
    """What is asked of ``genlens.zoo.referee.Referee``; ``image`` is (h, w, 3) uint8."""

    def locate(self, image: np.ndarray, nouns: Sequence[str]) -> Mapping[str, np.ndarray | None]:
        """Mask (h, w) bool of each noun, None where it is not in the picture."""
        ...


@dataclass(frozen=True)
class PromptTruth:
    """What the grammar knows about a prompt, by word index: ``nouns`` maps each word that names
    a drawn thing to the thing's noun; ``content`` words draw or shape something; ``fillers``
    and ``articles`` do nothing."""

    nouns: Mapping[int, str]
    content: frozenset[int]
    fillers: frozenset[int]
    articles: frozenset[int]


def judge_explanation(
    explanation: PromptExplanation, truth: PromptTruth, referee: RefereeLike
) -> dict[str, Any]:
    """One prompt's row: what was right. ``None`` marks a question that does not arise."""
    values, shares = explanation.attribution.values, explanation.attribution.shares
    idle = truth.fillers | truth.articles
    below: bool | None = None
    if idle and truth.nouns:
        below = max(values[i] for i in idle) < min(values[i] for i in truth.nouns)
    wanted = sorted(set(truth.nouns.values()))
    masks = referee.locate(explanation.image, wanted) if wanted else {}
    seen = {noun: mask for noun, mask in masks.items() if mask is not None and mask.any()}
    links: dict[str, bool] = {}
    objects: dict[str, bool] = {}
    for noun, mask in seen.items():
        words = [i for i, name in truth.nouns.items() if name == noun]
        links[noun] = link_is_right(explanation.links, words, mask)
        objects[noun] = any(iou(o.mask, mask) >= TOUCH for o in explanation.links.objects)
    return {
        "prompt": explanation.prompt,
        "values": values.tolist(),
        "top_is_content": int(values.argmax()) in truth.content if truth.content else None,
        "fillers_below_nouns": None if below is None else bool(below),
        "filler_shares": [abs(float(shares[i])) for i in sorted(truth.fillers)],
        "article_shares": [abs(float(shares[i])) for i in sorted(truth.articles)],
        "absent": [noun for noun in wanted if noun not in seen],
        "links": links,
        "objects": objects,
        "model_calls": explanation.attribution.model_calls,
    }


def link_is_right(links: Links, words: Sequence[int], mask: np.ndarray) -> bool:
    """Whether the thing at ``mask`` (h, w) bool is linked to one of ``words``.

    Yes where an object linked to one of them has IoU >= 0.5 with the mask, or where the object
    that overlaps the mask best of all (IoU >= 0.1) is linked to one of them.
    """
    overlaps = np.array([iou(o.mask, mask) for o in links.objects])
    if not len(overlaps):
        return False
    ours = np.isin(links.word_of, list(words))
    best = int(overlaps.argmax())
    return bool((ours & (overlaps >= OVERLAP)).any() or (ours[best] and overlaps[best] >= TOUCH))


def world_truth(prompt: str) -> PromptTruth:
    """What the emoji world's grammar knows about ``prompt``."""
    from genlens.worlds import captions, vocabulary

    plan = captions.parse(prompt)
    nouns = {
        element.word: element.noun
        for group in plan.groups
        for element in (group.host, *(attached for _, attached in group.attachments))
    }
    kinds: dict[int, set[str]] = {i: set() for i in range(len(prompt.split()))}
    for piece, word in captions.split(prompt):
        kinds[word].add(vocabulary.kind(piece))

    def having(wanted: frozenset[str]) -> frozenset[int]:
        return frozenset(i for i, kind in kinds.items() if kind & wanted)

    return PromptTruth(
        nouns=nouns,
        content=having(CONTENT_KINDS) | frozenset(plan.background_words),
        fillers=having(frozenset({"filler"})),
        articles=having(frozenset({"article"})),
    )


def sample_captions(n: int, seed: int = 0, max_words: int = 7) -> list[str]:
    """``n`` captions of the world with unseen noun pairs and 1 to ``max_words`` words.

    Longer ones are drawn again, so short forms are more common here than in training.
    """
    from genlens.worlds.sampler import sample_caption

    if max_words < 2:
        raise InputError(f"max_words is {max_words}: two nouns need at least 2")
    rng = np.random.default_rng(seed)
    captions: list[str] = []
    while len(captions) < n:
        text = sample_caption(rng, split="test")
        if 0 < len(text.split()) <= max_words:
            captions.append(text)
    return captions
