"""The tab "How true?": what was measured of directions and of verdicts stands on it."""

from __future__ import annotations

import pytest

from genlens.steering.hypotheses.evaluation.table import headline
from genlens.ui import cards
from genlens.ui.steering.truth import tab

pytestmark = pytest.mark.apps


def test_the_verdicts_that_were_measured_are_on_the_page() -> None:
    numbers = cards.card("hypotheses")
    assert numbers is not None
    written = tab.stored_verdicts()
    for outcome in numbers["outcomes"]:
        assert outcome["claim"] in written and outcome["answer"] in written
    assert headline(numbers).split("**")[1] in written, "how many are right, and false alarms"
    assert "95 % interval" in written and "assessors that know nothing" in written


def test_what_was_not_measured_says_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "card", lambda name: None)
    assert "genlens evaluate hypotheses" in tab.stored_verdicts()
    assert "genlens evaluate steering" in tab.stored()
