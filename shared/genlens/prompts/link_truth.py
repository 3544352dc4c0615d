"""Links between objects and words, held against what is known: recall, precision, and "none".

Three questions that one figure cannot answer. Of the things a prompt names, how many are linked to
the word that named them (recall)? Of the objects that the page links to a word, how many did that
word draw (precision: what a reader believes when the page says so)? And of the objects that no word
drew, how many are linked to none (``worlds.intruders`` makes such cases)?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genlens.models.contracts import ImageTextEncoder, Segmenter
from genlens.models.pictures.masks import iou
from genlens.prompts.objects import find_objects, link_pictures
from genlens.prompts.results import Links, PromptExplanation
from genlens.worlds.intruders import intrude

OVERLAP = 0.5
"""An object is the thing at a mask from this IoU on ..."""
TOUCH = 0.1
"""... or where it is, of all objects, the one that overlaps it best, by at least this IoU."""

NOT_SEEN = "the referee does not see the thing in the picture"
NO_ROOM = "no room for one more thing in the picture"
NOT_CUT_OUT = "the segmenter did not cut it out"


@dataclass(frozen=True)
class Claims:
    """Objects linked to a word: ``right`` and ``wrong`` are numbers of objects; ``left_out`` counts
    those that nobody can judge, by reason."""

    right: int
    wrong: int
    left_out: Mapping[str, int]


def is_thing(links: Links, mask: np.ndarray) -> np.ndarray:
    """(k,) bool: which objects are the thing at ``mask`` (h, w) bool."""
    overlaps = np.array([iou(o.mask, mask) for o in links.objects])
    if not len(overlaps):
        return np.zeros(0, dtype=bool)
    best = np.arange(len(overlaps)) == overlaps.argmax()
    return (overlaps >= OVERLAP) | (best & (overlaps >= TOUCH))


def link_is_right(links: Links, words: Sequence[int], mask: np.ndarray) -> bool:
    """Whether the thing at ``mask`` (h, w) bool is linked to one of ``words``."""
    return bool((is_thing(links, mask) & np.isin(links.word_of, list(words))).any())


def judge_claims(
    links: Links, things: Mapping[int, str], masks: Mapping[str, np.ndarray | None]
) -> Claims:
    """Is each object that is linked to a word what that word drew?

    Args:
        links: the explanation's.
        things: word index -> the noun it names or describes ("red" in "red car": the car). A link
            to any other word (an article, a relation, a filler) is wrong: it draws nothing.
        masks: noun -> where the referee sees it (h, w) bool, None where it does not.
    """
    right = wrong = unseen = 0
    for k, word in enumerate(links.word_of.tolist()):
        if word < 0:
            continue
        noun = things.get(word)
        mask = masks.get(noun) if noun is not None else None
        if noun is not None and mask is None:
            unseen += 1
        elif mask is not None and is_thing(links, mask)[k]:
            right += 1
        else:
            wrong += 1
    return Claims(right, wrong, {NOT_SEEN: unseen} if unseen else {})


def none_is_none(
    explanation: PromptExplanation,
    encoder: ImageTextEncoder,
    segmenter: Segmenter,
    nouns: Sequence[str],
    seed: int,
) -> bool | str:
    """Is a thing that no word drew linked to none? A reason where it could not be tried.

    One thing more is put into every picture of the explanation, at one place; then the full picture
    is cut into objects and linked anew. Nothing is drawn by the model.

    Args:
        explanation: with its ``coalition_images``.
        encoder, segmenter: those that made it.
        nouns: what the prompt names; the new thing is another.
        seed: of its choice and place.
    """
    pictures = explanation.coalition_images
    occupied = np.zeros(pictures.shape[1:3], dtype=bool)
    for o in explanation.links.objects:
        occupied |= o.mask
    intruder = intrude(pictures, occupied, nouns, seed)
    if intruder is None:
        return NO_ROOM
    objects = find_objects(intruder.images[-1], segmenter)
    words = [word.text for word in explanation.attribution.words]
    links = link_pictures(intruder.images, words, encoder, objects)
    its_own = is_thing(links, intruder.mask)
    if not its_own.any():
        return NOT_CUT_OUT
    return bool((links.word_of[its_own] < 0).all())
