"""Scores as chips: where they stand, in colours that everybody tells apart; a board of them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from genlens.figures.palette import contrast, diverging, ink_on, rgb, standing
from genlens.figures.steering.face_card import face_card
from genlens.figures.steering.mix_board import Scored, mix_board, ordered_strip
from genlens.figures.steering.score import place_of, score_chip, score_scale, score_words

pytestmark = pytest.mark.unit
INFINITE = (-math.inf, math.inf)


def test_a_place_is_between_the_ends_of_the_range() -> None:
    assert [place_of(s, (-1, 1)) for s in (-1, 0, 1)] == [-1, 0, 1]
    assert place_of(0.75, (0, 1)) == 0.5
    assert place_of(7, (0, 1)) == 1 and place_of(-7, (0, 1)) == -1
    assert place_of(3, INFINITE, [1, 3, 5]) == 0 and place_of(5, INFINITE, [1, 3, 5]) == 1
    assert place_of(5, (0, math.inf), [5, 10]) == 0
    for nothing in (math.nan, 3.0):
        assert place_of(nothing, INFINITE, [math.nan]) == 0


def test_words_are_short_and_say_where_there_is_no_score() -> None:
    assert score_words(-0.61849) == "−0.62" and score_words(0.5) == "0.50"
    assert score_words(-0.06774) == "−0.068" and score_words(0) == "0"
    assert score_words(123.456) == "123.5" and score_words(2e-5) == "2e−05"
    assert score_words(math.nan) == score_words(math.inf) == "no score"


def test_low_and_high_differ_in_hue_and_are_no_raise_or_lower() -> None:
    low, high = rgb(standing(-1)), rgb(standing(1))
    assert low[0] > low[1] + 0.3 and high[1] > high[0] + 0.3, "vermillion and green"
    assert abs(low[2] - high[2]) > 0.2, "blue tells them apart where red and green do not"
    assert standing(0) == diverging(0) and standing(-9) == standing(-1)
    for i in range(-10, 11):
        ground = standing(i / 10)
        assert contrast(ground, ink_on(ground)) >= 4.5


def test_a_chip_holds_its_number_place_and_title_escaped() -> None:
    chip = score_chip(0.25, 0.5, title="<b>")
    assert "0.25" in chip and "--gl-place:0.750" in chip and "&lt;b&gt;" in chip
    assert "no score" in score_chip(math.nan, 0.0)
    assert "lowest shown" in score_scale(INFINITE, "x<") and "x&lt;" in score_scale(INFINITE, "x<")


def scored(n: int, names: list[str] | None = None) -> Scored:
    rng = np.random.default_rng(0)
    return Scored(
        rng.random((n, 3, 4, 4)), np.linspace(-1, 1, n), names or [f"p{i}" for i in range(n)],
        list(range(10, 10 + n)), (-1.0, 1.0),
    )  # fmt: skip


def test_a_board_has_a_button_a_cell_with_row_score_and_alt() -> None:
    board = mix_board(
        scored(6, ["<i>"] * 6), scored(3), [("coarse", "4 px"), ("fine", "<8>")],
        [True, *[False] * 5],
    )  # fmt: skip
    assert re.findall(r'data-row="(\d+)"', board) == ["10", "11", "12", *map(str, range(10, 16))]
    assert board.count("gl-chosen") == 1 and board.count("gl-score") == 9
    assert "<i>" not in board and "&lt;8&gt;" in board
    assert len(re.findall(r'alt="[^"]*score', board)) == 9
    strip = ordered_strip(scored(3), "t", picks=False)
    assert "<button" not in strip and strip.count("gl-score") == 3


def test_a_face_has_its_name_score_and_note() -> None:
    card = face_card(
        np.zeros((1, 4, 4)), "Face <1>", 0.5, "Smile", "−1 to 1", (-1.0, 1.0), "how & why"
    )
    assert "Face &lt;1&gt;" in card and "how &amp; why" in card and ">0.50<" in card
