"""The tab "Rebuild": numbers that are typed, and never rounded or answered with a server error."""

from __future__ import annotations

import gradio as gr
import pytest

from genlens.errors import InputError
from genlens.latents.rebuild.leaderboard import MOST_SLIDERS
from genlens.ui.latents.rebuild import handlers as vae_rebuild_events
from genlens.ui.latents.rebuild import tab as vae_rebuild
from rebuild_page import known, seat_of, started, studies

__all__ = ["known", "studies"]  # fixtures

pytestmark = pytest.mark.apps


@pytest.mark.parametrize("typed", [None, 3.5, float("nan"), float("inf"), "4", -1, 10**12, True])
def test_a_bad_number_is_refused_in_one_sentence_and_never_rounded(typed):
    seat = vae_rebuild_events.first_seat()
    for start in (vae_rebuild_events.start, vae_rebuild_events.following):
        with pytest.raises(InputError, match="whole number"):
            start(seat, "pixels", typed)


def test_the_page_hands_numbers_on_as_they_were_typed():
    """gradio would round 3.5 to 4 before the handler sees it, and answer 99 on a slider with a
    server error."""
    with gr.Blocks() as demo:
        tab = vae_rebuild.RebuildTab(gr.Dropdown(["pixels"], value="pixels"))
    numbers = {tab.number, *tab.sliders}
    reading = [fn for fn in demo.fns.values() if numbers & set(fn.inputs)]
    assert len(reading) > MOST_SLIDERS and not any(fn.preprocess for fn in reading)


def test_a_value_beyond_the_end_of_a_slider_goes_to_its_end():
    seat = started()
    values = vae_rebuild_events.mover(0)(seat, "pixels", 99)
    game = seat_of(values).game
    assert values["z0"] == pytest.approx(float(game.high[0]), abs=0.006)
    assert float(game.current[0]) == pytest.approx(float(game.high[0]), abs=0.006)
    assert "z0" not in vae_rebuild_events.mover(0)(seat, "pixels", float(game.low[0]) + 0.1)
    for odd in (float("nan"), "far"):
        with pytest.raises(InputError, match="number"):
            vae_rebuild_events.mover(0)(seat, "pixels", odd)


def test_a_typed_number_that_is_not_played_is_said():
    seat = started(3)
    assert vae_rebuild_events.number_said(seat, 3) == ""
    assert "This is game no. 3" in vae_rebuild_events.number_said(seat, 4)
    assert "This is game no. 3" in vae_rebuild_events.number_said(seat, None)
    assert vae_rebuild_events.number_said(vae_rebuild_events.first_seat(), 4) == ""
