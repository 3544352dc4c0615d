"""The tab "Compare two prompts"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.prompts.trust.noise import LEAST, MOST, USUAL
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import ASIDE, LANE, html, on, stop_button
from genlens.ui.prompts import link as share
from genlens.ui.prompts.more.kept import KEPT, kept_as
from genlens.ui.prompts.versus import work

_ABOUT = (
    '<div class="gl"><p>The prompt that is explained, and another one beside it: swap a word and '
    "see what it changes. Both start from the same noises, so that within one noise only the "
    "wording differs; over several noises it shows which changes are more than chance.</p></div>"
)


class VersusTab:
    """Builds the tab where it is called, filled with ``first`` (``work.opened``); ``other`` is the
    second prompt to begin with."""

    def __init__(self, first: Mapping[str, str], other: str) -> None:
        self.flags = CancelFlags()
        html(_ABOUT)
        with gr.Row():
            self.other = gr.Textbox(
                other, label="Second prompt", info="1 to 20 English words.", scale=3, min_width=220,
                max_lines=2, elem_id="gl-other-prompt",
            )  # fmt: skip
            self.noises = gr.Number(
                USUAL, label="Noises", precision=0, minimum=LEAST, maximum=MOST, scale=1,
                min_width=150, info=f"{LEAST} to {MOST}, this image’s own first.",
                elem_id="gl-versus-noises",
            )  # fmt: skip
        with gr.Row():
            self.run = gr.Button(
                "Compare the two", variant="primary", scale=0, min_width=220, size="md",
                elem_id="gl-ask-versus",
            )  # fmt: skip
            stop_button(self.flags)
        self.cost = html("", elem_id="gl-versus-cost")
        self.bar = html("", elem_classes="gl-bar")
        self.told = html(first.get("versus", ""), elem_id="gl-versus")

    @property
    def outputs(self) -> dict[str, Any]:
        """What a new result fills, by the names of ``work.opened``."""
        return {"versus": self.told}

    def wire(self, page: Mapping[str, Component]) -> None:
        """Join the button to the result on the ``page``, whose components have the names of
        ``kept.KEPT``."""
        chosen = {"other": self.other, "noises": self.noises}
        asked = {"stored": page["stored"], "address": page["address"], **chosen}
        filled = {"versus": self.told, **{name: page[name] for name in KEPT}}
        again = [self.run.click, self.other.submit]
        done = on(again, self.answer, asked, filled, show_progress_on=self.bar, **LANE)
        done.success(None, page["address"], None, js=share.KEEP)
        on(
            page["stored"].change, work.proposed, {"stored": page["stored"], "other": self.other},
            self.other, show_progress="hidden", **ASIDE,
        )  # fmt: skip
        costing = {"stored": page["stored"], **chosen}
        on(
            [self.other.change, self.noises.change], work.cost_html, costing, self.cost,
            queue=False, show_progress="hidden", trigger_mode="always_last",
        )  # fmt: skip

    def answer(
        self,
        stored: str | None,
        address: str,
        other: str,
        noises: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> dict[str, Any]:
        """Compare, show, and keep what was found with the result."""
        hooks = self.flags.hooks(request, progress, unit="images")
        found = work.ask_versus(stored, other, noises, **hooks)
        return {"versus": work.versus_html(found), **kept_as(stored, address, "versus", found)}
