"""Two prompts side by side on a painter whose pictures are known."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Word
from genlens.prompts.versus.compare import compare_prompts, images_of
from genlens.prompts.versus.pairing import NONE, paired_words
from genlens.prompts.versus.results import NO_SHARES, compared
from prompt_painter import Painter, PaletteEncoder, area_cost

pytestmark = pytest.mark.unit


def compare(first, second, model=None, **options):
    options.setdefault("payoff", "pixels")
    return compare_prompts(
        model or Painter(), first, second, encoder=PaletteEncoder(), noises=3, **options
    )


@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        ("a red cat", "a blue cat", [(0, 0), (1, 1), (2, 2)]),
        ("a cat", "a big cat", [(0, 0), (NONE, 1), (1, 2)]),
        ("a Cat and a dog", "a cat", [(0, 0), (1, 1), (2, NONE), (3, NONE), (4, NONE)]),
        ("cat", "dog hat", [(0, 0), (NONE, 1)]),
        ("one two", "two one", [(NONE, 0), (0, 1), (1, NONE)]),
    ],
)
def test_words_are_set_side_by_side(first, second, pairs):
    found = paired_words(first.split(), second.split())
    assert found == pairs
    for side, prompt in enumerate((first, second)):
        assert sorted(p[side] for p in found if p[side] != NONE) == list(range(len(prompt.split())))


def test_a_swapped_words_shares_are_the_closed_form():
    found = compare("a cat and car", "a cat and dog")
    cat, car, dog = (area_cost(word) for word in ("cat", "car", "dog"))
    kinds = [pair.kind for pair in found.pairs]
    assert kinds == ["kept", "kept", "kept", "swapped"]
    before, after = found.pairs[3].shares
    assert before.value == pytest.approx(car / (cat + car), abs=1e-3)
    assert after.value == pytest.approx(dog / (cat + dog), abs=1e-3)
    change = found.pairs[3].change
    assert change.value == pytest.approx(after.value - before.value)
    assert found.pairs[3].beyond_noise and found.pairs[1].beyond_noise
    assert not found.pairs[0].beyond_noise  # "a" paints nothing in either
    assert "“car” → “dog”" in found.sentence and "3 starting noises" in found.sentence
    assert found.likeness.value < 0.99
    assert found.changed_pixels.value == pytest.approx(car + dog, abs=1e-3)


def test_the_same_prompt_twice_shows_no_difference():
    found = compare("a cat and car", "a cat and car")
    assert all(pair.change.value == 0 and not pair.beyond_noise for pair in found.pairs)
    assert found.changed == () and found.repeated == 0
    assert found.changed_pixels.value == 0 and found.likeness.value == pytest.approx(1)
    assert "the same" in found.sentence and "0.0%" in found.sentence
    assert found.made_by.model_calls == 3 * 16 + 1


def test_prompts_the_other_way_round_change_the_sign():
    one, other = compare("cat car", "cat dog"), compare("cat dog", "cat car")
    assert one.pairs[1].change.value == pytest.approx(-other.pairs[1].change.value)
    assert one.changed_pixels.value == pytest.approx(other.changed_pixels.value)


class Restless(Painter):
    """Another noise paints another part of the cat: its share comes and goes."""

    def _paint(self, prompt, seed):
        image = super()._paint(prompt, seed)
        if "cat" in prompt and "hat" in prompt:
            image[:, 2 : 2 + 4 * (seed % 3), 2:14] = 0.94
        return image


def test_a_change_that_the_noise_makes_is_not_called_one():
    found = compare("cat car", "hat cat car", Restless())
    change = found.pairs[1].change
    assert change.low < change.value < change.high
    assert found.pairs[0].kind == "only second" and found.pairs[0].change is None
    assert (change.low > 0 or change.high < 0) == found.pairs[1].beyond_noise


def test_what_both_have_is_drawn_once():
    painter = Painter()
    found = compare("a cat car", "a dog car", painter)
    drawn = [text for call in painter.calls for text in call]
    assert images_of("a cat car", "a dog car") == 12
    assert len(drawn) == found.made_by.model_calls == 3 * 12 + 1  # and one as a control
    assert painter.seeds == {0, 1, 2}


def test_noises_without_shares_are_left_out_and_counted():
    words = ((Word("a"), Word("b")),) * 2
    values = np.array([[0.2, 0.1], [0.0, 0.0], [0.3, 0.1]])
    images = np.zeros((3, 2, 4, 4, 3), np.uint8)
    found = compared(("a b", "a b"), words, (0, 1, 2), (values, values), images,
                     [1] * 3, [1] * 2, 0.0)  # fmt: skip
    assert found.pairs[0].shares[0].n == 2
    assert found.pairs[0].shares[0].left_out == {NO_SHARES: 1}


@pytest.mark.parametrize(
    ("first", "second", "options", "says"),
    [
        ("", "a cat", {}, "empty"), ("a cat", None, {}, "text"),
        ("a cat", "a " * 21, {}, "21 words"),
        ("cat", "dog", {"seed": -1}, "seed"), ("cat", "dog", {"payoff": "x"}, "no payoff"),
        ("cat", "dog", {"steps": float("nan")}, "steps"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(first, second, options, says):
    with pytest.raises(InputError, match=says):
        compare(first, second, **options)
    with pytest.raises(InputError, match="noises"):
        compare_prompts(Painter(), "cat", "dog", noises=1)


def test_long_prompts_are_estimated_noise_by_noise():
    first, second = "a cat and then a really very nice car", "a cat and then a really very nice dog"
    painter, told = Painter(), []
    found = compare(
        first, second, painter, progress=lambda done, total, text: told.append((done, total))
    )
    cat, car, dog = (area_cost(word) for word in ("cat", "car", "dog"))
    before, after = found.pairs[-1].shares
    assert before.value == pytest.approx(car / (cat + car), abs=1e-3)  # additive: no error
    assert after.value == pytest.approx(dog / (cat + dog), abs=1e-3)
    assert found.pairs[-1].beyond_noise and not found.pairs[0].beyond_noise
    assert any("estimates" in note for note in found.notes)
    drawn = sum(len(call) for call in painter.calls)
    assert drawn == found.made_by.model_calls <= 3 * images_of(first, second) + 1
    assert images_of(first, second) == 2 * 90 and {total for _, total in told} == {540}
    assert max(done for done, _ in told) <= 540
    short = compare("a cat", "a dog")
    assert not any("estimates" in note for note in short.notes)
    # one prompt of many words makes both estimates; where all sub-prompts fit, they are exact
    mixed = compare("a cat and car", first)
    assert mixed.pairs[1].shares[0].value == pytest.approx(cat / (cat + car), abs=1e-3)


def test_what_the_estimate_is_off_by_is_in_the_spread():
    """Words that only work together are not additive: ten images a word miss something, and other
    noises miss something else."""
    words = "a cat b car c dog d hat e"
    found = compare(words, words + " f", Mixed())
    wide = [pair.shares[0] for pair in found.pairs if pair.kind == "kept"]
    assert any(share.high > share.low for share in wide)


class Mixed(Painter):
    """Draws a cat only beside another thing: an interaction, from the same noise at that."""

    def _paint(self, prompt, seed):
        others = [word for word in ("car", "dog", "hat") if word in prompt.split()]
        kept = prompt if len(others) != 1 else prompt.replace("cat", "")
        return super()._paint(kept, 0)


def test_it_can_be_stopped_and_tells_how_far_it_is():
    told = []
    compare("cat car", "cat dog", progress=lambda done, total, text: told.append((done, total)))
    assert {total for _, total in told} == {3 * 6}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    with pytest.raises(Cancelled):
        compare("cat car", "cat dog", cancel=lambda: True)
