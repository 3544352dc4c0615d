"""The prompt game on a painter whose pictures are known: payoffs, cache, noise, stopping, input."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.common.coalitions import all_coalitions
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.contracts import Generation, Word
from genlens.prompts.checks import MAX_CHARS, MAX_WORDS, bare_word, clean_prompt
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.clip import ClipSimilarity
from genlens.prompts.payoffs.pixels import PixelSimilarity
from genlens.prompts.payoffs.similarity import Similarity
from genlens.prompts.shapley import shapley
from prompt_painter import SIZE, Painter, PaletteEncoder, area_cost

pytestmark = pytest.mark.unit


def game(prompt, painter=None, **options):
    options.setdefault("similarity", PixelSimilarity())
    return PromptGame(painter or Painter(), prompt, **options)


def test_payoffs_and_shapley_values_are_the_closed_form():
    result = shapley(game("a cat and the car"))
    # squares are disjoint, so the pixel similarity is a linear game
    expected = [0, area_cost("cat"), 0, 0, area_cost("car")]
    assert np.allclose(result.values, expected, atol=1e-7)
    assert result.full_value == pytest.approx(1.0)
    assert result.base_value == pytest.approx(1 - sum(expected))
    assert result.model_calls == 32
    assert [w.text for w in result.words] == ["a", "cat", "and", "the", "car"]


def test_sub_prompts_keep_order_and_the_empty_prompt_counts():
    g = game("a cat near a dog")
    assert g.sub_prompt([True, False, False, True, True]) == "a a dog"
    assert g.sub_prompt([False] * 5) == ""
    assert g(np.zeros((1, 5), bool))[0] == pytest.approx(1 - area_cost("cat") - area_cost("dog"))


def test_every_text_is_drawn_once_with_one_noise():
    painter = Painter()
    g = game("cat dog car", painter, seed=5, batch_size=3)
    g(all_coalitions(3))
    g(all_coalitions(3)[::-1])
    g.images(all_coalitions(3))
    drawn = [p for call in painter.calls for p in call]
    assert len(drawn) == len(set(drawn)) == g.model_calls == 8
    assert painter.seeds == {5}
    assert max(len(call) for call in painter.calls) == 3


def test_a_repeated_word_is_two_players_who_share_pictures():
    painter = Painter()
    g = game("cat cat", painter)
    result = shapley(g)
    assert result.values[0] == pytest.approx(result.values[1])
    assert result.values.sum() == pytest.approx(area_cost("cat"))
    assert g.model_calls == 3  # "", "cat", "cat cat"


def test_results_do_not_depend_on_batches():
    values = [shapley(game("a cat and a dog", batch_size=b)).values for b in (1, 7, 64)]
    assert np.array_equal(values[0], values[1]) and np.array_equal(values[1], values[2])


def test_games_that_share_a_similarity_keep_their_own_reference():
    # the source paper's notebook mixed these up
    similarity, painter = ClipSimilarity(PaletteEncoder()), Painter()
    first = game("cat dog", painter, similarity=similarity)
    second = game("cat car", painter, similarity=similarity)
    one = np.ones((1, 2), bool)
    only_cat = np.array([[True, False]])
    first(one)
    second(one)
    assert first(one)[0] == pytest.approx(1.0) and second(one)[0] == pytest.approx(1.0)
    assert first(only_cat)[0] != pytest.approx(second(only_cat)[0], abs=1e-3)


def test_images_are_uint8_and_payoffs_come_from_them():
    g = game("cat dog", seed=3)
    images = g.images(all_coalitions(2))
    assert images.shape == (4, SIZE, SIZE, 3) and images.dtype == np.uint8
    difference = np.abs(images.astype(float) - images[-1].astype(float)).mean(axis=(1, 2, 3)) / 255
    assert np.allclose(g(all_coalitions(2)), 1 - difference, atol=1e-7)
    assert np.array_equal(g.image, images[-1])
    assert g.images(np.zeros((0, 2), bool)).shape[0] == 0
    assert g(np.zeros((0, 2), bool)).shape == (0,)


def test_progress_counts_up_to_the_total():
    seen = []
    game("cat dog car", batch_size=3, progress=lambda *p: seen.append(p))(all_coalitions(3))
    assert [(done, total) for done, total, _ in seen] == [(0, 8), (3, 8), (6, 8), (8, 8)]
    assert all("Drawing" in text for _, _, text in seen)


def test_cancel_stops_between_batches_and_can_be_resumed():
    painter, stop = Painter(), [False]

    def progress(done, total, text):
        stop[0] = done == 4

    g = game("cat dog car", painter, batch_size=4, progress=progress, cancel=lambda: stop[0])
    with pytest.raises(Cancelled):
        g(all_coalitions(3))
    assert g.model_calls == 4
    stop[0] = False
    assert g(all_coalitions(3)).shape == (8,)
    assert g.model_calls == 8


def test_settings_reach_the_model_and_are_checked():
    seen = {}

    class Recorder(Painter):
        def generate(self, prompts, seed, *, steps=None, guidance=None, record=None, cancel=None):
            seen.update(steps=steps, guidance=guidance)
            return super().generate(prompts, seed)

    game("cat", Recorder(), steps=4, guidance=2)(np.ones((1, 1), bool))
    assert seen == {"steps": 4, "guidance": 2.0}
    wrong = [("seed", -1), ("seed", 0.5), ("seed", 2**40), ("steps", 0), ("steps", True)]
    wrong += [("guidance", -1.0), ("guidance", float("nan")), ("batch_size", 0)]
    for name, value in wrong:
        with pytest.raises(InputError, match=name):
            game("cat", **{name: value})


def test_a_model_that_returns_nonsense_is_named():
    class Wrong(Painter):
        def generate(self, prompts, seed, **options):
            return Generation(torch.zeros(1, 1, 4, 4), torch.zeros(1))

    class NotANumber(Painter):
        def generate(self, prompts, seed, **options):
            images = torch.full((len(prompts), 3, 4, 4), float("nan"))
            return Generation(images, images)

    class Splits(Painter):
        def tokenize(self, prompt):
            return [Word(c) for c in prompt]

    with pytest.raises(ModelError, match="shape"):
        game("cat dog", Wrong())(all_coalitions(2))
    with pytest.raises(ModelError, match="NaN or infinite"):
        game("cat dog", NotANumber())(all_coalitions(2))
    with pytest.raises(ModelError, match="tokenize"):
        game("cat dog", Splits())


def test_similarities_need_a_reference_and_fit_the_contract():
    for similarity in (PixelSimilarity(), ClipSimilarity(PaletteEncoder())):
        assert isinstance(similarity, Similarity)
        with pytest.raises(InputError, match="prepare"):
            similarity(torch.zeros(1, 3, 4, 4))
    assert ClipSimilarity(PaletteEncoder()).name == "clip:palette"


def test_clip_similarity_is_the_cosine():
    encoder = PaletteEncoder()
    images = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    got = ClipSimilarity(encoder).prepare(images[0])(images)
    vectors = encoder.embed_images(images)
    expected = torch.nn.functional.cosine_similarity(vectors, vectors[:1]).numpy()
    assert got.dtype == np.float64 and np.allclose(got, expected, atol=1e-6)


HEBREW = "\u05d7\u05ea\u05d5\u05dc \u05d0\u05d3\u05d5\u05dd"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # with a zero-width non-joiner
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # emoji joined by U+200D
TAG_FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e007f"


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  a  cat\tand\na dog ", "a cat and a dog"),
        ("cafe\u0301", "caf\u00e9"),  # NFC
        ("A Cat's, house!", "A Cat's, house!"),
        (HEBREW, HEBREW),
        (PERSIAN, PERSIAN),
        ("\U0001f408 \U0001f697", "\U0001f408 \U0001f697"),
        (FAMILY, FAMILY),
        (TAG_FLAG + " flag", TAG_FLAG + " flag"),
        ("a\u00a0cat\u200b\ufeff", "a cat"),
        ("cat , dog", "cat , dog"),
        ("3", "3"),
        ("cat,dog;bird", "cat, dog; bird"),
        ("3,5 cats", "3,5 cats"),
    ],
)
def test_legal_prompts(typed, cleaned):
    assert clean_prompt(typed) == cleaned


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        ("\u200b\ufeff", "empty"),
        ("?! ... --", "no word"),
        (" ".join(["cat"] * 9), "9 words; at most 8"),
        ("x" * 10_000, "10,000 characters; at most 300"),
        ("a c\x00at", r"U\+0000"),
        ("a \x1b[31mcat", r"U\+001B"),
        ("a \u202etac", r"U\+202E"),
        ("a \u2066cat\u2069", r"U\+2066"),
        ("a \ud800 cat", r"U\+D800"),
        ("cat\U000e0061\U000e0062", r"U\+E0061"),
        (None, "NoneType"),
        (b"cat", "bytes"),
        (["cat"], "list"),
    ],
)
def test_refused_prompts_say_what_to_do(typed, says):
    with pytest.raises(InputError, match=says) as caught:
        clean_prompt(typed)
    assert any(v in str(caught.value) for v in ("type", "pass", "delete", "shorten", "leave"))


def test_limits_are_inclusive_and_unknown_words_are_played():
    assert len(clean_prompt(" ".join(["cat"] * MAX_WORDS)).split()) == MAX_WORDS
    assert len(clean_prompt("x" * MAX_CHARS)) == MAX_CHARS
    g = game("\u05d7\u05ea\u05d5\u05dc \U0001f408 cat")
    assert [w.known for w in g.words] == [False, False, True]
    assert np.allclose(shapley(g).values, [0, 0, area_cost("cat")], atol=1e-7)


@pytest.mark.parametrize(
    ("word", "bare"),
    [("Cat's,", "cat"), ("cat\u2019s", "cat"), ("(Red)", "red"), ("--", "--"), ("'s", "s"),
     ("airpods!", "airpods"), ("\U0001f408", "\U0001f408"), ("merry-go-round", "merry-go-round")],
)  # fmt: skip
def test_bare_words(word, bare):
    assert bare_word(word) == bare
