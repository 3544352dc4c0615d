"""``genlens explain --estimator`` and ``genlens evaluate estimators``: what is printed, written and
refused."""

from __future__ import annotations

import json

import pytest

from genlens.cli.main import main
from genlens.cli.prompts.explain_by import estimate_text
from genlens.prompts import estimate
from word_games import term_game

pytestmark = pytest.mark.unit


def test_the_text_holds_values_intervals_and_what_they_add_up_to():
    text = estimate_text(estimate(term_game(9), "budgeted"))
    assert "w8" in text and "95 % interval" in text and " to +" in text
    assert "90 sub-prompts" in text and "add up to v(all)" in text
    lime = estimate_text(estimate(term_game(9), "lime"))
    assert "R²" in lime and "interval" not in lime
    assert "pair" in estimate_text(estimate(term_game(4), "k-sii"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a b c", "--images", "9"], "add --estimator"),
        (["a b c", "--estimator", "sharp"], "no estimator 'sharp'"),
        ([" ".join("abcdefghi"), "--estimator", "shapley"], "at most 8 words"),
        ([" ".join("a" * 21), "--estimator", "budgeted"], "at most 20"),
        (["a b c", "--estimator", "lime", "--set", "ridge=0"], "ridge"),
        (["a b c", "--estimator", "preview", "--images", "9"], "no setting 'images'"),
        (["a b c", "--estimator", "preview", "--out", "x.png"], ".html"),
        (["a b c", "--estimator", "preview", "--segmenter", "emoji-sam"], "--segmenter"),
        (["a b c", "--estimator", "preview", "--payoff", "ssim"], "--payoff"),
        (["a b c", "--estimator", "preview", "--removal", "blank"], "--removal"),
    ],
)
def test_what_cannot_be_is_refused_before_a_model_is_loaded(words, says, capsys):
    assert main(["explain", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_prompt_of_ten_words_by_the_shipped_model(tmp_path, capsys):
    file, drawn = tmp_path / "e.json", tmp_path / "e.html"
    asked = ["explain", "a cat next to a red car and a dog", "--estimator", "preview"]
    assert main([*asked, "--steps", "1", "--json", str(file), "--out", str(drawn)]) == 0
    written = json.loads(file.read_text())
    assert written["images"] == 22 and len(written["values"]) == 10
    assert written["made_by"]["model"] == "emoji-diffusion"
    assert written["made_by"]["settings"]["steps"] == 1
    assert "First in, last out" in capsys.readouterr().out
    assert "cat" in drawn.read_text()
