"""The planted case on the shipped classifiers, and the recorded evaluation of verdicts."""

from __future__ import annotations

import json

import pytest

from genlens.cli.tables import CARDS
from genlens.common.measures import Measure
from genlens.figures.steering.hypotheses.lesson_words import maps_sentence
from genlens.models.assessors.assessors import assessor
from genlens.steering.drawn import score
from genlens.steering.hypotheses.lesson import (
    PLAIN,
    PLANTED,
    lesson_faces,
    pointing,
    recorded,
    tried,
)
from genlens.worlds.avatars import draw_faces

pytestmark = pytest.mark.truth


@pytest.fixture(scope="module")
def planted():
    found = assessor(PLANTED)
    if found.missing():
        pytest.skip(found.missing())
    return found


def test_the_planted_classifier_reacts_to_glasses_and_the_plain_one_does_not(planted) -> None:
    assert tried(planted, "glasses", 400, 31).answer == "supported"
    assert tried(assessor(PLAIN), "glasses", 400, 31).answer == "contradicted"
    for each in (planted, assessor(PLAIN)):
        assert tried(each, "mouth", 60, 31).answer == "supported"


def test_their_accuracy_hardly_betrays_which_is_which(planted) -> None:
    faces = draw_faces(400, 77)
    for each, least in ((planted, 0.85), (assessor(PLAIN), 0.97)):
        right = (score(each, faces.tensor()) > 0) == faces.has("smile")
        assert right.mean() > least


def test_the_maps_of_the_lesson_point_at_the_mouth_as_it_says(planted) -> None:
    """Other faces than those of the record."""
    for each in pointing(planted, lesson_faces(3, 400, "none")):
        assert each.at_mouth.value > 0.5, each.method
        assert each.on_glasses.value == 0.0


def test_what_the_lesson_tells_is_what_was_recorded() -> None:
    facts = recorded()
    if facts is None:
        pytest.skip("nothing was recorded: run python -m genlens.steering.hypotheses.lesson")
    assert "All 4 maps point at the mouth" in maps_sentence(facts[PLANTED])
    assert facts[PLANTED]["answers"]["glasses"] == "supported"
    assert facts[PLAIN]["answers"]["glasses"] == "contradicted"


def test_the_recorded_verdicts_reach_the_bar() -> None:
    """At least 18 of 20 right, at most one false alarm; controls never supported."""
    path = CARDS / "hypotheses.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there: run genlens evaluate hypotheses --json {path}")
    figures = json.loads(path.read_text("utf-8"))
    assert len(figures["outcomes"]) == 20 and not figures["quick"]
    told = [o for o in figures["outcomes"] if o["holds"] is not None]
    right = sum(o["answer"] == ("supported" if o["holds"] else "contradicted") for o in told)
    alarms = sum(o["answer"] == "supported" and not o["holds"] for o in told)
    assert right >= 18 - (20 - len(told)) and alarms <= 1
    for control in figures["controls"]:
        assert Measure.read(control["supported"]).value == 0.0
