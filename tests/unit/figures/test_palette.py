"""Colours: one meaning each, readable, and centred where they must be."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from genlens.figures import palette
from genlens.figures.style import stylesheet

pytestmark = pytest.mark.unit


def test_every_word_colour_differs_and_carries_readable_ink() -> None:
    assert len({c.upper() for c in palette.WORDS}) == len(palette.WORDS) >= 8
    for colour in (*palette.WORDS, palette.NONE):
        assert palette.contrast(colour, palette.ink_on(colour)) >= 4.5


def test_sequential_lightness_rises_steadily() -> None:
    lightness = [palette.luminance(palette.sequential(i / 20)) for i in range(21)]
    assert all(a < b for a, b in pairwise(lightness))


def test_diverging_is_neutral_at_zero_and_sided_elsewhere() -> None:
    middle = palette.diverging(0.0)
    assert middle[1:3] == middle[3:5] == middle[5:7]
    blue, red = palette.diverging(-0.8), palette.diverging(0.8)
    assert int(red[1:3], 16) > int(red[5:7], 16)
    assert int(blue[1:3], 16) < int(blue[5:7], 16)
    assert palette.diverging(-5) == palette.diverging(-1)


def test_no_word_has_the_colour_of_none() -> None:
    assert palette.word_colour(-1) == palette.NONE
    assert palette.NONE not in palette.WORDS


def test_red_raises_and_blue_lowers_as_in_shap() -> None:
    """The words that legends and sentences use are the colours that are drawn."""
    for word, value in ((palette.RAISES, 1.0), (palette.LOWERS, -1.0)):
        drawn = palette.diverging(value)
        parts = {"red": int(drawn[1:3], 16), "blue": int(drawn[5:7], 16)}
        assert max(parts, key=lambda name: parts[name]) == word
    assert (palette.RAISES, palette.LOWERS) == ("red", "blue")


def test_classes_are_seen_on_both_grounds_and_differ() -> None:
    """The grounds are the stylesheet's own; digits once had a contrast of 1.2 on them."""
    light, dark = re.findall(r"--gl-raised: (#\w{6})", stylesheet())
    assert len(palette.CLASSES) >= 12
    for at, ground in ((0, light), (1, dark)):
        assert len({pair[at] for pair in palette.CLASSES}) == len(palette.CLASSES)
        for pair in palette.CLASSES:
            assert palette.contrast(pair[at], ground) >= 3, (pair, ground)
        assert palette.contrast(palette.NONE, ground) >= 2.9


def test_the_stylesheet_paints_each_class_in_both_themes() -> None:
    css = stylesheet()
    for i, (light, dark) in enumerate(palette.CLASSES):
        assert f"--gl-class-{i}: {light};" in css and f"--gl-class-{i}: {dark};" in css
        assert f".gl-c{i} {{ fill: var(--gl-class-{i}); }}" in css
