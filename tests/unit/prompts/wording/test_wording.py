"""Prompts in other tools' notation, in other scripts, and longer than a model reads."""

from __future__ import annotations

import numpy as np
import pytest

import tiny_models
from genlens.models.contracts import Word
from genlens.models.text_to_image.tokens import positions_of, words_of
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.pixels import PixelSimilarity
from genlens.prompts.removal import DELETE, neutral
from genlens.prompts.shapley import shapley
from genlens.prompts.wording.notation import NOTATIONS, notation_in
from genlens.prompts.wording.notes import unlearned_notes, wording_notes
from prompt_painter import Painter, area_cost, explain

pytestmark = pytest.mark.unit


def notes(prompt, tokens=2):
    return " ".join(wording_notes([Word(t, tuple(range(tokens))) for t in prompt.split()]))


@pytest.mark.parametrize("notation", NOTATIONS, ids=[n.name for n in NOTATIONS])
def test_each_notation_is_said_for_what_it_is(notation):
    [(piece, found)] = notation_in(f"a cat {notation.example} on the moon")
    assert found is notation
    assert notation.example.startswith(piece)
    said = notes(f"a cat {notation.example}")
    assert notation.name in said and "read as text" in said


@pytest.mark.parametrize(
    "plain", ["a cat (small) on the moon", "3:4 cats", "a red/blue hat", "self-made", "a cat - two",
              "AND", "cat's hat, 3.5 <", "a 50-50 cat"],
)  # fmt: skip
def test_ordinary_writing_is_left_in_peace(plain):
    assert notation_in(plain) == []


def test_a_weight_over_several_words_says_that_they_stay_players():
    assert "Its 3 words are 3 players" in notes("(a sunny day:0.6)")


def test_a_word_of_ones_own_is_one_player():
    assert len(explain("a <cat-toy> cat").attribution.words) == 3
    assert "as 4 tokens of text" in notes("a <cat-toy> cat", tokens=4)
    assert "a token of its own" in notes("<cat-toy>", tokens=1)
    unknown = wording_notes([Word("<cat-toy>", (3,), known=False)])
    assert "no token of its own" in unknown[0]


@pytest.mark.parametrize(
    ("word", "script"),
    [("\u732b", "CJK"), ("\u043a\u043e\u0442", "Cyrillic"), ("\u0642\u0637", "Arabic"),
     ("\u306d\u3053", "Hiragana")],
)  # fmt: skip
def test_other_scripts_are_warned_of(word, script):
    assert f"“{word}” ({script})" in notes(f"a {word} sleeps")


@pytest.mark.parametrize("word", ["na\u00efve", "caf\u00e9", "\N{CAT FACE}", "3", "\u00bd"])
def test_latin_letters_signs_and_numbers_are_not(word):
    assert notes(f"a {word}") == ""


class Forgetful(Painter):
    """Reads the first three words."""

    def tokenize(self, prompt):
        words = super().tokenize(prompt)
        return [Word(w.text, w.token_ids, w.known, read=i < 3) for i, w in enumerate(words)]


def test_words_that_are_cut_off_are_named_and_get_nothing():
    found = explain("cat a the car dog", model=Forgetful())
    assert np.allclose(found.attribution.values, [area_cost("cat"), 0, 0, 0, 0])
    assert "“car”, “dog”" in found.notes[0] and "no credit" in found.notes[0]
    whole = explain("cat a the car dog")  # the control: read, they have what they paint
    assert whole.attribution.values[3] == pytest.approx(area_cost("car"))


@pytest.mark.parametrize("removal", [DELETE, neutral("dog")])
def test_no_removal_makes_room_for_a_word_that_was_cut(removal):
    game = PromptGame(Forgetful(), "a the cat car", similarity=PixelSimilarity(), removal=removal)
    assert "car" not in " ".join(game.sub_prompt(row) for row in np.eye(4, dtype=bool))
    assert game.whole == "a the cat"
    assert shapley(game).values[3] == pytest.approx(0, abs=1e-12)


def test_the_words_that_fit_are_those_that_have_places():
    tokenizer = tiny_models.hf_tokenizer()
    prompt = " ".join(["cat's"] * 20)  # two tokens each, room for 22
    words = words_of(prompt, tokenizer)
    assert [w.read for w in words] == [True] * 11 + [False] * 9
    assert [bool(at) for at in positions_of(prompt, tokenizer)] == [w.read for w in words]


def test_words_that_were_not_learned_are_named_with_their_neighbours():
    words = [Word("a"), Word("katze", known=False, suggestions=("cat", "cake")), Word("on")]
    [note] = unlearned_notes([*words, *words])
    assert "“katze”" in note and "Words near it: cat, cake." in note
    assert unlearned_notes([Word("a"), Word("cat")]) == ()
