"""The plotly bar: order, zero, signs, numbers."""

from __future__ import annotations

import pytest

from genlens.figures.palette import word_colour
from genlens.figures.prompts.shapley_bar import shapley_bar
from page_explanations import HOSTILE, linear_explanation

pytestmark = pytest.mark.unit


def test_bars_stand_in_the_prompts_order_with_their_numbers() -> None:
    figure = shapley_bar(linear_explanation("a red cat", (0.0, 0.1, 0.3)).attribution)
    assert list(figure.data[0].text) == ["0.000", "+0.100", "+0.300"]
    assert figure.layout.yaxis.autorange == "reversed"
    ticks = figure.layout.yaxis.ticktext
    words = ("a", "red", "cat")
    assert all(word in tick for word, tick in zip(words, ticks, strict=True))
    assert "75 %" in ticks[2]


def test_what_reads_zero_is_drawn_as_zero() -> None:
    """A number of -0.0001 is written left of the axis, where it hid the word's share."""
    figure = shapley_bar(linear_explanation("a red cat", (-0.0001, 0.0004, 0.3)).attribution)
    assert list(figure.data[0].x[:2]) == [0, 0] and list(figure.data[0].text[:2]) == ["0.000"] * 2


@pytest.mark.parametrize("weights", [(0.0, 0.0), (0.4, -0.3), (-0.2, -0.1), (0.001, 0.5)])
def test_zero_and_every_value_are_inside_the_axis(weights: tuple[float, ...]) -> None:
    figure = shapley_bar(linear_explanation("red cat", weights).attribution)
    low, high = figure.layout.xaxis.range
    assert low < 0 < high
    assert all(low < w < high for w in weights)


def test_a_bar_has_its_words_colour_and_is_hatched_where_the_word_takes_away() -> None:
    figure = shapley_bar(linear_explanation("a red cat", (0.1, -0.2, 0.3)).attribution)
    assert list(figure.data[0].marker.color) == [word_colour(j) for j in range(3)]
    assert list(figure.data[0].marker.pattern.shape) == ["", "/", ""]


def test_plotlys_own_markup_cannot_come_from_the_prompt() -> None:
    figure = shapley_bar(linear_explanation(f"a <b>bold</b> {HOSTILE}").attribution)
    assert not any("<script" in t or "<b>bold" in t for t in figure.layout.yaxis.ticktext)
    assert not any("<" in row[0] for row in figure.data[0].customdata)


def test_a_number_without_a_visible_bar_does_not_hide_the_share() -> None:
    figure = shapley_bar(linear_explanation("a red cat", (-0.001, -0.1, 0.3)).attribution)
    (bar,) = figure.data
    assert bar.x[0] == 0 and bar.text[0] == "−0.001"
    assert bar.x[1] < 0 and figure.layout.xaxis.range[0] < bar.x[1]
