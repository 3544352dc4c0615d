"""What is asked of a result stays with it: in its files, its report and its link."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.prompts import storage
from genlens.prompts.dossiers.dossier import Dossier, Trials
from genlens.prompts.opinions import compare_payoffs_of
from genlens.prompts.trust.noise import over_noises
from genlens.ui.prompts.more.kept import KEPT, asked_of, kept, read_asked
from genlens.ui.prompts.opinions.work import ASK_PAYOFFS
from genlens.ui.prompts.tested.work import ASK_NOISES
from genlens.ui.prompts.view import FIRST_RULE, RULES, PromptView, by_rule
from page_explanations import linear_explanation

pytestmark = pytest.mark.apps


@pytest.fixture
def stored(tmp_path: Path) -> str:
    return str(storage.save(linear_explanation(), tmp_path / "first"))


def noises():
    explanation = linear_explanation()
    values = np.stack([explanation.attribution.values + 0.01 * k for k in range(3)])
    return over_noises(values, explanation.attribution.words, [3, 4, 5], explanation.prompt)


def test_what_was_found_is_in_every_file_and_in_the_link(stored: str) -> None:
    values = kept(stored, "?prompt=a+red+cat&seed=3&model=table", ASK_NOISES, noises())
    assert set(values) == set(KEPT)
    assert values["address"].endswith("noises=3") and values["stored"] == values["npz"]
    assert "noises=3" in values["link"]
    report = Path(values["html"]).read_text("utf-8")
    assert "Shapley values over 3 starting noises" in report
    assert json.loads(Path(values["json"]).read_text("utf-8"))["noises"]["seeds"] == [3, 4, 5]
    rows = list(csv.DictReader(io.StringIO(Path(values["csv"]).read_text("utf-8"))))
    assert float(rows[2]["noises mean"]) == pytest.approx(0.16)
    assert float(rows[2]["estimator lime"]) == pytest.approx(0.15, abs=0.02)
    assert "payoff ssim" in rows[0]


def test_a_second_question_does_not_forget_the_first(stored: str) -> None:
    first = kept(stored, "?prompt=a", ASK_NOISES, noises())
    found = compare_payoffs_of(linear_explanation(), ["ssim", "pixels", "diffusion"])
    second = kept(first["stored"], first["address"], ASK_PAYOFFS, found)
    trials = storage.load_dossier(second["stored"]).trials
    assert trials.noises is not None and trials.payoffs is not None
    assert read_asked(dict(parse_qsl(second["address"][1:]))) == {
        "payoffs": ["ssim", "pixels", "diffusion"],
        "noises": 3,
    }
    assert asked_of(trials) == {"payoffs": "ssim,pixels,diffusion", "noises": "3"}
    changed = by_rule(second["stored"], list(RULES)[1], "", second["address"])
    assert changed is not None and "noises=3" in changed.address
    assert "3 starting noises" in changed.tested["noise"]


def test_links_are_read_with_care() -> None:
    assert read_asked({"payoffs": "ssim,clip,ssim,nonsense", "noises": "5"}) == {
        "payoffs": ["ssim", "clip"],
        "noises": 5,
    }
    for noises in ("1", "31", "5.5", "-5", "", "٥", "9" * 400):
        assert read_asked({"noises": noises, "removals": "nothing"}) == {}


def test_without_a_result_there_is_nothing_to_ask() -> None:
    with pytest.raises(InputError, match="up to 8 words"):
        ASK_PAYOFFS.ask(None, ["ssim", "pixels"])


def test_a_view_opens_with_the_trials_it_has() -> None:
    view = PromptView.of(Dossier(linear_explanation(), Trials(noises=noises())))
    assert "3 starting noises" in view.tested["noise"] and view.rule == FIRST_RULE
    assert "noises=3" in view.address
    assert "No other noise" in PromptView.of(Dossier(linear_explanation())).tested["noise"]
