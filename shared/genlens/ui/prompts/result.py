"""The results' side of the prompt page: components, and how one view fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genlens.ui.prompts import link as share
from genlens.ui.prompts import notes as method_notes
from genlens.ui.prompts import truth as trust
from genlens.ui.prompts.linked import linked_widget
from genlens.ui.prompts.view import FIRST_RULE, RULES, PromptView

if TYPE_CHECKING:
    import gradio as gr

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

    ``outputs`` are the components that an event fills with ``values(view)``, in that order.
    """

    def __init__(self, first: PromptView | None) -> None:
        import gradio as gr

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
                self.table = _html(first.table if first else "")
            with gr.Tab("Sub-prompts"):
                _html(_GALLERY)
                self.gallery = _html(first.gallery if first else "")
            with gr.Tab("Objects"):
                self.matrix = _html(first.matrix if first else "")
            with gr.Tab("Method"):
                _html(method_notes.method_notes())
            with gr.Tab("Trust"):
                _html(trust.trust_html(trust.card()))
            with gr.Tab("Export"):
                with gr.Row():
                    self.files = [
                        gr.DownloadButton(label, value=first.files[kind] if first else None)
                        for kind, label in FILES.items()
                    ]
                self.link = _html(share.link_html(first.address) if first else "")
        self.address = gr.Textbox(visible=False)
        self.game = gr.State(first.game if first else None, time_to_live=3600)

    @property
    def outputs(self) -> list[Any]:
        """Components in the order of ``values``."""
        parts = [self.linked, self.plot, self.table, self.rule, self.gallery, self.matrix]
        return [*parts, *self.files, self.link, self.address, self.game]

    @staticmethod
    def values(view: PromptView) -> list[Any]:
        """What ``view`` puts into ``outputs``."""
        parts = [view.linked, view.bar, view.table, FIRST_RULE, view.gallery, view.matrix]
        files = [view.files[kind] for kind in FILES]
        return [*parts, *files, share.link_html(view.address), view.address, view.game]


def _html(value: str) -> gr.HTML:
    import gradio as gr

    return gr.HTML(value, apply_default_css=False)
