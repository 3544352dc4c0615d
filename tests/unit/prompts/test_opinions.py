"""Second opinions side by side: agreement of orders, disputes, and what is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from genlens.errors import InputError, ModelError
from genlens.models.contracts import Word
from genlens.prompts.opinions import (
    Opinion,
    compare_payoffs,
    compare_payoffs_of,
    compare_removals,
    opinions_of,
    payoffs_of_pictures,
)
from genlens.prompts.payoffs.latents import DiffusionSimilarity
from genlens.prompts.payoffs.payoff import Ingredients
from genlens.prompts.payoffs.pixels import PixelSimilarity
from genlens.prompts.trust.agreement import agreement
from prompt_painter import Painter, PaletteEncoder, explain, play

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("second", "kendall", "spearman", "says"),
    [
        ([1, 2, 3, 4], 1, 1, "the same order"),
        ([4, 3, 2, 1], -1, -1, "reverse"),
        ([1, 2, 4, 3], 4 / 6, 0.8, "partly"),  # five pairs alike, one turned round
        ([10, 20, 30, 400], 1, 1, "the same order"),
    ],
)
def test_agreement_of_known_orders(second, kendall, spearman, says):
    found = agreement(("a", "b"), np.arange(4.0), np.array(second, float))
    assert found.kendall == pytest.approx(kendall) and found.spearman == pytest.approx(spearman)
    assert says in found.in_words
    assert found.same_top == (max(second) == second[3])


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ([1.0, 2.0], [1.0, 2.0], "too few words"),
        ([1.0], [1.0], "too few words"),
        ([1.0, 2.0, 3.0], [0.5, 0.5, 0.5], "same value"),
    ],
)
def test_agreement_says_when_it_cannot_say(first, second, says):
    found = agreement(("a", "b"), np.array(first), np.array(second))
    assert math.isnan(found.kendall) and says in found.in_words
    with pytest.raises(InputError, match="NaN"):
        agreement(("a", "b"), np.array([np.nan, 1, 2]), np.arange(3.0))
    with pytest.raises(InputError, match="same words"):
        agreement(("a", "b"), np.arange(2.0), np.arange(3.0))


def test_payoffs_side_by_side_from_one_set_of_pictures():
    painter = Painter()
    game = play("cat dog car")
    game = type(game)(painter, "cat dog car", similarity=PixelSimilarity())
    found = compare_payoffs(
        game, ["clip", "pixels", "vae"], Ingredients("cat dog car", painter, PaletteEncoder())
    )
    assert [o.name for o in found.opinions] == ["clip", "pixels"]
    assert "no autoencoder" in found.refused["vae"]
    assert len(found.agreements) == 1 and found.model_calls == 8
    for opinion in found.opinions:
        total = opinion.payoffs[-1] - opinion.payoffs[0]
        assert opinion.attribution.values.sum() == pytest.approx(total)
    json.dumps(found.to_dict())


def test_a_stored_explanation_is_asked_without_drawing():
    explanation = explain("cat dog car")
    found = compare_payoffs_of(
        explanation, ["pixels", "ssim", "diffusion"], Ingredients("cat dog car", Painter())
    )
    pixels = found.opinions[0]
    assert np.allclose(pixels.payoffs, explanation.payoffs)
    assert np.allclose(pixels.attribution.values, explanation.attribution.values)
    assert "draw it anew" in found.refused["diffusion"] and found.model_calls == 0
    with pytest.raises(InputError, match="looks at latents"):
        payoffs_of_pictures(explanation.coalition_images, DiffusionSimilarity())


def test_a_payoff_that_is_nan_is_an_error_and_no_opinion():
    class Broken(PixelSimilarity):
        def __call__(self, images):
            return np.full(len(images), np.nan)

    with pytest.raises(ModelError, match="NaN"):
        payoffs_of_pictures(explain("cat").coalition_images, Broken())


def test_disputes_name_the_word_and_who_says_what():
    words = (Word("red"), Word("car"))
    one = Opinion.of("one", "One", np.array([0, 0.8, 0.2, 1.0]), words)
    other = Opinion.of("other", "Other", np.array([0, 0.3, 0.7, 1.0]), words)
    found = opinions_of("removal", "red car", words, [one, other])
    worst = found.disputes[0]
    assert {d.word for d in found.disputes} == {"red", "car"}
    assert worst.spread == pytest.approx(0.5)
    red = next(d for d in found.disputes if d.word == "red")
    assert (red.low, red.high) == ("other", "one")
    assert (red.lowest, red.highest) == (pytest.approx(0.3), pytest.approx(0.8))
    flat = Opinion.of("flat", "Flat", np.ones(4), words)
    assert opinions_of("removal", "red car", words, [one, flat]).disputes == ()
    with pytest.raises(InputError, match="no opinion could be had: x: because"):
        opinions_of("removal", "red car", words, [], {"x": "because"})


def test_removals_side_by_side_and_what_a_model_cannot_do():
    found = compare_removals(play("cat dog"), ["delete", "blank"])
    assert [o.name for o in found.opinions] == ["delete"]
    assert "padding" in found.refused["blank"]
    with pytest.raises(InputError, match="twice"):
        compare_removals(play("cat dog"), ["delete", "delete"])
