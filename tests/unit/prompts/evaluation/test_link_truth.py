"""Recall, precision and "none" of links, on objects drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genlens.models.pictures.masks import object_mask
from genlens.prompts.evaluation.link_truth import (
    NOT_SEEN,
    is_of_thing,
    is_thing,
    judge_claims,
    judge_nouns,
    link_is_right,
)
from genlens.prompts.results import Links

pytestmark = pytest.mark.unit

WORDS = ("a", "red", "car", "and", "cat")
THINGS = {1: "car", 2: "car", 4: "cat"}
NOUNS = {2: "car", 4: "cat"}


def square(x: int, side: int = 6, shape: int = 20) -> np.ndarray:
    mask = np.zeros((shape, shape), dtype=bool)
    mask[2 : 2 + side, x : x + side] = True
    return mask


def links(word_of: list[int], *masks: np.ndarray) -> Links:
    blank = np.zeros((len(masks), len(WORDS)))
    return Links(
        objects=tuple(object_mask(m, 1.0) for m in masks),
        scores=blank,
        text_similarity=blank,
        image_similarity=blank,
        word_of=np.array(word_of),
        image_evidence=blank,
        settings={},
    )


CAR, CAT = square(1), square(12)
MASKS = {"car": CAR, "cat": CAT}


def test_an_object_is_the_thing_it_overlaps_half_or_best() -> None:
    shifted = square(3)  # IoU 0.5 with the car
    assert is_thing(links([0, 0], shifted, CAT), CAR).tolist() == [True, False]
    small = square(1, side=3)  # a quarter of the car: the best there is
    assert is_thing(links([0, 0], small, CAT), CAR).tolist() == [True, False]
    assert is_thing(links([0], CAT), CAR).tolist() == [False]
    assert is_thing(links([]), CAR).shape == (0,)


def test_right_and_swapped_links() -> None:
    right = links([2, 4], CAR, CAT)
    assert judge_claims(right, THINGS, MASKS) == (True, True)
    swapped = replace(right, word_of=np.array([4, 2]))
    assert judge_claims(swapped, THINGS, MASKS) == (False, False)
    assert link_is_right(right, [1, 2], CAR) and not link_is_right(swapped, [1, 2], CAR)
    assert judge_nouns(right, NOUNS, MASKS) == (True, True)
    assert judge_nouns(swapped, NOUNS, MASKS) == (False, False)


def test_a_describing_word_drew_it_too_and_an_article_never() -> None:
    assert judge_claims(links([1], CAR), THINGS, MASKS) == (True,)
    assert judge_claims(links([0], CAR), THINGS, MASKS) == (False,)
    assert judge_claims(links([-1], CAR), THINGS, MASKS) == ()


def test_what_the_referee_does_not_see_is_counted_apart() -> None:
    half_blind = {"car": CAR, "cat": None}
    found = links([2, 4], CAR, CAT)
    assert judge_claims(found, THINGS, half_blind) == (True, NOT_SEEN)
    assert judge_nouns(found, NOUNS, half_blind) == (True, NOT_SEEN)


def test_an_object_of_no_thing_that_is_linked_is_a_wrong_claim() -> None:
    """Precision and recall differ: both things are linked rightly, and one claim is false."""
    both = links([2, 4, 4], CAR, CAT, square(7, side=4, shape=20) & ~CAT & ~CAR)
    assert judge_claims(both, THINGS, MASKS) == (True, True, False)
    assert judge_nouns(both, NOUNS, MASKS) == (True, True)


def test_one_of_several_and_a_part_are_what_the_word_drew_too() -> None:
    """ "two cats": the referee's mask holds both, and neither object overlaps it by half."""
    cats = square(0, side=4) | square(8, side=8)
    small = links([4], square(0, side=4))
    assert is_of_thing(small, cats).tolist() == [True]
    beside = links([4, 4], square(8, side=8), square(0, side=4))
    assert is_thing(beside, cats).tolist() == [True, False]
    assert judge_claims(beside, THINGS, {"cat": cats}) == (True, True)
    assert is_of_thing(links([4], CAR | square(6)), CAT).tolist() == [False]
