"""The tab "Second opinions"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from genlens.prompts.removal import REMOVALS
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, html, on, stop_button
from genlens.ui.prompts.opinions import work

_ABOUT = (
    '<div class="gl"><p>A share is the answer to one way of asking. Here the same words are asked '
    "about in other ways. Where the answers agree, the order of the words can be believed; where "
    "they do not, it depends on the question.</p><h3>Other payoffs</h3><p>The payoff says what an "
    "image is worth. All payoffs look at the same images, so only the measuring stick changes."
    "</p></div>"
)
_REMOVALS = (
    '<div class="gl"><h3>Other ways to leave a word out</h3><p>“Without a word” can mean that it '
    "is deleted, that a gap is left in its place, or that a word that means nothing stands there. "
    "Each way is another set of images.</p></div>"
)


class OpinionsTab:
    """Builds the tab where it is called, filled with ``first`` (``work.opened``)."""

    def __init__(self, first: Mapping[str, str]) -> None:
        self.flags = CancelFlags()
        html(_ABOUT)
        self.payoffs = gr.CheckboxGroup(
            work.choices(), value=["clip", *work.WITHOUT_A_MODEL], label="Payoffs",
            info="SSIM and pixels need no model. Diffusion latents are not kept: ticking them "
            "draws every image again.",
            elem_id="gl-payoffs",
        )  # fmt: skip
        html(work.missing_html())
        with gr.Row():
            self.ask = gr.Button(
                "Ask these payoffs",
                variant="primary",
                scale=0,
                min_width=220,
                size="md",
                elem_id="gl-ask-payoffs",
            )
            stop_button(self.flags)
        self.bar = html("", elem_classes="gl-bar")
        self.told = html(first.get("payoff_opinions", ""), elem_id="gl-payoff-opinions")
        html(_REMOVALS)
        self.removals = gr.CheckboxGroup(
            [(removal.title, name) for name, removal in REMOVALS.items()],
            value=list(REMOVALS), label="Ways to leave a word out", elem_id="gl-removals",
        )  # fmt: skip
        self.cost = html(first.get("removal_cost", ""))
        with gr.Row():
            self.draw = gr.Button(
                "Draw and compare",
                variant="primary",
                scale=0,
                min_width=220,
                size="md",
                elem_id="gl-ask-removals",
            )
            stop_button(self.flags)
        self.second_bar = html("", elem_classes="gl-bar")
        self.left_out = html(first.get("removal_opinions", ""), elem_id="gl-removal-opinions")
        html(work.notes_html())

    @property
    def outputs(self) -> dict[str, Any]:
        """What a new result fills, by the names of ``work.opened``."""
        return {
            "payoff_opinions": self.told,
            "removal_opinions": self.left_out,
            "removal_cost": self.cost,
        }

    def wire(self, stored: gr.State) -> None:
        """Join the buttons to the result that the page shows, ``stored``."""
        asked = {"stored": stored, "names": self.payoffs}
        on(self.ask.click, self.ask_payoffs, asked, self.told, show_progress_on=self.bar, **LANE)
        asked = {"stored": stored, "names": self.removals}
        on(
            self.draw.click, self.ask_removals, asked, self.left_out,
            show_progress_on=self.second_bar, **LANE,
        )  # fmt: skip

    def ask_payoffs(
        self,
        stored: str | None,
        names: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """The ticked payoffs of the result on the page."""
        hooks = self.flags.hooks(request, progress, unit="images")
        return work.opinions_html(work.ask_payoffs(stored, names, **hooks))

    def ask_removals(
        self,
        stored: str | None,
        names: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """The ticked removals of the result on the page."""
        hooks = self.flags.hooks(request, progress, unit="images")
        return work.opinions_html(work.ask_removals(stored, names, **hooks))
