"""The log of verdicts: what an id stands for, and files without surprises."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from genlens.errors import InputError
from genlens.steering.hypotheses.edits.redraw import Redraw
from genlens.steering.hypotheses.log import HypothesisLog, verdict_id
from genlens.steering.hypotheses.run import run_hypothesis
from known_assessors import MOUTH, Carded, Windows

pytestmark = pytest.mark.unit

GLASSES = Redraw("glasses", ("sunglasses",), ("none",), size=32)
READS_EYES, READS_MOUTH = Windows(), Windows({MOUTH: 4.0})


def judged(assessor, edit=GLASSES, n=40, **more):
    return run_hypothesis("it reacts to glasses", edit, assessor, n=n, **more)


def test_the_log_keeps_each_test_once_and_its_id_is_of_what_was_tried() -> None:
    log, first = HypothesisLog(), judged(READS_EYES)
    entry = log.keep(first)
    assert log.keep(judged(READS_EYES)).id == entry.id and len(log.entries) == 1
    newer = Carded()
    object.__setattr__(newer, "card", replace(newer.card, revision="r2"))
    changes = [
        judged(READS_EYES, seed=1),
        judged(READS_EYES, n=41),
        judged(READS_EYES, expected=1),
        judged(READS_EYES, least=0.3),
        judged(READS_EYES, replace(GLASSES, on=("round",), title="")),
        judged(replace(READS_EYES, name="b")),
        judged(Carded()),
        judged(newer),
        run_hypothesis("another claim", GLASSES, READS_EYES, n=40),
    ]
    ids = {verdict_id(v) for v in changes}
    assert len(ids) == len(changes) and entry.id not in ids
    assert log.find(entry.id).verdict.answer == "supported"
    with pytest.raises(InputError, match="h-none"):
        log.find("h-none")
    assert entry.id in entry.cite() and "supported" in entry.cite()
    assert json.dumps(log.to_dict(), allow_nan=False)


def test_the_csv_has_a_line_an_entry_and_no_formulas() -> None:
    log = HypothesisLog()
    log.keep(run_hypothesis("=1+1, “really”\nyes", GLASSES, READS_EYES, n=20))
    log.keep(judged(READS_MOUTH))
    rows = list(csv.DictReader(io.StringIO(log.to_csv())))
    assert [row["answer"] for row in rows] == ["supported", "contradicted"]
    assert rows[0]["claim"].startswith("'=1+1") and rows[0]["faces"] == "20"
    assert float(rows[0]["low"]) < float(rows[0]["effect"]) < float(rows[0]["high"])
