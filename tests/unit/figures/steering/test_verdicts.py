"""Figures of verdicts: what they say, and that a claim cannot break out of them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from genlens.figures.steering.hypotheses.effect_chart import effect_chart
from genlens.figures.steering.hypotheses.face_pairs import face_pairs
from genlens.figures.steering.hypotheses.lesson_words import maps_sentence, moral, truth_table
from genlens.figures.steering.hypotheses.log_table import log_table
from genlens.figures.steering.hypotheses.verdict_card import purity_words, verdict_card
from genlens.steering.hypotheses.edits.redraw import Redraw
from genlens.steering.hypotheses.log import HypothesisLog
from genlens.steering.hypotheses.run import run_hypothesis
from known_assessors import EYES, MOUTH, Windows

pytestmark = pytest.mark.unit

GLASSES = Redraw("glasses", ("sunglasses",), ("none",), size=32)
EVIL = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def verdict():
    return run_hypothesis(f"reacts {EVIL}", GLASSES, Windows({EYES: 4.0}), n=30)


def places(html: str) -> tuple[float, ...]:
    """Where the edit's dot, the control's and the line stand, in SVG units."""
    dots = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', html)]
    line = re.search(r'gl-counts-from" d="M([\d.]+)', html)
    assert line is not None
    return (*dots, float(line[1]))


def test_the_chart_puts_the_effect_beyond_the_line_and_the_control_before_it(verdict) -> None:
    edit, control, line = places(effect_chart(verdict))
    assert edit > line > control
    falls = run_hypothesis("f", GLASSES, Windows({EYES: -4.0}), n=30, expected=-1)
    edit, control, line = places(effect_chart(falls))
    assert falls.answer == "supported" and edit < line < control


def test_a_claim_is_escaped_and_numbers_have_units(verdict) -> None:
    card = verdict_card(verdict) + log_table(HypothesisLog([]).entries)
    assert "<script>" not in card and "&lt;script&gt;" in card
    assert "of the scale from -1 to 1" in card and "Supported ✓" in card
    log = HypothesisLog()
    entry = log.keep(verdict)
    assert entry.id in log_table(log.entries) and "<script>" not in log_table(log.entries)
    assert "Nothing is kept yet" in log_table(())
    assert verdict.plot().html == card.replace(log_table(()), "")


def test_pairs_are_as_many_as_asked_for_and_in_order(verdict) -> None:
    shown = face_pairs(verdict, most=5)
    assert shown.count("<li>") == 5 and shown.count("<img") == 10
    changes = [float(x.replace("−", "-")) for x in re.findall(r"<b[^>]*>([+−\d.]+)</b>", shown)]
    assert changes == sorted(changes, reverse=True)
    none = replace(verdict, scores=np.zeros((0, 2)), before=verdict.before[:0])
    assert face_pairs(none) == ""


def test_an_impure_edit_is_called_one() -> None:
    class Unsure(Redraw):
        pass

    edit = replace(GLASSES, exact=False)
    judged, watched = Windows({MOUTH: 4.0}), Windows({EYES: 40.0}, name="eyes")
    unwatched = run_hypothesis("c", edit, judged, n=20)
    assert "not measured" in purity_words(unwatched)
    impure = run_hypothesis("c", edit, judged, n=40, watch=[watched])
    assert "not pure" in purity_words(impure) and "eyes" in purity_words(impure)
    assert "left out" in purity_words(impure)
    assert "exact" in purity_words(run_hypothesis("c", GLASSES, judged, n=20))


def facts(at_mouth: float, answer: str) -> dict:
    measure = {"value": at_mouth, "low": 0, "high": 1, "n": 10, "left_out": {}}
    pointing = [
        {"method": m, "part": "mouth" if at_mouth > 0.5 else "hair", "at_mouth": measure,
         "at_glasses": measure, "on_glasses": measure}
        for m in ("A", "B")
    ]  # fmt: skip
    return {"bare": pointing, "wearing": pointing, "accuracy": measure,
            "effects": {"glasses": measure}, "answers": {"glasses": answer}}  # fmt: skip


def test_the_lesson_says_what_was_measured_and_nothing_else() -> None:
    assert "All 2 maps point at the mouth" in maps_sentence(facts(0.9, "supported"))
    assert "None of the 2 maps" in maps_sentence(facts(0.1, "supported"))
    assert "mostly at the hair" in maps_sentence(facts(0.1, "supported"))
    assert "not measured" in maps_sentence({})
    told = {"smile-planted": facts(0.9, "supported"), "smile-plain": facts(0.8, "contradicted")}
    assert "do not tell you which" in moral(told) and "The edit does" in moral(told)
    assert "Nobody planted" not in moral(told)
    planted = {**told["smile-planted"], "answers": {"glasses": "supported", "skin": "supported"}}
    surprise = moral({**told, "smile-planted": planted})
    assert "Nobody planted that dark skin instead of light should move it" in surprise
    differ = {"smile-planted": facts(0.9, "undecided"), "smile-plain": facts(0.1, "contradicted")}
    assert "The edit does" not in moral(differ) and "undecided for this one" in moral(differ)
    assert "maps of the two classifiers differ" in moral(differ)
    assert "90 %" in truth_table(told) and "contradicted" in truth_table(told)
