"""The tab "Where it looks"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from genlens.errors import Cancelled, GenlensError
from genlens.prompts.attention import storage
from genlens.prompts.attention.ways import DAAM, WAYS
from genlens.prompts.results import PromptExplanation
from genlens.ui.kit import LANE, Fill, html, on
from genlens.ui.prompts.attention import work
from genlens.ui.prompts.stored import explanation_in

_INTRO = (
    '<div class="gl"><p>While it removes noise, the model reads the prompt again and again: at '
    "every step, in every layer, each place of the image shares its attention (100 %) out between "
    "the words. These maps show which places read which word. They say where the model looked, not "
    "what the word did: for that, see the tab “Pixels”.</p></div>"
)
_SALIENCY = (
    '<div class="gl"><h3>On which places of the latent does the score hang?</h3><p>The gradient of '
    "the likeness (CLIP, image against text) for each place of the model’s latent: where a small "
    "change would change the likeness most. This asks the encoder that judges, not the model that "
    "draws.</p></div>"
)


class AttentionTab:
    """Builds the tab where it is called, filled with the maps of ``work.OPENING`` where they are of
    the ``first`` explanation."""

    def __init__(self, first: PromptExplanation | None) -> None:
        maps = None
        if first is not None and work.OPENING.is_file():
            stored = storage.load(work.OPENING)
            maps = stored if stored.prompt == first.prompt else None
        self.opened: list[Fill] = []
        self.filled = maps is not None
        html(_INTRO)
        with gr.Row():
            self.way = gr.Dropdown(
                [(way.title, way.name) for way in WAYS.values()], min_width=230,
                value=maps.usual_way if maps else DAAM,
                label="Maps joined by", info="How all maps of a word become one.",
                elem_id="gl-attention-way",
            )  # fmt: skip
            self.step = gr.Slider(
                0, len(maps.timesteps) if maps else 1, value=0, step=1, min_width=200,
                label="Step", info="1 is pure noise, the last one the finished image; 0: all.",
                elem_id="gl-attention-step",
            )  # fmt: skip
            self.layer = gr.Dropdown(
                work.layer_choices(maps) if maps else [("all", work.ALL)], value=work.ALL,
                label="Layer", info="Of the network, in the order in which they run.",
                min_width=190,
            )  # fmt: skip
            self.head = gr.Dropdown(
                work.head_choices(maps) if maps else [("all heads", work.ALL)], value=work.ALL,
                label="Head", info="Each layer looks several times at once.", min_width=120,
            )  # fmt: skip
        self.tiles = html(
            work.tiles_html(maps, maps.usual_way, 0, work.ALL, work.ALL) if maps else "",
            elem_id="gl-attention",
        )
        self.about = html(work.about_html(maps, first) if maps else "", elem_id="gl-importance")
        html(_SALIENCY)
        self.ask = gr.Button(
            "Work out the gradient", scale=0, min_width=220, size="md", elem_id="gl-ask-saliency"
        )
        self.saliency = html("", elem_id="gl-saliency")
        html(work.notes_html())
        self.path = gr.State(str(work.OPENING) if maps else None, time_to_live=3600)

    def wire(self, stored: gr.State, asked: gr.Textbox) -> None:
        """Join the tab to the result that the page shows, ``stored``, or to the question ``asked``
        where it is an estimate."""
        outputs = {
            "way": self.way, "step": self.step, "layer": self.layer, "head": self.head,
            "tiles": self.tiles, "about": self.about, "saliency": self.saliency,
            "path": self.path,
        }  # fmt: skip
        self.opened = [Fill(self.look, {"stored": stored, "asked": asked}, outputs)]
        chosen = {"way": self.way, "step": self.step, "layer": self.layer, "head": self.head}
        changes: list[Callable[..., Any]] = [part.input for part in chosen.values()]
        on(
            changes, self.redraw, {"path": self.path, **chosen}, self.tiles,
            queue=False, show_progress="hidden", trigger_mode="always_last",
        )  # fmt: skip
        on(self.ask.click, work.saliency_html, {"stored": stored}, self.saliency, **LANE)

    @staticmethod
    def look(stored: str | None, asked: str | None = None) -> dict[str, Any]:
        """Record the attention of the result that the page shows."""
        try:
            path = work.recorded(stored, asked)
        except Cancelled:
            raise
        except GenlensError as error:
            return {"tiles": work.problem_html(error), "about": "", "path": None, "saliency": ""}
        maps = storage.load(Path(path))
        way = maps.usual_way
        return {
            "way": way,
            "tiles": work.tiles_html(maps, way, 0, work.ALL, work.ALL),
            "about": work.about_html(maps, explanation_in(stored) if stored else None),
            "path": path,
            "step": gr.Slider(maximum=len(maps.timesteps), value=0),
            "layer": gr.Dropdown(choices=work.layer_choices(maps), value=work.ALL),
            "head": gr.Dropdown(choices=work.head_choices(maps), value=work.ALL),
            "saliency": "",
        }

    @staticmethod
    def redraw(path: str | None, way: str, step: Any, layer: Any, head: Any) -> str:
        """The maps of what was chosen."""
        return work.redrawn(path, way, step, layer, head)
