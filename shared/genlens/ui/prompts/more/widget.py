"""The button that asks more of the result on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, html, on, stop_button
from genlens.ui.prompts import link as share
from genlens.ui.prompts.more.kept import KEPT, kept
from genlens.ui.prompts.more.kind import Kind


class AskMore:
    """Builds a button, its progress and its answer where it is called.

    ``first`` builds what stands in one row with the button; the answer opens with ``shown``.
    """

    def __init__(
        self,
        kind: Kind,
        flags: CancelFlags,
        shown: str,
        first: Callable[[], object] | None = None,
    ) -> None:
        self.kind, self.flags = kind, flags
        with gr.Row():
            if first is not None:
                first()
            self.run = gr.Button(
                kind.label,
                variant="primary",
                scale=0,
                min_width=260,
                size="md",
                elem_id=kind.elem_id,
            )
            stop_button(flags)
        self.bar = html("", elem_classes="gl-bar")
        self.told = html(shown, elem_id=f"gl-{kind.part.replace('_', '-')}")

    def wire(self, chosen: Component, page: Mapping[str, Component]) -> None:
        """Join the button to the result on the ``page``, whose components have the names of
        ``kept.KEPT``."""
        asked = {"stored": page["stored"], "address": page["address"], "chosen": chosen}
        filled = {self.kind.part: self.told, **{name: page[name] for name in KEPT}}
        done = on(self.run.click, self.answer, asked, filled, show_progress_on=self.bar, **LANE)
        done.success(None, page["address"], None, js=share.KEEP)

    def answer(
        self,
        stored: str | None,
        address: str,
        chosen: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> dict[str, Any]:
        """Ask, show, and keep what was found with the result."""
        hooks = self.flags.hooks(request, progress, unit="images")
        found = self.kind.ask(stored, chosen, **hooks)
        return {self.kind.part: self.kind.show(found), **kept(stored, address, self.kind, found)}
