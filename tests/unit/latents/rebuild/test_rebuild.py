"""The rebuilding game: its rules by hand, its book-keeping, and a strategy that must win."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from genlens.common.records import MadeBy
from genlens.errors import Cancelled, InputError
from genlens.latents.rebuild.game import give_up, new_game, randomise, skip, slide, undo
from genlens.latents.rebuild.leaderboard import Line, ranked
from genlens.latents.rebuild.rules import RULES, Rules, agreement_of
from genlens.latents.rebuild.search import Standing, evaluate, play, standing
from genlens.models.autoencoders.module import ModuleAutoencoder

pytestmark = pytest.mark.unit

D = 4
CODES = np.random.default_rng(0).random((40, D))
STRICT = Rules("error", 0.99, 30.0)


def pixels_are_latents(d=D):
    return ModuleAutoencoder(
        nn.Flatten(),
        nn.Unflatten(1, (1, 1, d)),
        image_shape=(1, 1, d),
        latent_shape=(d,),
        device="cpu",
    )


def entangled(d=D, pixels=12, seed=0):
    """Every latent moves every pixel, none at a right angle to another: hard one at a time."""
    rng = np.random.default_rng(seed)
    layer = nn.Linear(d, pixels)
    layer.weight.data = torch.tensor(rng.normal(size=(pixels, d)) * 2.8, dtype=torch.float32)
    layer.bias.data = torch.tensor(rng.normal(size=pixels) - 1.4, dtype=torch.float32)
    return ModuleAutoencoder(
        nn.Sequential(nn.Flatten(), nn.Linear(pixels, d)),
        nn.Sequential(layer, nn.Sigmoid(), nn.Unflatten(1, (1, 1, pixels))),
        image_shape=(1, 1, pixels),
        latent_shape=(d,),
        device="cpu",
    )


MODEL = pixels_are_latents()


def game(**settings):
    return new_game(MODEL, CODES, rules=STRICT, **settings)


def test_the_papers_rules():
    assert (RULES["mnist"].threshold, RULES["mnist"].skip_after) == (0.75, 45.0)
    assert (RULES["sinelines"].threshold, RULES["sinelines"].tolerance) == (0.9, 0.5)
    assert (RULES["other"].threshold, RULES["other"].skip_after) == (0.9, 30.0)
    assert RULES["chopsticks"].threshold == 0.999


def test_agreement_by_hand():
    a, b = np.array([0.9, 0.6, 0.1, 0.0]), np.array([0.8, 0.2, 0.7, 0.0])
    assert agreement_of(RULES["mnist"])(a, b) == pytest.approx(1 / 3)
    assert agreement_of(RULES["mnist"])(a * 0, b * 0) == 1.0
    assert agreement_of(Rules("within", 0.9, 1.0, tolerance=0.3))(a, b) == 0.5
    assert agreement_of(RULES["other"])(a, b) == pytest.approx(1 - 1.1 / (0.01 + 1.6 + 1.7))
    for rules in RULES.values():
        assert agreement_of(rules)(a, a) == pytest.approx(1.0)


def test_a_game_starts_apart_and_within_its_sliders():
    for seed in range(10):
        start = game(seed=seed)
        assert start.status == "playing" and start.agreement < 0.989
        assert (start.current >= start.low).all() and (start.current <= start.high).all()
        assert (start.target >= start.low).all() and (start.target <= start.high).all()
    assert np.array_equal(game(seed=3).target, game(seed=3).target)


def test_moving_every_slider_home_wins():
    played = game(seed=1)
    for j in range(D):
        assert played.status == "playing"
        played = slide(played, MODEL, j, float(played.target[j]), at=float(j + 1))
    assert played.status == "won" and played.agreement == pytest.approx(1.0)
    assert played.seconds == D and len(played.log) == D
    with pytest.raises(InputError, match="won"):
        slide(played, MODEL, 0, 0.5, at=9.0)


def test_values_are_kept_to_a_hundredth_and_inside():
    played = slide(game(), MODEL, 0, 0.12345, at=1.0)
    assert played.current[0] == 0.12
    assert slide(played, MODEL, 0, 99.0, at=2.0).current[0] == played.high[0]


def test_undo_goes_back_and_is_logged():
    start = game()
    moved = slide(slide(start, MODEL, 0, 0.1, at=1.0), MODEL, 1, 0.2, at=2.0)
    back = undo(moved, MODEL, at=3.0)
    assert np.array_equal(back.current, moved.past[-1]) and back.current[1] == start.current[1]
    first = undo(back, MODEL, at=4.0)
    assert np.array_equal(first.current, start.current)
    assert first.agreement == pytest.approx(start.agreement)
    assert [m.action for m in first.log] == ["slide", "slide", "undo", "undo"]
    with pytest.raises(InputError, match="undo"):
        undo(first, MODEL, at=5.0)
    assert start.log == () and len(moved.log) == 2  # earlier values are untouched


def test_statistics_by_hand():
    played = replace(game(), low=np.zeros(D), high=np.ones(D))
    played = replace(played, current=np.full(D, 0.5), start=np.full(D, 0.5), target=np.ones(D))
    for at, (j, value) in enumerate([(0, 0.7), (0, 0.9), (0, 0.6), (1, 0.0), (0, 0.5)], start=1):
        played = slide(played, MODEL, j, value, at=float(at))
    found = randomise(played, MODEL, at=7.0, seed=1).statistics
    assert found["slides"] == 5 and found["latent_switches"] == 3
    assert found["direction_switches"] == 1 and found["randomised"] == 1 and found["undos"] == 0
    assert found["distance"] == pytest.approx(0.2 + 0.2 + 0.3 + 0.5 + 0.1)


def test_skip_waits_for_trying_not_for_the_clock():
    played = slide(game(), MODEL, 0, 0.1, at=100.0)  # a pause of 100 s is not trying
    assert played.tried == 0.0 and not played.may_skip
    with pytest.raises(InputError, match="after 30 s"):
        skip(played, at=101.0)
    for i in range(20):
        played = slide(played, MODEL, 0, 0.1 + 0.01 * (i % 2), at=102.0 + 2 * i)
    assert played.tried == pytest.approx(40.0) and played.may_skip
    ended = skip(played, at=150.0)
    assert ended.status == "skipped" and not ended.may_skip


def test_games_are_values():
    played = slide(game(), MODEL, 0, 0.1, at=1.0)
    assert copy.deepcopy(played).agreement == played.agreement
    text = json.dumps(played.to_dict())
    assert '"threshold": 0.99' in text


def test_time_runs_forwards():
    with pytest.raises(InputError, match="forwards"):
        slide(slide(game(), MODEL, 0, 0.1, at=5.0), MODEL, 0, 0.2, at=4.0)


def test_the_strategy_wins_where_a_slider_is_a_pixel():
    for seed in range(5):
        played = play(game(seed=seed), MODEL)
        assert played.status == "won"
        assert played.statistics["slides"] <= 4 * D


def test_the_strategy_needs_more_moves_where_latents_are_entangled():
    plain = standing(evaluate(MODEL, CODES, rules=STRICT, games=8), "search")
    tangled = standing(evaluate(entangled(), CODES, rules=STRICT, games=8), "search")
    assert plain.won == 1.0 and tangled.moves > plain.moves


def test_the_strategy_stops_at_its_limit():
    played = play(game(seed=2), MODEL, max_moves=1)
    assert played.status == "skipped" and played.statistics["slides"] == 1


def test_leaderboard_order_and_what_it_refuses():
    def line(name, won, moves, distance=1.0):
        return Line(Standing(name, "search", 5, won, moves, 9.0, distance, 0.9), 3, STRICT)

    lines = [line("c", 0.5, 1), line("b", 1.0, 9), line("a", 1.0, 4), line("d", 1.0, 4, 2.0)]
    assert [x.standing.model for x in ranked(lines)] == ["a", "d", "b", "c"]
    with pytest.raises(InputError, match="finished"):
        standing([game()], "person")
    one, two = (give_up(game(seed=s), at=1.0) for s in (0, 1))
    with pytest.raises(InputError, match="models"):
        standing([one, replace(two, made_by=MadeBy(model="other"))], "person")


def test_what_is_refused():
    with pytest.raises(InputError, match="data"):
        new_game(MODEL, CODES, data="cats")
    with pytest.raises(InputError, match="measure"):
        new_game(MODEL, CODES, rules=Rules("taste", 0.9, 1.0))
    with pytest.raises(InputError, match="different codes"):
        new_game(MODEL, np.ones((3, D)))
    with pytest.raises(InputError, match="agree"):
        new_game(MODEL, CODES, rules=Rules("error", 0.0, 1.0))
    with pytest.raises(InputError, match="latent"):
        slide(game(), MODEL, D, 0.0, at=1.0)
    with pytest.raises(InputError, match="value"):
        slide(game(), MODEL, 0, float("nan"), at=1.0)
    with pytest.raises(Cancelled):
        evaluate(MODEL, CODES, cancel=lambda: True)
