"""The source paper's table: its own arithmetic done again, and the same marks on known games."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import genlens
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Word
from genlens.prompts import evaluate_paper
from genlens.prompts.attention.record import attention_of
from genlens.prompts.evaluation.paper.data import PROMPTS
from genlens.prompts.evaluation.paper.evaluate import (
    CHANCE,
    MarkedPrompt,
    outside,
    summarise,
    world_shares,
)
from genlens.prompts.evaluation.paper.marks import (
    aligned,
    aligned_by_chance,
    no_order,
    ranks_of,
    rmse,
    rmse_by_chance,
)
from genlens.prompts.evaluation.paper.printed import paper_figures
from genlens.prompts.evaluation.paper.scores import NO_SHARES, TIED, Case, chance, score
from genlens.prompts.evaluation.paper.table import format_table, ours_blocks, paper_blocks
from genlens.prompts.evaluation.paper.ways import OURS, WAYS
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.clip import ClipSimilarity
from prompt_painter import Painter, PaletteEncoder

pytestmark = pytest.mark.unit


def test_the_papers_data_is_what_it_prints():
    """Its squared errors follow from its values; each row's RMSE is the root of the sum of the
    first three; truth and values add up to 1."""
    assert len(PROMPTS) == 10 and sum(len(p.truth) for p in PROMPTS) == 33
    for p in PROMPTS:
        assert len(p.prompt.split()) == len(p.truth) == len(p.shapley) == len(p.ranks)
        assert sum(p.truth) == pytest.approx(1) and sum(p.shapley) == pytest.approx(1)
        errors = (np.array(p.shapley) - p.truth) ** 2
        assert np.allclose(errors, p.squared_errors, atol=1e-9)
        assert p.rmse == pytest.approx(np.sqrt(errors[:3].sum()), abs=0.006), p.prompt


def test_what_the_papers_numbers_give():
    f = paper_figures()
    assert (f.printed_aligned, f.printed_rmse) == (0.64, 0.2161)
    assert f.score.aligned.value == pytest.approx(0.641667, abs=1e-6)
    assert f.score.of_words.value == pytest.approx(21 / 33)
    assert f.ranks_aligned.value == pytest.approx(0.55)
    assert f.ranks_of_words.value == pytest.approx(18 / 33)
    assert f.score.rmse.value == pytest.approx(0.1283, abs=5e-5)
    assert f.rmse_as_printed == pytest.approx(f.printed_rmse, abs=5e-5)
    assert f.rmse_of_sum == pytest.approx(0.2328, abs=5e-5)
    assert f.score.aligned.low < 0.6417 < f.score.aligned.high
    # Seven prompts of 3 words and three of 4; the control reaches chance and no more.
    assert f.control.aligned.value == pytest.approx((7 / 3 + 3 / 4) / 10)
    assert f.control.rmse.value > f.score.rmse.high
    assert f.score.ahead.low > 0


def test_the_example_of_the_papers_text():
    """Section 2: "a cat's house" has one rank of three, and an RMSE of 0.1575, not 0.2728."""
    cat = next(p for p in PROMPTS if p.prompt == "a cat's house")
    assert aligned(cat.shapley, cat.truth) == [True, False, False]
    assert rmse(cat.shapley, cat.truth) == pytest.approx(0.1575, abs=5e-5)
    assert np.sqrt(3) * rmse(cat.shapley, cat.truth) == pytest.approx(0.2728, abs=5e-5)


def test_ranks_and_ties():
    assert ranks_of([0.1, 0.5, 0.4]).tolist() == [3, 1, 2]
    assert ranks_of([0.2, 0.5, 0.2]).tolist() == [2, 1, 2]
    two_groups = [0, 0.5, 0, 0.5]
    assert aligned([0.1, 0.2, 0.0, 0.9], two_groups) == [True] * 4
    assert aligned([0.3, 0.2, 0.0, 0.9], two_groups) == [False, False, True, True]
    assert no_order([0.3, 0.3, 0.3]) and not no_order([0.3, 0.3, 0.31])


@pytest.mark.parametrize("truth", [[0.1, 0.4, 0.5], [0, 0.5, 0, 0.5], [0.2, 0.2, 0.6, 0.0]])
def test_chance_is_the_mean_over_all_orders(truth):
    values = [0.05, 0.1, 0.25, 0.6][: len(truth)]
    orders = [np.array(order) for order in permutations(values)]
    assert aligned_by_chance(truth) == pytest.approx(
        np.mean([np.mean(aligned(order, truth)) for order in orders])
    )
    shares = np.array(values) / sum(values)
    assert rmse_by_chance(shares, truth) == pytest.approx(
        np.mean([rmse(np.array(order) / sum(values), truth) for order in orders])
    )


def test_wrong_numbers_are_refused():
    for values, truth in (([0.5, 0.5], [1.0]), ([np.nan, 1], [0.5, 0.5]), ([1, 0], [np.inf, 0])):
        with pytest.raises(InputError):
            aligned(values, truth)
        with pytest.raises(InputError):
            rmse(values, truth)


def test_a_score_counts_what_it_leaves_out():
    good = Case(np.array([0.1, 0.6, 0.3]), np.array([0.2, 0.5, 0.3]))
    tied = Case(np.array([0.2, 0.2, 0.2]), good.truth)
    cancels = Case(np.array([-0.5, 0.5, 0.0]), good.truth)
    found = score([good, tied, cancels], {"before": 2})
    assert found.aligned.n == 2 and found.aligned.left_out == {"before": 2, TIED: 1}
    assert found.rmse.n == 2 and found.rmse.left_out == {"before": 2, NO_SHARES: 1}
    assert found.aligned.value == pytest.approx((1 + 1) / 2)
    assert found.of_words.value == 1.0 and found.of_words.low < 0.9
    assert found.aligned.low == found.of_words.low  # all right: still no interval without width
    assert found.ahead.value == pytest.approx(1 - 1 / 3)
    random = chance([good, good])
    assert random.aligned.value == pytest.approx(1 / 3) and random.ahead.value == 0
    assert random.of_words.value == pytest.approx(1 / 3)


def test_ranks_are_of_the_values_and_not_of_shares_with_another_sign():
    """Values that add up to less than 0 turn the order round once they are divided by it."""
    case = Case(np.array([-0.5, 0.1, -0.2]), np.array([0.1, 0.6, 0.3]))
    assert score([case]).aligned.value == 1.0


def test_the_truth_of_captions():
    assert world_shares("a cat next to a red car").tolist() == [
        0, pytest.approx(1 / 3), 0, 0, 0, pytest.approx(1 / 3), pytest.approx(1 / 3)
    ]  # fmt: skip
    assert world_shares("please a fish").tolist() == [0, 0, 1]
    assert not world_shares("please").any()


class _Said:
    """What ``outside`` asks of a game."""

    def __init__(self, prompt, unknown=()):
        self.prompt = prompt
        self.words = tuple(Word(t, (0,), t not in unknown) for t in prompt.split())


def test_which_of_the_ten_lie_outside_the_world():
    strange = {p.prompt: outside(_Said(p.prompt)) for p in PROMPTS}
    assert {prompt for prompt, said in strange.items() if said} == {
        "a map without land",
        "ancient egyptian airpods",
    }
    assert "'airpods' are drawn as headphones" in strange["ancient egyptian airpods"]
    assert outside(_Said("a zeppelin", ["zeppelin"])) == ("the model has not learned “zeppelin”",)


@pytest.fixture(scope="module")
def found():
    """The whole evaluation on a painter that draws four nouns and nothing else."""
    texts = ["a cat and a car", "a dog wearing a hat", "the hat", "cat car"]
    told = []
    evaluation = evaluate_paper(
        len(texts),
        model=Painter(),
        encoder=PaletteEncoder(),
        texts=texts,
        progress=lambda done, total, text: told.append((done, total)),
    )
    assert told[0] == (0, 13) and told[-1] == (12, 13)  # "cat car" has no function word
    return evaluation


def test_on_a_world_whose_words_are_all_known_the_explainers_are_right(found):
    for name in (OURS, "lime", "leave-one-out"):
        assert found.world[name].aligned.value == 1.0, name
    assert found.world[OURS].ahead.low > 0
    assert found.world[CHANCE].aligned.value < 0.7
    assert found.world[CHANCE].rmse.value > found.world[OURS].rmse.value
    assert found.world["equal"].aligned.n == 0
    assert found.world["equal"].aligned.left_out[TIED] == 3
    assert found.world[OURS].aligned.left_out == {"every word draws something": 1}
    assert [row.prompt for row in found.captions] == [
        "a cat and a car", "a dog wearing a hat", "the hat"
    ]  # fmt: skip


def test_the_ten_are_played_and_those_outside_are_named(found):
    assert [row.prompt for row in found.prompts] == [p.prompt for p in PROMPTS]
    assert set(found.ten) == {*WAYS, CHANCE}
    dog = next(row for row in found.prompts if row.prompt == "a dog wearing hat")
    assert dog.values[OURS][[1, 3]].min() > dog.values[OURS][[0, 2]].max()
    lamp = found.prompts[0]
    assert "the model has not learned “lamp”" in lamp.outside
    assert found.inside[OURS].aligned.left_out["not of the model's world"] > 0
    assert found.made_by.model_calls > 7 * 8 and found.made_by.model == "painter"


def test_the_tables_say_it(found):
    text = format_table(found)
    for part in ("0.2161", "64.2 %", "63.6 %", "0.1283", "0.2328", "55.0 %", "54.5 %"):
        assert part in text, part
    for way in WAYS.values():
        assert way.title in text
    assert text == format_table(found.to_dict())
    assert "the control fails, as it must" in text
    assert "A QUICK LOOK" not in text
    assert len(paper_blocks()) == 2


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(0.85, 0.99, "the aim is reached"), (0.4, 0.7, "the aim is missed"), (0.57, 1.0, "cannot be")],
)
def test_an_aim_inside_the_interval_is_not_called_reached(found, low, high, says):
    e = found.to_dict()
    e["world"][OURS]["aligned"] |= {"value": (low + high) / 2, "low": low, "high": high}
    assert says in str(ours_blocks(e)[-1])


def test_a_control_that_does_not_fail_is_said():
    """Where the explainer is no better than random orders, the sentence must not praise it."""
    rows = [
        MarkedPrompt("a cat", np.array([0.0, 1.0]), {name: np.array([0.9, 0.1]) for name in WAYS})
        for _ in range(4)
    ]
    ten = [
        MarkedPrompt(p.prompt, np.array(p.truth), {n: np.array(p.shapley) for n in WAYS})
        for p in PROMPTS
    ]
    blocks = ours_blocks(summarise(4, ten, rows).to_dict())
    assert "NOT clearly less" in str(blocks[-1]) and "0.0 %" in str(blocks[-1])


def test_refusals_and_cancel():
    with pytest.raises(InputError, match="no captions"):
        evaluate_paper(model=Painter(), encoder=PaletteEncoder(), texts=[])
    with pytest.raises(InputError, match="max_words"):
        evaluate_paper(model=Painter(), encoder=PaletteEncoder(), max_words=20)
    with pytest.raises(Cancelled):
        evaluate_paper(
            model=Painter(), encoder=PaletteEncoder(), texts=["a cat"], cancel=lambda: True
        )


def test_attention_is_marked_too_and_makes_no_order_where_none_is_shown():
    way = WAYS["attention"].values
    blind = PromptGame(Painter(), "a cat", similarity=ClipSimilarity(PaletteEncoder()))
    assert way(blind).tolist() == [0, 0] and no_order(way(blind))
    game = PromptGame(genlens.load("emoji-diffusion"), "a cat and a dog", seed=3, steps=2)
    shares = way(game)
    assert shares.shape == (5,) and (shares > 0).all() and shares.sum() <= 1
    # the pictures' own noise and settings are looked at, and no other
    np.testing.assert_allclose(shares, attention_of(game.model, game.prompt, 3, steps=2).shares)
    assert not np.allclose(shares, attention_of(game.model, game.prompt, 4, steps=2).shares)
