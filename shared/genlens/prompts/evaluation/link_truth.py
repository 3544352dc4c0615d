"""Links between objects and words, held against what is known: recall, precision, and "none".

Three questions that one figure cannot answer. Of the things a prompt names, how many are linked to
the word that named them (recall)? Of the objects that the page links to a word, how many did that
word draw (precision: what a reader believes when the page says so)? And of the objects that no word
drew, how many are linked to none (``worlds.intruders`` makes such cases)?

An answer is True or False, or text: the reason why nobody can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genlens.models.contracts import ImageTextEncoder, Segmenter
from genlens.models.pictures.masks import iou
from genlens.prompts.evidence import LinkSettings
from genlens.prompts.objects import find_objects, link_pictures
from genlens.prompts.results import Links, PromptExplanation
from genlens.worlds.intruders import intrude

OVERLAP = 0.5
"""An object is the thing at a mask from this IoU on ..."""
TOUCH = 0.1
"""... or where it is, of all objects, the one that overlaps it best, by at least this IoU."""
INSIDE = 0.5
"""An object is a part of the thing, or one of several, where this part of it lies in the mask."""

NOT_SEEN = "the referee does not see the thing in the picture"
NO_ROOM = "no room for one more thing in the picture"
NOT_CUT_OUT = "the segmenter did not cut it out"

Answer = bool | str


def is_thing(links: Links, mask: np.ndarray) -> np.ndarray:
    """(k,) bool: which objects are the thing at ``mask`` (h, w) bool."""
    overlaps = np.array([iou(o.mask, mask) for o in links.objects])
    if not len(overlaps):
        return np.zeros(0, dtype=bool)
    best = np.arange(len(overlaps)) == overlaps.argmax()
    return (overlaps >= OVERLAP) | (best & (overlaps >= TOUCH))


def is_of_thing(links: Links, mask: np.ndarray) -> np.ndarray:
    """(k,) bool: which objects are the thing at ``mask``, a part of it, or one of several: the mask
    of "two apples" holds both."""
    inside = [bool((o.mask & mask).sum() >= INSIDE * max(o.area, 1)) for o in links.objects]
    return is_thing(links, mask) | np.array(inside, dtype=bool)


def link_is_right(links: Links, words: Sequence[int], mask: np.ndarray) -> bool:
    """Whether the thing at ``mask`` (h, w) bool is linked to one of ``words``."""
    return bool((is_thing(links, mask) & np.isin(links.word_of, list(words))).any())


def judge_nouns(
    links: Links, nouns: Mapping[int, str], masks: Mapping[str, np.ndarray | None]
) -> tuple[Answer, ...]:
    """Is each thing that the prompt names linked to its word? One answer a noun.

    Args:
        links: the explanation's.
        nouns: word index -> the noun it names. A noun that stands twice is asked about once.
        masks: noun -> where the referee sees it (h, w) bool, None where it does not.
    """
    answers: list[Answer] = []
    for noun in sorted(set(nouns.values())):
        mask = masks.get(noun)
        words = [i for i, name in nouns.items() if name == noun]
        answers.append(NOT_SEEN if mask is None else link_is_right(links, words, mask))
    return tuple(answers)


def judge_claims(
    links: Links, things: Mapping[int, str], masks: Mapping[str, np.ndarray | None]
) -> tuple[Answer, ...]:
    """Is each object that is linked to a word what that word drew? One answer for each of them.

    Args:
        links: the explanation's.
        things: word index -> the noun it names or describes ("red" in "red car": the car). A link
            to any other word (an article, a relation, a filler) is wrong: it draws nothing.
        masks: as in ``judge_nouns``.
    """
    answers: list[Answer] = []
    for k, word in enumerate(links.word_of.tolist()):
        if word < 0:
            continue
        noun = things.get(word)
        mask = masks.get(noun) if noun is not None else None
        if noun is not None and mask is None:
            answers.append(NOT_SEEN)
        else:
            answers.append(mask is not None and bool(is_of_thing(links, mask)[k]))
    return tuple(answers)


@dataclass(frozen=True)
class Intruded:
    """``links`` of a picture with one thing more in it, that no word drew; ``its_own`` (k,) bool
    are the objects that are that thing."""

    links: Links
    its_own: np.ndarray


def with_intruder(
    explanation: PromptExplanation,
    encoder: ImageTextEncoder,
    segmenter: Segmenter,
    nouns: Sequence[str],
    seed: int,
) -> Intruded | str:
    """The explanation's links, made anew with a thing that no word drew; a reason where it could
    not be tried.

    The thing is put into every picture of the explanation, at one place; then the full picture is
    cut into objects and linked. Nothing is drawn by the model.

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
    settings = LinkSettings(**explanation.links.settings)
    links = link_pictures(intruder.images, words, encoder, objects, settings=settings)
    its_own = is_thing(links, intruder.mask)
    return Intruded(links, its_own) if its_own.any() else NOT_CUT_OUT


def none_is_none(intruded: Intruded | str, links: Links | None = None) -> Answer:
    """Is the thing that no word drew linked to none? ``links`` are other links of the same
    objects, None for ``intruded``'s own."""
    if isinstance(intruded, str):
        return intruded
    word_of = (links or intruded.links).word_of
    return bool((word_of[intruded.its_own] < 0).all())
