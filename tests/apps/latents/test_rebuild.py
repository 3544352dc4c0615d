"""The tab "Rebuild": a game played through its handlers, strokes of a slider, the leaderboard."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from genlens.errors import Cancelled, InputError, ModelError
from genlens.figures.latents.rebuild_board import rebuild_board
from genlens.figures.latents.rebuild_status import move_log, rebuild_status
from genlens.latents.rebuild.drag import MOST_MOVES, drag
from genlens.latents.rebuild.game import give_up, slide, undo
from genlens.latents.rebuild.leaderboard import (
    MOST_SLIDERS,
    Line,
    gap_of,
    new_round,
    person_lines,
    ranked,
    rules_of,
    search_line,
)  # fmt: skip
from genlens.latents.rebuild.rules import RULES
from genlens.latents.rebuild.search import Standing
from genlens.study.study import study_of
from genlens.ui.latents.rebuild import board as vae_rebuild_board
from genlens.ui.latents.rebuild import handlers as vae_rebuild_events
from genlens.ui.latents.rebuild import tab as vae_rebuild
from rebuild_page import D, known, pixels, seat_of, started, studies, study_with

__all__ = ["known", "studies"]  # fixtures

pytestmark = pytest.mark.apps


def test_a_game_from_start_to_the_leaderboard():
    seat = started()
    target = seat.game.target
    for j in range(D):
        assert seat.game.status == "playing"
        values = vae_rebuild_events.mover(j)(seat, "pixels", float(target[j]))
        seat = seat_of(values)
        if seat.game.status == "won":
            break
    assert seat.game.status == "won" and "Rebuilt!" in values["status"]
    assert not any(values[name]["interactive"] for name in ("undo", "randomise", "skip"))
    assert "you" in values["board"] and "pixels" in values["board"]
    assert len(seat.played) == 1 and seat.played[0].image.size == 0
    # what comes after the end of a game is dropped: a slider sends what it had on the way
    assert vae_rebuild_events.mover(0)(seat, "pixels", 0.5) == {}
    with pytest.raises(InputError, match="New game"):
        vae_rebuild_events.undo(seat, "pixels")


def test_every_answer_fills_its_outputs_and_sliders_follow():
    with gr.Blocks():
        tab = vae_rebuild.RebuildTab(gr.Dropdown(["pixels"], value="pixels"))
    ((opened, inputs, outputs),) = tab.opened
    assert len(inputs) == 2
    for model in ("pixels", "wide"):
        values = opened(vae_rebuild_events.first_seat(), model)
        assert set(outputs) - set(values) <= {"board"}, "the board stays while a game is played"
    seat = started()
    before = seat.game.current
    seat = seat_of(vae_rebuild_events.mover(2)(seat, "pixels", float(seat.game.low[2])))
    values = vae_rebuild_events.undo(seat, "pixels")
    assert set(values) == set(outputs) - {"board", "buttons", "number"}
    updates = [values[f"z{j}"] for j in range(MOST_SLIDERS)]
    assert [u["value"] for u in updates[:D]] == pytest.approx(before.tolist())
    assert [u["visible"] for u in updates] == [True] * D + [False] * (MOST_SLIDERS - D)
    values = vae_rebuild_events.randomise(seat_of(values), "pixels")
    assert seat_of(values).game.log[-1].action == "randomise"
    assert values["undo"]["interactive"]  # it can be undone


def test_too_many_latents_are_told_and_not_played():
    seat = vae_rebuild_events.first_seat()
    values = vae_rebuild_events.opened(seat, "wide")
    assert "50 latents" in values["pictures"] and seat_of(values).game is None
    assert values["buttons"]["visible"] is False  # no buttons that only refuse
    assert vae_rebuild_events.opened(seat, "pixels")["buttons"]["visible"] is True
    with pytest.raises(InputError, match="50 latents"):
        vae_rebuild_events.start(seat, "wide", 1)


def test_a_model_that_draws_the_same_for_every_code_is_not_played(studies):
    flat = pixels(name="flat")
    flat.decode = lambda z: z.reshape(-1, 1, 1, D) * 0 + 0.5
    studies["flat"] = study_of(flat, studies["pixels"].images)
    values = vae_rebuild_events.opened(vae_rebuild_events.first_seat(), "flat")
    assert "train it longer" in values["pictures"] and seat_of(values).game is None


def test_the_next_game_has_the_next_number_and_numbers_repeat_games():
    seat = vae_rebuild_events.first_seat()
    values = vae_rebuild_events.following(seat, "pixels", 4)
    assert values["number"] == 4  # nothing was played yet
    again = vae_rebuild_events.following(seat_of(values), "pixels", 4)
    assert again["number"] == 5
    first, second = seat_of(values).game, seat_of(again).game
    assert not np.array_equal(first.target, second.target)
    assert np.array_equal(started(4).game.target, first.target)
    for bad in (None, 1.5):
        with pytest.raises(InputError, match="Game no."):
            vae_rebuild_events.start(seat, "pixels", bad)


def test_a_game_belongs_to_its_model_and_a_forgotten_session_starts_afresh():
    seat = started()
    assert "playing" not in str(vae_rebuild_events.mover(0)(seat, "other", 0.5))
    with pytest.raises(InputError, match="no game"):
        vae_rebuild_events.skip(seat, "other")
    with pytest.raises(InputError, match="no game"):
        vae_rebuild_events.randomise(None, "pixels")
    assert vae_rebuild_events.mover(0)(None, "pixels", 0.5) == {}
    assert seat_of(vae_rebuild_events.start(None, "pixels", 1)).game.status == "playing"


def test_states_can_be_copied():
    seat = started()
    assert copy.deepcopy(seat).game.agreement == seat.game.agreement


def test_skip_is_offered_only_after_trying():
    seat = started()
    with pytest.raises(InputError, match="skipping is allowed"):
        vae_rebuild_events.skip(seat, "pixels")
    game = seat.game
    for i in range(20):
        game = slide(game, pixels(), 0, float(game.low[0]) + 0.01 * (i % 2), at=2.0 * i)
        if game.status != "playing":
            pytest.fail("the first slider alone should not win this game")
    seat = replace(seat, game=game, clock=time.monotonic() - 40.0)
    values = vae_rebuild_events.mover(0)(seat, "pixels", float(game.low[0]) + 0.05)
    assert values["skip"]["interactive"] and "skip it now" in values["status"]
    ended = seat_of(vae_rebuild_events.skip(seat_of(values), "pixels"))
    assert ended.game.status == "skipped" and len(ended.played) == 1


def stroke(values, *, start=0.0, step=0.1, game=None):
    game = game or new_round(study_with(), 1)
    game = replace(game, low=np.zeros(D), high=np.ones(D), current=np.full(D, 0.5))
    game = replace(game, start=game.current, rules=replace(game.rules, threshold=1.0))
    for i, value in enumerate(values):
        game = drag(game, pixels(), 0, value, at=start + i * step)
    return game


def test_one_stroke_is_one_move_and_one_undo():
    game = stroke([0.51, 0.55, 0.6, 0.6, 0.7])
    assert len(game.log) == 1 and game.current[0] == 0.7 and len(game.past) == 1
    assert game.statistics["slides"] == 1
    assert game.statistics["distance"] == pytest.approx(0.2)
    assert undo(game, pixels(), at=9.0).current[0] == 0.5


def test_a_turn_a_pause_and_another_slider_begin_a_new_move():
    turned = stroke([0.6, 0.7, 0.6])
    assert len(turned.log) == 2 and turned.statistics["direction_switches"] == 1
    assert len(stroke([0.6, 0.7], step=1.5).log) == 2
    game = drag(stroke([0.6]), pixels(), 1, 0.9, at=0.1)
    assert len(drag(game, pixels(), 0, 0.7, at=0.2).log) == 3


def test_a_long_slow_stroke_still_counts_as_trying():
    game = stroke(np.linspace(0.51, 0.99, 49), step=0.2)  # 9.6 s without letting go
    assert 3 <= len(game.log) <= 6
    assert game.tried == pytest.approx(game.seconds)


def test_the_log_has_an_end():
    game = stroke([0.6])
    full = replace(game, log=game.log * MOST_MOVES)
    with pytest.raises(InputError, match="start a new one"):
        drag(full, pixels(), 1, 0.2, at=99.0)


def test_rules_follow_the_data():
    assert rules_of(study_with(data="digits")) is RULES["mnist"]
    rules = rules_of(study_with())
    assert rules.measure == "error" and rules.threshold == 0.9 and rules.skip_after == 30.0
    bright = np.random.default_rng(0).random((40, 1, 1, D)).astype(np.float32) * 0.1 + 0.85
    alike = rules_of(study_of(pixels(), bright))
    assert 0.95 < alike.threshold < 1.0  # any two pictures agree by 97 % before a move is made


def test_lines_survive_storing(tmp_path, studies):
    line = search_line(studies["pixels"], games=3)
    assert line.standing.won == 1.0 and line.latents == D and line.mig is None
    path = vae_rebuild_board.save_board([line], tmp_path / "board.json", games=3)
    assert vae_rebuild_board.load_board(path) == (line,)
    assert vae_rebuild_board.load_board(tmp_path / "none.json") == ()
    path.write_text('{"lines": [{}]}')
    with pytest.raises(ModelError, match="cannot be read"):
        vae_rebuild_board.load_board(path)


def test_mig_where_factors_are_known():
    images = np.random.default_rng(0).random((400, 1, 1, 2)).astype(np.float32)
    factor = (images[:, 0, 0, 0] * 4).astype(int)
    study = study_of(pixels(2), images, factors={"level": factor, "same": factor * 0})
    assert gap_of(study) > 0.8
    assert gap_of(study_with()) is None


def test_the_board_ranks_people_among_models(studies):
    lines = vae_rebuild_board.measure(["pixels", "other"], studies.__getitem__, games=2)
    assert {line.standing.model for line in lines} == {"pixels", "other"}
    game = give_up(new_round(studies["pixels"], 1), at=12.0)
    seat = replace(vae_rebuild_events.first_seat(), played=(game,), lines=lines)
    text = vae_rebuild_events.board(seat)
    assert text.index("fixed strategy") < text.index(">you<")  # one won, the other gave up
    assert "12 s" in text and text.count("<tr>") == 4
    assert ranked([*person_lines([game]), *lines])[-1].standing.player == "person"
    with pytest.raises(Cancelled):
        vae_rebuild_board.measure(["pixels"], studies.__getitem__, games=2, cancel=lambda: True)


def test_the_page_opens_with_a_board_of_models_that_ship():
    from genlens.models.catalog import find

    lines = vae_rebuild_board.load_board()
    assert len(lines) >= 3 and lines == ranked(lines)
    assert all(find(line.standing.model) is not None for line in lines)


def test_what_is_shown_is_escaped_and_complete():
    standing = Standing("<b>x", "search", 2, 0.5, 7.0, 7.0, 1.25, 0.876)
    text = rebuild_board([Line(standing, 10, RULES["mnist"], 0.1234)])
    assert "<b>" not in text and "50 %" in text and "87.6 %" in text and "0.123" in text
    assert "No game was played" in rebuild_board([])
    game = stroke([0.6, 0.9])
    assert "No move" in move_log(new_round(study_with(), 1)) and "moved z0 to 0.9" in move_log(game)
    said = rebuild_status(game)
    assert 'role="meter"' in said and 'role="status"' in said and "100 % wins" in said


def test_targets_for_programs():
    found = vae_rebuild.api_rebuild_targets("pixels", 3, 5)
    assert [t["seed"] for t in found["targets"]] == [5, 6, 7]
    first = found["targets"][0]
    assert len(first["target"]) == D and first["target_image"].startswith("data:image/png")
    assert first["agreement"] < first["threshold"] == 0.9
    json.dumps(found)
    for count, seed in ((0, 0), (51, 0), (1, -1), (1.5, 0)):
        with pytest.raises(InputError):
            vae_rebuild.api_rebuild_targets("pixels", count, seed)


def test_models_offered_to_the_strategy_are_shipped_and_small():
    from genlens.models.catalog import find

    for name in vae_rebuild_board.models():
        assert find(name).contract == "Autoencoder" and name != "emoji-vae"
