"""Estimates as figures: marks at their values, intervals, pairs, escaped words."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.figures.prompts.estimators.estimate_chart import estimate_chart
from genlens.figures.prompts.estimators.estimate_table import estimate_table
from genlens.figures.prompts.estimators.pairs import (
    BLUE,
    RED,
    pair_matrix,
    pair_network,
    strongest_pairs,
)
from genlens.models.contracts import Word
from genlens.prompts import estimate
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.game import TableGame
from genlens.ui.prompts.estimators.tab import CHARTED, LISTED, estimators_html
from page_explanations import HOSTILE, linear_explanation
from word_games import TermGame, saturating

pytestmark = pytest.mark.unit


def svg_of(text):
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", text, re.S).group())


def marks_of(text):
    """(title, x of the mark, ends of its interval) of each mark."""
    out = []
    for group in svg_of(text).iter("g"):
        paths = group.findall("path")
        x = float(re.match(r"translate\(([-\d.]+)", paths[-1].get("transform")).group(1))
        ends = [float(v) for v in re.findall(r"[-\d.]+", paths[0].get("d"))] if paths[1:] else []
        out.append((group.find("title").text, x, ends))
    return out


def test_marks_stand_in_the_order_of_their_values_and_within_their_intervals():
    game, _ = saturating(7, 2)
    found = estimate(game, "budgeted", images=30)
    marks = marks_of(estimate_chart([found]))
    assert len(marks) == 7
    x = [place for _, place, _ in marks]
    assert np.array_equal(np.argsort(x), np.argsort(found.values))
    for _, place, (low, _, high) in marks:
        assert low < place < high
    assert "95 % interval" in marks[0][0]


def test_a_value_below_zero_stands_left_of_the_line():
    found = estimate(TermGame(3, {(0,): -0.5, (1,): 0.5}), "shapley")
    text = estimate_chart([found])
    zero = float(re.search(r'gl-zero" d="M([\d.]+)', text).group(1))
    left, right, none = (place for _, place, _ in marks_of(text))
    assert left < zero < right and none == pytest.approx(zero, abs=0.1)


def test_the_table_says_costs_and_sums():
    game, _ = saturating(7, 2)
    text = estimate_table([estimate(game, name) for name in ("shapley", "leave-one-out")])
    assert ">128<" in text and ">9<" in text
    assert "as they should" in text and "means nothing" in text


def test_pairs_are_red_where_words_need_each_other_and_blue_where_one_does():
    game = TermGame(4, {(0,): 0.3, (1, 2): 0.5, (0, 3): -0.25, (0, 1): 0.01})
    found = estimate(game, "k-sii")
    network = pair_network(found)
    lines = list(svg_of(network).iter("path"))
    told = {line.find("title").text: line.get("stroke") for line in lines}
    assert told == {"w1 and w2: +0.500": RED, "w0 and w3: −0.250": BLUE}
    assert strongest_pairs(found).startswith("The pairs that do most together: “w1” and “w2” +0.5")
    matrix = pair_matrix(found)
    assert matrix.count("+0.500") == 2 and matrix.count("−0.250") == 2
    assert "No two words" in strongest_pairs(estimate(TermGame(3, {(0,): 1.0}), "k-sii"))
    with pytest.raises(InputError, match="k-sii"):
        pair_network(estimate(game, "shapley"))


@pytest.mark.parametrize("d", [1, 2, 3, 8])
def test_the_tab_stands_for_every_number_of_words(d):
    text = estimators_html(
        Dossier(linear_explanation(" ".join(f"w{j}" for j in range(d)), objects=0))
    )
    assert len(marks_of(text)) == d * len(CHARTED)
    assert text.count('<th scope="row">') == len(LISTED) + d


def test_words_are_text():
    text = estimators_html(Dossier(linear_explanation(f"a {HOSTILE} car")))
    assert "<script" not in text
    drawn = estimate(TableGame(np.arange(4.0), (Word("<b>"), Word("x"))), "shapley").plot()
    assert "<b>" not in drawn.html.replace("<br>", "") and "&lt;b&gt;" in drawn.html
