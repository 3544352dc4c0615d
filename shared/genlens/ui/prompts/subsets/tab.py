"""The tab "Objects × words"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from genlens.prompts.results import PromptExplanation
from genlens.ui.jobs import CancelFlags, outrun
from genlens.ui.kit import LANE, Fill, html, on, stop_button
from genlens.ui.models import choices
from genlens.ui.prompts.stored import explanation_in
from genlens.ui.prompts.subsets import work

_INTRO = (
    '<div class="gl"><p>The tab “Objects” asks of each object alone which word it belongs to. Here '
    "every group of objects (the others laid over with white) meets every part of the prompt, as "
    "the source paper proposed: how alike are this picture and this text, to CLIP?</p></div>"
)
_UPLOAD = (
    '<div class="gl"><h3>A picture of your own</h3><p>Nothing is generated: the objects in your '
    "picture are cut out and linked to the words of any prompt, by the likeness of object and word "
    "alone. Large pictures are made smaller first.</p></div>"
)


class SubsetsTab:
    """Builds the tab where it is called, about the ``first`` explanation."""

    def __init__(self, first: PromptExplanation | None) -> None:
        self.flags = CancelFlags()
        self.opened: list[Fill] = []
        html(_INTRO)
        self.cost = html(work.cost_html(first) if first else "", elem_id="gl-subsets-cost")
        with gr.Row():
            self.parts = gr.Radio(
                [(title, name) for name, title in work.CHOICES.items()], value="objects",
                label="Compare", elem_id="gl-subsets-parts",
            )  # fmt: skip
            self.run = gr.Button(
                "Compare all subsets", variant="primary", scale=0, min_width=220, size="md",
                elem_id="gl-ask-subsets",
            )  # fmt: skip
            stop_button(self.flags)
        self.bar = html("", elem_classes="gl-bar")
        self.found = html(work.waiting_html(first) if first else "", elem_id="gl-subsets")
        html(_UPLOAD)
        with gr.Row():
            self.file = gr.File(
                type="filepath", file_types=["image"], label="Picture", height=150,
                elem_id="gl-own-picture",
            )  # fmt: skip
            with gr.Column():
                self.prompt = gr.Textbox(
                    "a cat next to a red car", label="Prompt", info="1 to 8 English words.",
                    elem_id="gl-own-prompt",
                )  # fmt: skip
                with gr.Row():
                    self.encoder = gr.Dropdown(
                        choices("ImageTextEncoder"), value="emoji-clip", label="Compared by",
                        min_width=150, info="emoji-clip knows the emoji world only.",
                    )  # fmt: skip
                    self.segmenter = gr.Dropdown(
                        choices("Segmenter"), value="emoji-sam", label="Cut out by",
                        min_width=150, info="For photographs: mobile-sam.",
                    )  # fmt: skip
                self.link = gr.Button(
                    "Link objects and words", variant="primary", size="md", elem_id="gl-ask-own"
                )
        self.own = html("", elem_id="gl-own")

    def wire(self, stored: gr.State) -> None:
        """Join the tab to the result that the page shows, ``stored``."""
        filled = {"cost": self.cost, "found": self.found}
        self.opened = [Fill(self.open, {"stored": stored}, filled)]
        asked = {"stored": stored, "parts": self.parts}
        on(self.run.click, self.compare, asked, self.found, show_progress_on=self.bar, **LANE)
        own = {
            "picture": self.file, "prompt": self.prompt, "encoder": self.encoder,
            "segmenter": self.segmenter,
        }  # fmt: skip
        on(self.link.click, self.link_own, own, self.own, **LANE)

    @staticmethod
    def publish(trigger: Callable[..., Any]) -> None:
        """Add the endpoint for an own picture, an event that ``trigger`` fires."""
        # A picture is taken as a file: a path in a text field could name any file of the server.
        takes = {
            "image": gr.File(visible=False, type="filepath", label="image"),
            "prompt": gr.Textbox(visible=False, label="prompt"),
            "encoder": gr.Textbox("", visible=False, label="encoder"),
            "segmenter": gr.Textbox("", visible=False, label="segmenter"),
        }
        on(
            trigger, work.api_link_picture, takes, gr.JSON(visible=False, label="result"),
            api_name="link_picture", **(LANE | {"api_visibility": "public"}),
        )  # fmt: skip

    @staticmethod
    def open(stored: str | None) -> dict[str, str]:
        """The cost, and the comparison itself where it is small."""
        if not stored:
            return {"cost": "", "found": work.UNKNOWN}
        explanation = explanation_in(stored)
        shown = work.waiting_html(explanation)
        if 0 < len(explanation.links.objects) <= work.BY_ITSELF:
            shown = work.ask_compare(stored, "objects", cancel=outrun)
        return {"cost": work.cost_html(explanation), "found": shown}

    def compare(
        self,
        stored: str | None,
        parts: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """All subsets of the parts that were chosen."""
        return work.ask_compare(stored, parts, **self.flags.hooks(request, progress, "passes"))

    @staticmethod
    def link_own(picture: str | None, prompt: str, encoder: str, segmenter: str) -> str:
        """The objects of an uploaded picture and the words of a prompt."""
        return work.linked_html(work.linked(picture, prompt, encoder, segmenter))
