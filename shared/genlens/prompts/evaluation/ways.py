"""Other ways to link the same objects to the same words, to say what each kind of evidence earns.

Each kind of ``prompts.evidence`` is tried alone, and so is what the source paper compares (the crop
and the picture of the single word). Alone, a kind has a threshold for "belongs to none" of its own,
calibrated like the page's settings: the one that was right most often on the same other prompts.
``random_word`` and ``random_noun`` are controls that look at nothing, and must come out badly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from genlens.prompts.evaluation.truth import PromptTruth
from genlens.prompts.evidence import LinkSettings, rescore
from genlens.prompts.results import Links

NONE_TEXT = 0.46
"""Text alone: an object is no word's below this cosine ..."""
NONE_CAUSE = 0.30
"""... cause alone: below this share of its pixels' Shapley values ..."""
NONE_IMAGE = 0.70
"""... and image alone: below this cosine."""

Way = Callable[[Links], Links]


def ways(truth: PromptTruth, seed: int) -> Mapping[str, Way]:
    """Name -> how objects are linked: "all" as the page does, each kind alone, and the controls,
    whose choices come from ``seed``."""
    return {
        "all": lambda links: links,
        "text": lambda links: _weighed(links, cause_weight=0.0, none_text=NONE_TEXT),
        "cause": lambda links: _weighed(links, text_weight=0.0, none_share=NONE_CAUSE),
        "image": _by_image,
        "random_noun": lambda links: _random(links, sorted(truth.nouns), seed),
        "random_word": lambda links: _random(links, range(links.scores.shape[1] - 1), seed),
    }


def _weighed(links: Links, **changes: float) -> Links:
    return rescore(links, replace(LinkSettings(**links.settings), **changes))


def _by_image(links: Links) -> Links:
    """Each object linked to the word whose own picture is most like it, as in the source paper."""
    cosines = links.image_similarity  # (k, d)
    clear = cosines.max(axis=1, initial=-1.0) > NONE_IMAGE
    return replace(links, word_of=np.where(clear, cosines.argmax(axis=1), -1))


def _random(links: Links, words: Sequence[int], seed: int) -> Links:
    """Each object linked to one of ``words``, whatever it looks like; to none where there are
    none."""
    count = len(links.objects)
    rng = np.random.default_rng(seed)
    return replace(links, word_of=rng.choice(words, count) if len(words) else np.full(count, -1))
