"""The tab "Second opinions"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.prompts.removal import REMOVALS
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import html
from genlens.ui.prompts.more.widget import AskMore
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
        self.ask = AskMore(work.ASK_PAYOFFS, self.flags, first.get("payoff_opinions", ""))
        html(_REMOVALS)
        self.removals = gr.CheckboxGroup(
            [(removal.title, name) for name, removal in REMOVALS.items()],
            value=list(REMOVALS), label="Ways to leave a word out", elem_id="gl-removals",
        )  # fmt: skip
        self.cost = html(first.get("removal_cost", ""))
        self.draw = AskMore(work.ASK_REMOVALS, self.flags, first.get("removal_opinions", ""))
        html(work.notes_html())

    @property
    def outputs(self) -> dict[str, Any]:
        """What a new result fills, by the names of ``work.opened``."""
        return {
            "payoff_opinions": self.ask.told,
            "removal_opinions": self.draw.told,
            "removal_cost": self.cost,
        }

    def wire(self, page: Mapping[str, Component]) -> None:
        """Join the buttons to the result on the ``page``; see ``AskMore.wire``."""
        self.ask.wire(self.payoffs, page)
        self.draw.wire(self.removals, page)
