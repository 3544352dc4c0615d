"""Recall, precision and "none" of links, on objects drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genlens.models.pictures.masks import object_mask
from genlens.prompts.link_truth import NOT_SEEN, is_thing, judge_claims, link_is_right
from genlens.prompts.results import Links

pytestmark = pytest.mark.unit

WORDS = ("a", "red", "car", "and", "cat")
THINGS = {1: "car", 2: "car", 4: "cat"}


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
        crop_evidence=blank,
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
    assert (judge_claims(right, THINGS, MASKS).right, judge_claims(right, THINGS, MASKS).wrong) == (
        2,
        0,
    )
    swapped = replace(right, word_of=np.array([4, 2]))
    assert (
        judge_claims(swapped, THINGS, MASKS).right,
        judge_claims(swapped, THINGS, MASKS).wrong,
    ) == (0, 2)
    assert link_is_right(right, [1, 2], CAR) and not link_is_right(swapped, [1, 2], CAR)


def test_a_describing_word_drew_it_too_and_an_article_never() -> None:
    assert judge_claims(links([1], CAR), THINGS, MASKS).right == 1
    assert judge_claims(links([0], CAR), THINGS, MASKS).wrong == 1
    nothing = judge_claims(links([-1], CAR), THINGS, MASKS)
    assert (nothing.right, nothing.wrong, dict(nothing.left_out)) == (0, 0, {})


def test_what_the_referee_does_not_see_is_counted_apart() -> None:
    found = judge_claims(links([2, 4], CAR, CAT), THINGS, {"car": CAR, "cat": None})
    assert (found.right, found.wrong, dict(found.left_out)) == (1, 0, {NOT_SEEN: 1})


def test_an_object_of_no_thing_that_is_linked_is_a_wrong_claim() -> None:
    """Precision and recall differ: both things are linked rightly, and one claim is false."""
    both = links([2, 4, 4], CAR, CAT, square(7, side=4, shape=20) & ~CAT & ~CAR)
    found = judge_claims(both, THINGS, MASKS)
    assert (found.right, found.wrong) == (2, 1)
    assert link_is_right(both, [2], CAR) and link_is_right(both, [4], CAT)
