"""The evaluation of verdicts on assessors of which the truth is known without training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genlens.common.measures import Measure
from genlens.errors import InputError
from genlens.steering.hypotheses.evaluation.evaluate import (
    HypothesisEvaluation,
    Outcome,
    _controls,
    evaluate_hypotheses,
    outcomes_of,
    summary,
)
from genlens.steering.hypotheses.evaluation.planted import PLANTS, Plant, Truth, truth_of
from genlens.steering.hypotheses.evaluation.table import format_table
from genlens.worlds.avatars import PROPERTIES
from known_assessors import EYES, MOUTH, Windows

pytestmark = pytest.mark.unit


def measure(value: float, half: float = 0.01) -> Measure:
    return Measure(value, value - half, value + half, 100)


def outcome(holds: bool | None, answer: str, planted: bool = False) -> Outcome:
    return Outcome(
        "smile classifier", "reacts to glasses", planted, measure(0.3), 0.1, holds, answer,
        measure(0.3), measure(0.0),
    )  # fmt: skip


def test_the_truth_is_what_the_assessor_reads() -> None:
    eyes = Windows({EYES: 4.0})
    assert truth_of(eyes, "glasses", 0).holds is True
    assert truth_of(Windows({MOUTH: 4.0}), "glasses", 0).holds is False
    assert Truth(measure(0.1, 0.02), 0.1).holds is None


def test_both_claims_are_judged_and_found_right() -> None:
    plant = Plant("smile", "glasses", ("glasses", "open_mouth"))
    first, second = outcomes_of(plant, Windows({EYES: 4.0}), 40, 20_000)
    assert first.planted and first.holds and first.right and not first.false_alarm
    assert not second.planted and second.answer == "contradicted" and second.right


def test_counts_are_of_what_can_be_called() -> None:
    found = summary([
        outcome(True, "supported", planted=True), outcome(True, "contradicted"),
        outcome(True, "undecided"), outcome(False, "supported"), outcome(False, "contradicted"),
        outcome(None, "supported"),
    ])  # fmt: skip
    assert found["right"].value == pytest.approx(2 / 5) and found["right"].n == 5
    assert sum(found["right"].left_out.values()) == 1
    assert found["false_alarms"].value == pytest.approx(1 / 2)
    assert found["missed"].value == pytest.approx(1 / 3)
    assert found["undecided"].value == pytest.approx(1 / 5)
    assert found["learned"].value == 1.0 and found["learned"].n == 1


def test_assessors_that_know_nothing_are_never_supported() -> None:
    chance, constant = _controls(60, 3, None)
    assert chance.supported.value == constant.supported.value == 0.0
    assert constant.contradicted.value == 1.0 and chance.contradicted.value < 1.0


def test_there_are_twenty_claims_about_ten_classifiers_half_of_them_planted() -> None:
    assert len(PLANTS) == 10 and sum(bool(plant.tied) for plant in PLANTS) == 5
    assert all(name in PROPERTIES for plant in PLANTS for name in plant.claims)
    for plant in PLANTS:
        assert plant.claims[0] == (plant.tied or plant.attribute)
        factors = {PROPERTIES[name][0] for name in (plant.attribute, plant.tied) if name}
        assert PROPERTIES[plant.claims[1]][0] not in factors
        # what the ready cases and their rule were looked at with
        assert (plant.attribute, plant.tied) != ("smile", "glasses")


def test_the_table_counts_and_marks_what_is_wrong() -> None:
    outcomes = (outcome(True, "supported", True), outcome(False, "supported"))
    e = HypothesisEvaluation(
        n=100, quick=True, outcomes=outcomes, controls=(), accuracy={"a": 0.97},
        **summary(outcomes),
    )  # fmt: skip
    text = format_table(e.to_dict())
    assert "1 of 2 verdicts are right, with 1 false alarm**" in text
    assert "supported ✓" in text and "supported ✗" in text and "A QUICK LOOK" in text
    quoted = format_table(replace(e, quick=False).to_dict())
    assert "A QUICK LOOK" not in quoted
    format_table({})  # a damaged record stays readable
    assert np.isfinite(e.right.value)


@pytest.mark.parametrize("asked", [{"n": 5}, {"n": 3_000}, {"seed": -1}, {"seed": 10**9}])
def test_numbers_out_of_range_are_refused_before_anything_is_trained(asked) -> None:
    with pytest.raises(InputError):
        evaluate_hypotheses(**asked)
