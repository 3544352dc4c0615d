"""The evaluation's own arithmetic, on a world whose explanations are right or wrong by design."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from genlens.common.measures import share_interval
from genlens.common.records import MadeBy
from genlens.errors import Cancelled, InputError
from genlens.prompts.evaluation.calibration import Case, cases_of, collect_cases, quality, search
from genlens.prompts.evaluation.evaluate import evaluate_prompts, summarise
from genlens.prompts.evaluation.judgement import NO_FILLER, judge_explanation
from genlens.prompts.evaluation.link_truth import NOT_SEEN, link_is_right
from genlens.prompts.evaluation.runs import Bench
from genlens.prompts.evaluation.table import QUICK, format_table
from genlens.prompts.evaluation.truth import PromptTruth, sample_captions, world_truth
from genlens.prompts.evidence import LinkSettings
from genlens.prompts.results import Links
from prompt_painter import (
    SQUARES,
    Components,
    Painter,
    PaletteEncoder,
    object_mask,
    square_mask,
)

pytestmark = pytest.mark.unit

CAPTIONS = ["please a cat and a dog", "the car", "nice hat", "a cat near the lovely car"]


class Referee:
    """Looks for the painter's own squares."""

    def __init__(self, blind_to=()):
        self.blind_to = set(blind_to)

    def locate(self, image, nouns):
        ground = np.array([240, 240, 240])
        seen = {
            w for w in nouns if w not in self.blind_to and (image[square_mask(w)] != ground).any()
        }
        return {w: square_mask(w) if w in seen else None for w in nouns}


def truth(prompt):
    words = prompt.split()
    nouns = {i: w for i, w in enumerate(words) if w in SQUARES}
    return PromptTruth(
        nouns=nouns,
        content=frozenset(nouns),
        fillers=frozenset(i for i, w in enumerate(words) if w in ("please", "nice", "lovely")),
        articles=frozenset(i for i, w in enumerate(words) if w in ("a", "the")),
    )


def evaluate(captions=CAPTIONS, **options):
    options.setdefault("referee", Referee())
    options.setdefault("truth", truth)
    return evaluate_prompts(
        len(captions) or 1,
        model=options.pop("model", Painter()),
        encoder=PaletteEncoder(),
        segmenter=Components(),
        captions=captions,
        **options,
    )


def test_a_perfect_room_gets_perfect_marks():
    result = evaluate()
    assert result.n == 4
    right = ("links_of_all_nouns", "links_of_judged_nouns", "link_precision", "objects_found")
    for name in (*right, "top_is_content", "fillers_below_nouns"):
        figure = getattr(result, name)
        assert figure.value == 1.0 and figure.low < 1.0 and figure.left_out == {}, name
    assert result.links_of_all_nouns.n == result.link_precision.n == 6
    assert result.filler_mean_share.value == pytest.approx(0.0, abs=1e-6)
    assert result.filler_mean_share.n == 3
    assert result.made_by.model_calls == sum(r.model_calls for r in result.rows) > 0


def test_wrong_links_are_counted():
    nobody = evaluate(link_settings=LinkSettings(none_text=9.0))
    assert nobody.links_of_all_nouns.value == 0.0 and nobody.objects_found.value == 1.0
    assert nobody.link_precision.n == 0  # nothing is claimed
    assert nobody.none_is_none.value == 1.0


def test_a_thing_that_no_word_drew_is_told_from_one_that_is_claimed():
    known = ["cat", "cat dog", "car dog"]
    assert evaluate(known).none_is_none.value == 1.0
    greedy = evaluate(known, link_settings=LinkSettings(none_text=-9.0))
    assert greedy.none_is_none.value == 0.0
    assert greedy.links_of_all_nouns.value == 1.0  # recall alone would not have told


def test_a_control_that_knows_nothing_comes_out_badly():
    words = ["please a nice cat and the dog", "a really lovely car and the hat please"] * 6
    result = evaluate(words)
    blind = result.ways["random_word"]
    assert blind.links_of_all_nouns.high < 0.6 and blind.link_precision.high < 0.6
    assert blind.none_is_none.value == 0.0
    assert result.links_of_all_nouns.value == result.ways["text"].links_of_all_nouns.value == 1


def test_a_model_that_reacts_to_fillers_is_told():
    class Nervous(Painter):
        def _paint(self, prompt, seed):
            return super()._paint(prompt.replace("please", "cat").replace("nice", "car"), seed)

    result = evaluate(["please dog", "nice hat"], model=Nervous())
    assert result.fillers_below_nouns.value < 1.0
    assert result.filler_mean_share.value > 0.1


@pytest.mark.parametrize(
    ("idle", "fillers", "articles"), [("please", (0.25,), ()), ("a", (), (0.25,))]
)
def test_shares_of_fillers_do_not_cancel(idle, fillers, articles):
    explanation = SimpleNamespace(
        prompt=f"{idle} dog",
        image=np.full((32, 32, 3), 240, np.uint8),
        attribution=SimpleNamespace(
            values=np.array([-0.1, 0.5]), shares=np.array([-0.25, 1.25]), model_calls=4
        ),
        links=links_of(),
        made_by=MadeBy(),
    )
    row = judge_explanation(explanation, truth(f"{idle} dog"), Referee({"dog"}), "not tried")
    assert row.filler_shares == fillers and row.article_shares == articles


@pytest.mark.parametrize(("filler", "below"), [(0.05, True), (0.1, False), (0.3, False)])
def test_a_filler_has_to_stay_below_every_noun(filler, below):
    explanation = SimpleNamespace(
        prompt="please dog cat",
        image=np.full((40, 40, 3), 240, np.uint8),
        attribution=SimpleNamespace(
            values=np.array([filler, 0.5, 0.1]), shares=np.array([0.2, 0.5, 0.3]), model_calls=8
        ),
        links=links_of(),
        made_by=MadeBy(),
    )
    row = judge_explanation(explanation, truth("please dog cat"), Referee({"dog"}), "not tried")
    assert row.fillers_below_nouns is below


def test_nouns_that_the_referee_does_not_see_are_counted_and_named():
    """The published accuracy left 47 of 420 nouns out without a word."""
    result = evaluate(referee=Referee(blind_to={"cat"}))
    assert result.links_of_judged_nouns.n == 4 and result.links_of_judged_nouns.value == 1.0
    assert result.links_of_judged_nouns.left_out == {NOT_SEEN: 2}
    assert result.links_of_all_nouns.n == 6
    assert result.links_of_all_nouns.value == pytest.approx(4 / 6)
    assert result.link_precision.left_out == {NOT_SEEN: 2}
    assert [r.absent for r in result.rows] == [("cat",), (), (), ("cat",)]
    assert f"2: {NOT_SEEN}" in format_table(result)


def test_nouns_of_one_prompt_are_not_independent():
    """Eight prompts whose two nouns are both right or both wrong say no more than eight nouns."""
    result = evaluate(["cat car", "dog hat"] * 4, referee=Referee(blind_to={"dog", "hat"}))
    figure, eight = result.links_of_all_nouns, share_interval(4, 8)
    assert figure.n == 16 and figure.value == 0.5
    assert (figure.low, figure.high) == pytest.approx(eight, abs=0.03)


def test_questions_that_do_not_arise_are_not_counted():
    result = evaluate(["cat dog"])
    assert np.isnan(result.filler_mean_share.value) and np.isnan(result.fillers_below_nouns.value)
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert data["filler_mean_share"]["value"] is None and data["fillers_below_nouns"]["n"] == 0
    assert data["fillers_below_nouns"]["left_out"] == {NO_FILLER: 1}
    assert "| - |" in format_table(result)


def test_every_figure_is_written_with_its_interval():
    data = evaluate().to_dict()
    wanted = {"links_of_all_nouns", "links_of_judged_nouns", "link_precision", "none_is_none"}
    wanted |= {"filler_mean_share", "fillers_below_nouns", "objects_found", "top_is_content"}
    for name in wanted:
        assert set(data[name]) == {"value", "low", "high", "n", "left_out"}, name
    for way in data["ways"].values():
        assert all(set(figure) == set(data["none_is_none"]) for figure in way.values())


def test_table_reads_from_result_and_from_json():
    result = evaluate()
    table = format_table(result)
    assert table == format_table(json.loads(json.dumps(result.to_dict())))
    assert "100.0 %" in table and ">= 85 %" in table and "<= 3 %" in table
    assert "4 prompts" in table and "painter" in table and "Referee" in table
    assert "only text" in table and "control: a random word" in table


def test_a_quick_look_is_small_and_says_so():
    quick = evaluate(quick=True)
    assert quick.to_dict()["quick"] and format_table(quick).startswith(QUICK)
    assert QUICK not in format_table(evaluate())


def test_progress_and_cancel():
    seen = []
    evaluate(progress=lambda *p: seen.append(p[:2]))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(Cancelled):
        evaluate(cancel=lambda: True)
    with pytest.raises(InputError, match="prompts is 0"):
        evaluate_prompts(0)
    with pytest.raises(InputError, match="no captions"):
        evaluate([])
    with pytest.raises(InputError, match="name them"):
        evaluate(processes=2)


def links_of(*pairs):
    objects = tuple(object_mask(mask) for mask, _ in pairs)
    empty = np.zeros((len(pairs), 3))
    return Links(objects, np.zeros((len(pairs), 4)), empty, empty, np.array([w for _, w in pairs],
                                                                           dtype=int))  # fmt: skip


def box(x0, y0, x1, y1):
    mask = np.zeros((32, 32), dtype=bool)
    mask[y0:y1, x0:x1] = True
    return mask


@pytest.mark.parametrize(
    ("pairs", "right"),
    [
        ([(box(4, 4, 14, 14), 1)], True),  # the object itself
        ([(box(4, 4, 14, 14), 0)], False),  # linked to another word
        ([(box(4, 4, 14, 14), -1)], False),  # linked to none
        ([(box(20, 20, 30, 30), 1)], False),  # another place
        ([(box(4, 4, 8, 8), 1)], True),  # a part, but the best there is
        ([(box(4, 4, 8, 8), 1), (box(4, 4, 14, 14), 0)], False),  # a better one is another word's
        ([(box(13, 13, 22, 22), 1)], False),  # hardly touches
        ([], False),
    ],
)
def test_when_a_link_is_right(pairs, right):
    assert link_is_right(links_of(*pairs), [1], box(4, 4, 14, 14)) is right


def test_a_repeated_noun_may_be_linked_to_either_word():
    from genlens.prompts.explain import explain_prompt

    explanation = explain_prompt(
        Painter(), "cat cat", encoder=PaletteEncoder(), segmenter=Components()
    )
    row = judge_explanation(explanation, truth("cat cat"), Referee(), "not tried")
    assert row.links["all"].nouns == (True,) and row.links["all"].none == "not tried"


def test_world_truth_reads_the_grammar():
    known = world_truth("please a cat's red house on a blue background")
    assert known.nouns == {2: "cat", 4: "house"}
    assert known.fillers == {0} and known.articles == {1, 6}
    assert known.content == {2, 3, 4, 7, 8}
    assert known.things == {2: "cat", 3: "house", 4: "house"}
    assert world_truth("").nouns == {}
    assert world_truth("cat without dog").nouns == {0: "cat"}
    assert world_truth("an automobile!").nouns.keys() == {1}


def test_sampled_captions_fit_and_repeat():
    from genlens.worlds.captions import parse
    from genlens.worlds.sampler import plan_is_held_out

    captions = sample_captions(20, seed=3, max_words=6)
    assert captions == sample_captions(20, seed=3, max_words=6) != sample_captions(20, seed=4)
    assert all(0 < len(c.split()) <= 6 for c in captions)
    assert all(plan_is_held_out(parse(c)) for c in captions)
    with pytest.raises(InputError, match="max_words"):
        sample_captions(1, max_words=1)


def test_nothing_evaluated_is_nan_not_zero():
    assert np.isnan(summarise([], MadeBy()).links_of_all_nouns.value)


def collect():
    bench = Bench(Painter(), PaletteEncoder(), Components(), Referee(), truth)
    return collect_cases(len(CAPTIONS), bench=bench, captions=CAPTIONS)


def test_calibration_finds_settings_that_link_what_bad_ones_do_not():
    cases = collect()
    assert sorted(c.right for c in cases if c.right) == [(1,), (1,), (1,), (2,), (5,), (5,)]
    assert any(not c.right for c in cases)  # things that no word drew
    cases = [c for c in cases if c.right]
    bad = LinkSettings(none_text=9.0)
    assert quality(cases, bad)[0] == 0.0
    found, (share, _) = search(cases, bad, tries=80)
    assert share == 1.0 and quality(cases, found)[0] == 1.0
    assert search(cases, bad, tries=80)[0] == found  # repeatable


def test_calibration_counts_objects_of_no_word_as_right_when_none_wins():
    case = next(c for c in collect() if c.right)
    stray = Case(case.links, case.row, ())
    nobody = LinkSettings(none_text=9.0)
    assert quality([stray], nobody)[0] == 1.0 and quality([case], nobody)[0] == 0.0
    with pytest.raises(InputError, match="no cases"):
        quality([], nobody)
    with pytest.raises(InputError, match="answers"):
        cases_of(case.links, [])
