"""The tab "Rebuild": an interactive reconstruction game, and how models do in it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.latents.rebuild.leaderboard import MOST_SLIDERS, new_round
from genlens.ui.kit import LANE, RAW, Fill, html, on, whole_number
from genlens.ui.latents.rebuild import handlers as events
from genlens.ui.studies import study

MOST_TARGETS = 50
_ABOUT = (
    '<div class="gl"><p>Make your picture the target by moving latents. Whoever can do that has '
    "understood what the latents mean; a model with which nobody can is hard to understand "
    "(interactive reconstruction, Ross et al. 2021).</p></div>"
)
_BOARD = (
    '<div class="gl"><h3>Which model is easiest to steer?</h3><p>A fixed strategy plays the '
    "shipped models; your own games of this visit stand beside it. MIG (mutual information gap, "
    "0 to 1) asks whether each known factor of the pictures has one latent of its own.</p></div>"
)


class RebuildTab:
    """Builds the tab's components where it is called, inside a ``gr.Blocks``, and wires them.

    ``model`` is the page's model picker; a game draws its own target.
    ``opened`` is what fills it when the model changes.
    """

    def __init__(self, model: gr.Dropdown) -> None:
        seat = events.first_seat()
        self.model = model
        self.seat = gr.State(seat, time_to_live=3600)
        html(_ABOUT, container=False)
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                self._left()
            with gr.Column(scale=3, min_width=320), gr.Row():
                self.sliders = _sliders()
        with gr.Accordion("Log of moves", open=False):
            self.log = _html("")
        self._leaderboard(seat)
        every = self._wire()
        playing = {"buttons": self.playing, "number": self.number}
        self.opened = [Fill(events.opened, {"seat": self.seat, "model": model}, every | playing)]

    def _left(self) -> None:
        self.pictures = _html(events.IDLE)
        self.status = _html("")
        with gr.Column() as self.playing, gr.Row():
            self.new = gr.Button("New game", variant="primary", min_width=150)
            self.undo = gr.Button("Undo", interactive=False, min_width=110)
            self.randomise = gr.Button("Randomise", interactive=False, min_width=140)
            self.skip = gr.Button("Skip", interactive=False, min_width=110)
        with self.playing:
            self.number = gr.Number(
                0,
                label="Game no.",
                info="A whole number from 0. The same number is the same target and start, for "
                "everybody. Enter plays it.",
            )
            self.said = html("", elem_classes="gl-stale-note")

    def _leaderboard(self, seat: events.Seat) -> None:
        html(_BOARD, container=False)
        self.board = html(events.board(seat), container=False, min_height=80)

    def _wire(self) -> dict[str, Any]:
        """All events; returns everything that a new game fills."""
        moved = {
            "seat": self.seat,
            "pictures": self.pictures,
            "status": self.status,
            "log": self.log,
            "undo": self.undo,
            "randomise": self.randomise,
            "skip": self.skip,
            "board": self.board,
        }
        every = moved | {f"z{j}": slider for j, slider in enumerate(self.sliders)}
        asked = {"seat": self.seat, "model": self.model}
        # Not queued: a slider has to answer while it is held, and a decoding takes milliseconds.
        live: dict[str, Any] = {"queue": False, "show_progress": "hidden", **RAW}
        for j, slider in enumerate(self.sliders):
            read = asked | {"value": slider}
            filled = moved | {f"z{j}": slider}
            on(slider.input, events.mover(j), read, filled, trigger_mode="always_last", **live)
        on(self.undo.click, events.undo, asked, every, **live)
        on(self.randomise.click, events.randomise, asked, every, **live)
        on(self.skip.click, events.skip, asked, moved, **live)
        numbered = asked | {"number": self.number}
        new = on(
            self.new.click, events.following, numbered, every | {"number": self.number}, **LANE,
            **RAW,
        )  # fmt: skip
        entered = on(self.number.submit, events.start, numbered, every, **LANE, **RAW)
        look = {"seat": self.seat, "number": self.number}
        for trigger in (self.number.input, new.then, entered.then):
            on(trigger, events.number_said, look, self.said, **live)
        return every


def api_rebuild_targets(model: str, count: float = 5, seed: float = 0) -> dict[str, Any]:
    """Targets of the rebuilding game: what to rebuild, from where, and when it counts as rebuilt.

    Args:
        model: id of the autoencoder, with at most 32 latents.
        count: how many targets, 1 to 50.
        seed: number of the first game; the following ones have the next numbers.

    Returns:
        targets, each with seed, target and start (latent units), low and high (ends of the
        sliders), agreement at the start (0 to 1), threshold (0 to 1), measure, skip_after (seconds
        of trying), target_image and start_image (PNG data addresses); and model.
    """
    n, first = whole_number("count", count), events.game_number(seed)
    if not 1 <= n <= MOST_TARGETS:
        raise InputError(f"count is {n}: ask for 1 to {MOST_TARGETS} targets")
    here = study(model)
    targets = []
    for number in range(first, first + n):
        game = new_round(here, number)
        targets.append(
            {
                "seed": number,
                "target": game.target.tolist(),
                "start": game.current.tolist(),
                "low": game.low.tolist(),
                "high": game.high.tolist(),
                "agreement": game.agreement,
                "threshold": game.rules.threshold,
                "measure": game.rules.measure,
                "skip_after": game.rules.skip_after,
                "target_image": picture_uri(game.target_image),
                "start_image": picture_uri(game.image),
            }
        )
    return {"model": here.id, "targets": targets}


def _sliders() -> list[gr.Slider]:
    """One slider a latent, as many as a game may have; hidden until there is a game."""
    return [
        gr.Slider(
            -1.0,
            1.0,
            0.0,
            step=0.01,
            label=f"z{j}, latent units",
            visible=False,
            interactive=True,
            min_width=240,
            buttons=[],
        )
        for j in range(MOST_SLIDERS)
    ]


def _html(value: str) -> gr.HTML:
    return html(value, container=False)
