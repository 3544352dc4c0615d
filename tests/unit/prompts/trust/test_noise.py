"""Noise is not wording: intervals over seeds, pairs that are told apart, and the sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.pixels import PixelSimilarity
from genlens.prompts.shapley import shapley
from genlens.prompts.trust.noise import explain_over_noises, over_noises, signed_value
from prompt_painter import Painter, play

pytestmark = pytest.mark.unit
WORDS = tuple(Word(text) for text in ("red", "car", "a"))


def test_pairs_are_compared_in_the_same_noise():
    # both words swing by 1 from noise to noise; the first is always 0.1 above the second
    swing = np.array([0.0, 1.0, -1.0, 0.5, -0.5])
    values = np.stack([swing + 0.1, swing, np.zeros(5)], axis=1)
    found = over_noises(values, WORDS, range(5))
    first = found.pairs[0]
    assert first.difference.value == pytest.approx(0.1) and first.apart
    assert found.means[0].low < found.means[1].value, "their own intervals overlap"
    assert {(p.first, p.second) for p in found.alike} == {(0, 2), (1, 2)}
    for said in ("2 of 3 pairs", "“red” and “a”", "“car” and “a”", "5 starting noises"):
        assert said in found.sentence
    json.dumps(found.to_dict())


def test_intervals_are_students():
    values = np.array([[1.0, 0, 0], [2.0, 0, 0], [3.0, 0, 0]])
    mean = over_noises(values, WORDS, (0, 1, 2)).means[0]
    reach = 4.302652729911275 / np.sqrt(3)  # t with 2 degrees of freedom, spread 1
    assert (mean.value, mean.low, mean.high) == pytest.approx((2, 2 - reach, 2 + reach))


def test_what_the_sentence_says_at_the_ends():
    apart = np.array([[3.0, 2.0, 1.0], [3.1, 2.1, 1.0], [2.9, 2.0, 1.1]])
    assert "every two words can be told apart" in over_noises(apart, WORDS, (0, 1, 2)).sentence
    equal = np.ones((2, 3))
    assert "no two words" in over_noises(equal, WORDS, (0, 1)).sentence
    one = over_noises(np.ones((2, 1)), WORDS[:1], (0, 1))
    assert "only one word" in one.sentence and one.pairs == ()
    words = (Word("cat"), Word("cat"), Word("car"))
    twice = over_noises(np.array([[1.0, 1.1, 9], [1.1, 1.0, 9]]), words, range(2))
    assert "“cat” (word 1) and “cat” (word 2)" in twice.sentence


def test_words_that_are_alike_are_rarely_told_apart():
    generator = np.random.default_rng(5)
    told = sum(
        over_noises(generator.normal(size=(5, 2)), WORDS[:2], range(5)).pairs[0].apart
        for _ in range(400)
    )
    assert 6 <= told <= 36  # 5 % of 400 is 20


@pytest.mark.parametrize(
    ("values", "seeds", "says"),
    [
        (np.ones((1, 3)), (0,), "2 or more"),
        (np.ones((2, 3)), (0, 0), "one twice"),
        (np.ones((2, 2)), (0, 1), "one row a"),
        (np.full((2, 3), np.nan), (0, 1), "NaN"),
    ],
)
def test_odd_input_is_refused(values, seeds, says):
    with pytest.raises(InputError, match=says):
        over_noises(values, WORDS, seeds)


def test_every_noise_has_its_own_reference_and_a_known_one_is_not_drawn_again():
    made = []

    def game_of(seed):
        made.append(PromptGame(Painter(), "cat dog", seed=seed, similarity=PixelSimilarity()))
        return made[-1]

    seen = []
    first = shapley(play("cat dog", seed=4)).values
    known = play("cat dog", seed=4)(np.array([[0, 0], [1, 0], [0, 1], [1, 1]], bool))
    report = explain_over_noises(
        game_of, seed=4, noises=3, known=known, progress=lambda *p: seen.append(p[:2])
    )
    assert report.seeds == (4, 5, 6) and [g.model_calls for g in made] == [0, 4, 4]
    assert [g.seed for g in made] == [4, 5, 6]
    assert report.model_calls == 8 and seen == [(0, 3), (1, 3), (2, 3)]
    assert np.allclose(report.values, first), "this painter's noise is in one corner pixel"
    with pytest.raises(InputError, match="noises is 1"):
        explain_over_noises(game_of, noises=1)


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0001, "0.000"), (0.0125, "+0.013"), (-0.5, "−0.500"), (-np.inf, "−inf")]
)
def test_no_zero_has_a_sign(value, text):
    assert signed_value(value + 1e-9) == text


def test_seeds_go_round_at_the_largest():
    report = explain_over_noises(lambda s: play("cat", seed=s), seed=2**31 - 1, noises=2)
    assert report.seeds == (2**31 - 1, 0)
