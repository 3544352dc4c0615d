"""Trials are kept with the explanation: in its file, and nothing is made up on the way."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.prompts import storage
from genlens.prompts.dossiers.dossier import Dossier, Trials
from genlens.prompts.opinions import compare_payoffs, compare_removals
from genlens.prompts.payoffs.payoff import Ingredients
from genlens.prompts.trust.noise import explain_over_noises
from genlens.prompts.versus.compare import compare_prompts
from page_explanations import linear_explanation
from prompt_painter import Painter, PaletteEncoder, play

pytestmark = pytest.mark.unit
PROMPT = "a cat and car"


@pytest.fixture(scope="module")
def dossier():
    from prompt_painter import explain

    game = play(PROMPT)
    made = Ingredients(PROMPT, Painter(), PaletteEncoder())
    return Dossier(
        explain(PROMPT, noises=0),
        Trials(
            payoffs=compare_payoffs(game, ["clip", "ssim", "vae"], made),
            removals=compare_removals(game, ["delete", "blank", "neutral"]),
            noises=explain_over_noises(lambda seed: play(PROMPT, seed=seed), noises=3),
            versus=compare_prompts(
                Painter(), PROMPT, "a cat and dog", noises=2, encoder=PaletteEncoder()
            ),
        ),
    )


def test_a_file_gives_the_trials_back(dossier, tmp_path):
    path = storage.save(dossier.explanation, tmp_path / "kept", dossier.trials)
    again = storage.load_dossier(path)
    assert again.trials.to_dict() == dossier.trials.to_dict()
    for name in ("payoffs", "removals"):
        for kept, first in zip(
            getattr(again.trials, name).opinions,
            getattr(dossier.trials, name).opinions,
            strict=True,
        ):
            assert np.array_equal(kept.payoffs, first.payoffs), name
    assert np.array_equal(again.trials.noises.values, dossier.trials.noises.values)
    assert np.array_equal(again.trials.versus.images, dossier.trials.versus.images)
    assert again.trials.removals.refused["blank"]  # the painter has no padding: the reason stays
    assert storage.load(path).prompt == PROMPT


def test_without_trials_there_are_none(tmp_path):
    path = storage.save(linear_explanation(), tmp_path / "bare")
    again = storage.load_dossier(path)
    assert again.trials == Trials()
    assert again.noises is None and again.removal_opinions is None
    assert [o.name for o in again.payoff_opinions.opinions] == ["clip", "ssim", "pixels"]


def test_a_damaged_file_is_refused(dossier, tmp_path):
    path = storage.save(dossier.explanation, tmp_path / "kept", dossier.trials)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for broken in ("trial_noises", "trial_payoffs"):
        np.savez(tmp_path / "broken.npz", **{k: v for k, v in arrays.items() if k != broken})
        with pytest.raises(InputError):
            storage.load_dossier(tmp_path / "broken.npz")
        np.savez(tmp_path / "broken.npz", **{**arrays, broken: arrays[broken][:1]})
        with pytest.raises(InputError):
            storage.load_dossier(tmp_path / "broken.npz")


def test_all_of_it_is_written_down(dossier):
    written = json.loads(json.dumps(dossier.to_dict()))
    assert written["prompt"] == PROMPT
    assert set(written["estimates"]) >= {"lime", "budgeted", "k-sii"}
    for part in ("payoff_opinions", "removal_opinions", "axioms", "fidelity", "noises", "versus"):
        assert written[part], part
    assert len(written["noises"]["seeds"]) == 3


def test_the_openings_command_tries_everything_once(monkeypatch):
    """On the painter in place of the shipped model: every payoff on this machine, every way to
    leave a word out, and noises, none of which draws the first noise's sub-prompts again."""
    from genlens.prompts import again
    from genlens.ui.prompts import opening
    from prompt_painter import explain

    drawn = []

    def game(explanation, *, seed=None, progress=None, cancel=None):
        drawn.append(seed)
        return play(explanation.prompt, seed=0 if seed is None else seed)

    monkeypatch.setattr(opening, "game_again", game)
    made = Ingredients(PROMPT, Painter(), PaletteEncoder())
    monkeypatch.setattr(opening, "ingredients_of", lambda explanation: made)
    trials = opening.tried(explain(PROMPT, noises=0))
    assert trials.payoffs is not None and {"clip", "pixels"} <= {
        o.name for o in trials.payoffs.opinions
    }
    assert trials.removals is not None and trials.noises is not None
    assert len(trials.noises.seeds) == 5 and drawn[0] is None
    assert trials.versus.prompts == (PROMPT, opening.OTHER)
    assert again.removal_of(explain(PROMPT, noises=0)) == "delete"
