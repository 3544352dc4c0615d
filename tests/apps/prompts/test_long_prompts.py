"""Prompts of 9 to 20 words on the page: first a look, then an estimate, from one set of images."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from genlens.common.limits import MOST_WORDS
from genlens.errors import InputError
from genlens.prompts.estimators.of_prompt import estimates_of_prompt
from genlens.ui.prompts import ask
from genlens.ui.prompts.answers import answers
from genlens.ui.prompts.long import work
from genlens.ui.prompts.long.view import long_html, long_view, reading
from prompt_painter import Painter, PaletteEncoder

pytestmark = pytest.mark.apps

LONG = "a cat and the car near one dog in some hat"


@pytest.fixture(scope="module")
def both():
    painter, told = Painter(), []
    found = list(
        estimates_of_prompt(
            painter, LONG, {work.FIRST: {}, work.LAST: {}}, seed=3, encoder=PaletteEncoder(),
            drawing=lambda done, total, text: told.append((done, total)),
        )
    )  # fmt: skip
    return painter, told, found


def test_the_estimate_draws_on_after_the_first_look(both) -> None:
    painter, told, (first, last) = both
    d = len(LONG.split())
    assert (first.images, last.images) == (2 * d + 2, 10 * d) == work.images_of(d)
    drawn = [text for call in painter.calls for text in call]
    assert len(drawn) == len(set(drawn)) <= 10 * d
    assert told[0][0] == 0 and told[-1] == (len(drawn), 10 * d)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert first.low is None and last.low is not None
    assert np.array_equal(first.image, last.image)


def test_nouns_are_found_and_fillers_are_not(both) -> None:
    last = both[2][1]
    words = LONG.split()
    nouns = [words.index(noun) for noun in ("cat", "car", "dog", "hat")]
    rest = [j for j in range(len(words)) if j not in nouns]
    assert last.values[nouns].min() > np.abs(last.values[rest]).max()


def test_a_view_fills_every_part_of_the_page(both) -> None:
    first, last = both[2]
    view = long_view(last, "[]", first, steps=4)
    assert "95 % interval" in view.linked and "110 of 2,048 images drawn" in view.linked
    assert "prompt=a+cat+and" in view.address and "steps=4" in view.address
    for part in (view.maps, view.gallery, view.matrix, view.opinions["payoff_opinions"]):
        assert "up to 8 words" in part
    assert "First in, last out" in view.estimators and "Budgeted Shapley" in view.estimators
    assert view.files["npz"] is None and view.files["png"] is None
    rows = list(csv.DictReader(io.StringIO(Path(view.files["csv"] or "").read_text("utf-8"))))
    assert [row["word"] for row in rows] == LONG.split()
    assert float(rows[1]["low"]) <= float(rows[1]["value"]) <= float(rows[1]["high"])
    numbers = json.loads(Path(view.files["json"] or "").read_text("utf-8"))
    assert numbers["prompt"] == LONG and len(numbers["high"]) == 11
    assert "data:image/png" in Path(view.files["html"] or "").read_text("utf-8")


def test_a_first_look_does_not_pretend_to_be_sure(both) -> None:
    first, last = both[2]
    assert "first look" in reading(first) and "first look" in long_html(first).lower()
    assert "interval" not in reading(first)
    close = last.values.copy()
    order = np.argsort(-close)
    assert "not sure" in reading(
        type(last)(**{**vars(last), "low": last.values - 9, "high": last.values + 9})
    )
    sure = type(last)(**{**vars(last), "low": close - 1e-9, "high": close + 1e-9})
    assert last.words[order[0]].text in reading(sure) and "not sure" not in reading(sure)


def test_what_words_say_is_escaped() -> None:
    hostile = LONG.replace("some", "<img/src=x>")
    found = next(
        estimates_of_prompt(Painter(), hostile, {work.FIRST: {}}, encoder=PaletteEncoder())
    )
    text = long_view(found).linked + Path(long_view(found).files["html"] or "").read_text("utf-8")
    assert "<img/src=x>" not in text


def test_the_cost_is_said_first_and_too_many_words_are_refused() -> None:
    assert "12 words: 120 images" in ask.cost("a " * 12, "emoji-diffusion", 4)
    assert "first look after 26 images" in ask.cost("a " * 12, "emoji-diffusion", 4)
    assert "256 images" in ask.cost("a " * 8, "emoji-diffusion", 4)
    assert ask.cost("a " * (MOST_WORDS + 1), "emoji-diffusion", 4) == ""
    assert work.is_long("a " * 9) and not work.is_long("a " * 8)
    with pytest.raises(InputError, match="21 words"):
        next(answers(("a " * 21, 0, "emoji-diffusion", 0, 0, "", ""), "", progress=None))
    with pytest.raises(InputError, match="empty"):
        next(answers(("", 0, "emoji-diffusion", 0, 0, "", ""), "", progress=None))
