"""The tab "Inside the model"."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.ui.kit import Fill, html
from genlens.ui.models import choices
from genlens.ui.prompts import opening
from genlens.ui.prompts.inside.edits import EditsSection
from genlens.ui.prompts.inside.features import FeaturesSection
from genlens.ui.prompts.inside.layers import LayersSection

_INTRO = (
    '<div class="gl"><p>The other tabs ask what comes out. This one opens the network that '
    "draws. Nothing here changes the model: what is exchanged, edited or painted lasts for one "
    "answer.</p></div>"
)


class InsideTab:
    """Builds the tab where it is called. It asks about a model, not about the result on the page:
    what it opens with is filled in when it is opened first (``once`` never changes)."""

    def __init__(self) -> None:
        html(_INTRO)
        self.model = gr.Dropdown(
            choices("TextToImage"), value=opening.MODEL, label="Model whose inside is asked",
            info="A pipeline of the Stable Diffusion family.", elem_id="gl-inside-model",
        )  # fmt: skip
        self.sections = (
            LayersSection(self.model), EditsSection(self.model), FeaturesSection(self.model),
        )  # fmt: skip
        self.once = gr.State("opened", time_to_live=3600)
        filled = {name: part for each in self.sections for name, part in each.outputs.items()}
        self.opened = [Fill(self._open, {}, filled)]

    def _open(self) -> dict[str, Any]:
        return {name: value for each in self.sections for name, value in each.opening().items()}
