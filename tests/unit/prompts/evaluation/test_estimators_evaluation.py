"""The comparison of estimators on games whose answer is known: who is ahead, and the controls."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.coalitions import exact_values
from genlens.errors import Cancelled, InputError
from genlens.prompts import evaluate_estimators
from genlens.prompts.evaluation.estimators.evaluate import captions_of, compare
from genlens.prompts.evaluation.estimators.table import format_table
from genlens.prompts.evaluation.estimators.ways import CONTROL, OURS, RIVALS, WAYS, Counted
from genlens.prompts.game import TableGame
from prompt_painter import Painter, PaletteEncoder
from word_games import saturating

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def found():
    return compare([saturating(d, seed)[0] for seed in range(3) for d in (6, 7)], 0)


def test_ours_is_ahead_of_every_rival_and_the_controls_fail(found):
    for budget, ours in found.errors[OURS].items():
        assert found.errors[CONTROL][budget].value > 0.5
        assert found.errors["equal"][budget].value > 0.3
        for rival in RIVALS:
            assert found.errors[rival][budget].value > ours.value, (rival, budget)
            assert found.ahead[rival][budget].value == pytest.approx(
                found.errors[rival][budget].value - ours.value
            )


def test_the_preview_is_ours_at_its_own_budget(found):
    assert list(found.errors["preview"]) == ["2d + 2"]
    assert found.errors["preview"]["2d + 2"].value == found.errors[OURS]["2d + 2"].value


def test_games_that_a_budget_covers_are_left_out_and_counted(found):
    ten = found.errors[OURS]["10d"]
    assert ten.n == 6 and not ten.left_out  # 60 of 64 and 70 of 128
    small = compare([saturating(4, 0)[0], TableGame(np.ones(64))], 0)
    assert small.errors[OURS]["2d + 2"].n == 1
    assert small.errors[OURS]["2d + 2"].left_out == {"no word changes the image": 1}
    assert "5d" not in small.errors[OURS] or small.errors[OURS]["5d"].n == 0


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_nobody_asks_for_more_images_than_it_is_given(way, monkeypatch):
    game, true = saturating(7, 3)
    seen = []
    real = TableGame.__call__

    def watched(self, rows):
        seen.append(np.asarray(rows, dtype=bool))
        return real(self, rows)

    monkeypatch.setattr(TableGame, "__call__", watched)
    values = way.values(game, 35, 0)
    assert values.shape == (7,) and np.isfinite(values).all()
    if way.name != "shapiq-permutation":  # it is run once too often to see that it is too often
        asked = np.concatenate(seen) if seen else np.zeros((0, 7))
        assert len(np.unique(asked, axis=0)) <= 35
    if way.name in (*RIVALS, OURS):
        assert np.linalg.norm(values - true) < 0.6 * np.linalg.norm(true)


def test_libraries_are_exact_from_all_sub_prompts():
    game, true = saturating(5, 1)
    for name in ("shap-kernel", "shapiq-kernel"):
        way = next(w for w in WAYS if w.name == name)
        assert np.allclose(way.values(game, 32, 0), true, atol=1e-5), name
    assert np.allclose(exact_values(game.payoffs), true)


def test_different_sub_prompts_are_counted_once():
    counted = Counted(saturating(4, 0)[0])
    counted(np.eye(4))
    counted(np.eye(4)[0])
    assert len(counted.seen) == 4


def test_it_plays_real_games():
    result = evaluate_estimators(
        2,
        captions=["cat dog and a hat", "a cat and a red car"],
        model=Painter(),
        encoder=PaletteEncoder(),
    )
    assert result.n == 2 and result.made_by.model_calls <= 32 + 64
    text = format_table(result)
    assert text == format_table(result.to_dict())
    assert "budgeted Shapley (ours)" in text and "shapiq KernelSHAP" in text
    with pytest.raises(Cancelled):
        evaluate_estimators(
            1, captions=["cat dog"], model=Painter(), encoder=PaletteEncoder(), cancel=lambda: True
        )
    with pytest.raises(InputError):
        evaluate_estimators(0)


def test_captions_are_of_the_lengths_in_turn():
    texts = captions_of(10, 0, (4, 5, 6, 7, 8))
    assert [len(t.split()) for t in texts] == [4, 5, 6, 7, 8] * 2
    assert len(set(texts)) == 10
    assert texts == captions_of(10, 0, (4, 5, 6, 7, 8))
