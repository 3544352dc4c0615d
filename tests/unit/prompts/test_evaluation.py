"""The evaluation's own arithmetic, on a world whose explanations are right or wrong by design."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from genlens.common.records import MadeBy
from genlens.errors import Cancelled, InputError
from genlens.prompts.calibration import Case, cases_of, collect_cases, quality, search
from genlens.prompts.evaluation import evaluate_prompts, format_table, summarise
from genlens.prompts.evidence import LinkSettings
from genlens.prompts.results import Links
from genlens.prompts.truth import (
    PromptTruth,
    judge_explanation,
    link_is_right,
    sample_captions,
    world_truth,
)
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
    assert result.link_accuracy == result.top_is_content == result.fillers_below_nouns == 1.0
    assert result.objects_found == 1.0
    assert result.filler_mean_share == pytest.approx(0.0, abs=1e-6)
    assert result.counted["link_accuracy"] == 6
    assert result.counted["filler_mean_share"] == 3
    assert result.made_by.model_calls == sum(r["model_calls"] for r in result.rows) > 0


def test_wrong_links_are_counted():
    nobody = evaluate(link_settings=LinkSettings(none_text=9.0))
    assert nobody.link_accuracy == 0.0 and nobody.objects_found == 1.0


def test_a_model_that_reacts_to_fillers_is_told():
    class Nervous(Painter):
        def _paint(self, prompt, seed):
            return super()._paint(prompt.replace("please", "cat").replace("nice", "car"), seed)

    result = evaluate(["please dog", "nice hat"], model=Nervous())
    assert result.fillers_below_nouns < 1.0
    assert result.filler_mean_share > 0.1


def test_shares_of_fillers_do_not_cancel():
    explanation = SimpleNamespace(
        prompt="please dog",
        image=np.full((32, 32, 3), 240, np.uint8),
        attribution=SimpleNamespace(
            values=np.array([-0.1, 0.5]), shares=np.array([-0.25, 1.25]), model_calls=4
        ),
        links=SimpleNamespace(objects=()),
    )
    row = judge_explanation(explanation, truth("please dog"), Referee(blind_to={"dog"}))
    assert row["filler_shares"] == [0.25]


def test_only_nouns_that_the_referee_sees_count_for_links():
    result = evaluate(referee=Referee(blind_to={"cat"}))
    assert result.counted["link_accuracy"] == 4
    assert [r["absent"] for r in result.rows] == [["cat"], [], [], ["cat"]]


def test_questions_that_do_not_arise_are_not_counted():
    result = evaluate(["cat dog"])
    assert np.isnan(result.filler_mean_share) and np.isnan(result.fillers_below_nouns)
    data = result.to_dict()
    assert data["filler_mean_share"] is None and data["counted"]["fillers_below_nouns"] == 0
    json.dumps(data, allow_nan=False)
    assert "| - |" in format_table(result)


def test_table_reads_from_result_and_from_json():
    result = evaluate()
    table = format_table(result)
    assert table == format_table(json.loads(json.dumps(result.to_dict())))
    assert "100.0 %" in table and ">= 85 %" in table and "<= 3 %" in table
    assert "4 prompts" in table and "painter" in table and "Referee" in table


def test_progress_and_cancel():
    seen = []
    evaluate(progress=lambda *p: seen.append(p[:2]))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(Cancelled):
        evaluate(cancel=lambda: True)
    with pytest.raises(InputError, match="n is 0"):
        evaluate_prompts(0)
    with pytest.raises(InputError, match="no captions"):
        evaluate([])


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
    row = judge_explanation(explanation, truth("cat cat"), Referee())
    assert row["links"] == {"cat": True}


def test_world_truth_reads_the_grammar():
    known = world_truth("please a cat's red house on a blue background")
    assert known.nouns == {2: "cat", 4: "house"}
    assert known.fillers == {0} and known.articles == {1, 6}
    assert known.content == {2, 3, 4, 7, 8}
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
    assert np.isnan(summarise([], MadeBy()).link_accuracy)


def collect(**options):
    options |= {"model": Painter(), "encoder": PaletteEncoder(), "segmenter": Components()}
    options |= {"referee": Referee(), "truth": truth, "captions": CAPTIONS}
    return collect_cases(len(CAPTIONS), **options)


def test_calibration_finds_settings_that_link_what_bad_ones_do_not():
    cases = collect()
    assert sorted(c.right for c in cases) == [(1,), (1,), (1,), (2,), (5,), (5,)]
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
