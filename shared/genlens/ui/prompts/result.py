"""The results' side of the prompt page: components, and how one view fills them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.ui.kit import html
from genlens.ui.prompts import link as share
from genlens.ui.prompts import notes as method_notes
from genlens.ui.prompts import truth as trust
from genlens.ui.prompts.linked import linked_widget
from genlens.ui.prompts.view import FIRST_RULE, RULES, PromptView

FILES = {
    "html": "Report (one HTML file)",
    "json": "JSON (all numbers)",
    "csv": "CSV (one row a word)",
    "png": "PNG (for slides)",
}
_EMPTY = (
    '<div class="gl"><p class="gl-note gl-warn">No explanation was computed in advance for this '
    "copy. Type a prompt and press Explain.</p></div>"
)
_GALLERY = (
    '<div class="gl"><p>All selections of the words, each drawn from the same starting noise. '
    "Payoff: how much the image is like the whole prompt’s (cosine similarity, 1 = same).</p></div>"
)


class PromptResult:
    """Builds the components where it is called, inside a ``gr.Blocks``, filled with ``first``.

    ``outputs`` are the components that an event fills with ``values(view)``, by name.
    """

    def __init__(self, first: PromptView | None) -> None:
        shown = first.linked if first else _EMPTY
        self.linked = linked_widget(shown, elem_id="gl-linked")
        with gr.Tabs():
            with gr.Tab("Numbers"):
                self.rule = gr.Radio(
                    list(RULES),
                    value=FIRST_RULE,
                    label="Shapley values are computed",
                    info="In cosine similarity of CLIP image embeddings; 1 is the same image.",
                )
                self.plot = gr.Plot(
                    first.bar if first else None, elem_id="gl-plot", show_label=False
                )
                self.table = html(first.table if first else "")
            with gr.Tab("Sub-prompts"):
                html(_GALLERY)
                self.gallery = html(first.gallery if first else "")
            with gr.Tab("Objects"):
                self.matrix = html(first.matrix if first else "")
            with gr.Tab("Method"):
                html(method_notes.method_notes())
            with gr.Tab("Trust"):
                html(trust.trust_html(trust.card()))
            with gr.Tab("Export"):
                with gr.Row():
                    self.files = {
                        kind: gr.DownloadButton(label, value=first.files[kind] if first else None)
                        for kind, label in FILES.items()
                    }
                self.link = html(share.link_html(first.address) if first else "")
        self.address = gr.Textbox(visible=False)
        self.game = gr.State(first.game if first else None, time_to_live=3600)

    @property
    def outputs(self) -> dict[str, Any]:
        """The components by the names of ``values``."""
        return {
            "linked": self.linked,
            "plot": self.plot,
            "table": self.table,
            "rule": self.rule,
            "gallery": self.gallery,
            "matrix": self.matrix,
            "link": self.link,
            "address": self.address,
            "game": self.game,
            **self.files,
        }

    @staticmethod
    def values(view: PromptView) -> dict[str, Any]:
        """What ``view`` puts into ``outputs``."""
        return {
            "linked": view.linked,
            "plot": view.bar,
            "table": view.table,
            "rule": FIRST_RULE,
            "gallery": view.gallery,
            "matrix": view.matrix,
            "link": share.link_html(view.address),
            "address": view.address,
            "game": view.game,
            **view.files,
        }
