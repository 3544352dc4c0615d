"""What is known about a prompt of the emoji world before anything is explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from genlens.errors import InputError

CONTENT_KINDS = frozenset({"noun", "colour", "size", "count", "flag"})
"""Words that draw or shape pixels. A background phrase counts too, where the grammar sees one."""


class RefereeLike(Protocol):
    """What is asked of ``genlens.zoo.referee.Referee``; ``image`` is (h, w, 3) uint8."""

    def locate(self, image: np.ndarray, nouns: Sequence[str]) -> Mapping[str, np.ndarray | None]:
        """Mask (h, w) bool of each noun, None where it is not in the picture."""
        ...


@dataclass(frozen=True)
class PromptTruth:
    """What the grammar knows about a prompt, by word index: ``nouns`` maps each word that names
    a drawn thing to the thing's noun; ``content`` words draw or shape something; ``fillers``
    and ``articles`` do nothing; ``describing`` maps each word that shapes a thing ("red" in "red
    car", "two" in "two cats") to the thing's noun."""

    nouns: Mapping[int, str]
    content: frozenset[int]
    fillers: frozenset[int]
    articles: frozenset[int]
    describing: Mapping[int, str] = field(default_factory=dict)

    @property
    def things(self) -> dict[int, str]:
        """Every word that names or describes a thing -> the thing's noun."""
        return {**self.describing, **self.nouns}


def world_truth(prompt: str) -> PromptTruth:
    """What the emoji world's grammar knows about ``prompt``."""
    from genlens.worlds import captions, vocabulary

    plan = captions.parse(prompt)
    elements = [
        element
        for group in plan.groups
        for element in (group.host, *(attached for _, attached in group.attachments))
    ]
    kinds: dict[int, set[str]] = {i: set() for i in range(len(prompt.split()))}
    for piece, word in captions.split(prompt):
        kinds[word].add(vocabulary.kind(piece))

    def having(wanted: frozenset[str]) -> frozenset[int]:
        return frozenset(i for i, kind in kinds.items() if kind & wanted)

    return PromptTruth(
        nouns={e.word: e.noun for e in elements},
        content=having(CONTENT_KINDS) | frozenset(plan.background_words),
        fillers=having(frozenset({"filler"})),
        articles=having(frozenset({"article"})),
        describing={word: e.noun for e in elements for word in e.modifiers},
    )


def sample_captions(n: int, seed: int = 0, max_words: int = 7) -> list[str]:
    """``n`` whole captions of the world with 1 to ``max_words`` words, each with a pair of nouns
    that the training captions of the model, the encoder and the segmenter do not hold (those of the
    referee do).

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
