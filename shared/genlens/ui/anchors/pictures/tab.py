"""The tab "Your pictures": a ZIP file as anchors of the chosen model, or a VAE trained on it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.ui.anchors.pictures.archive import take_archive
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, Fill, html, on, stop_button
from genlens.ui.own_models import Entries, OwnModels, note_html
from genlens.ui.training.tab import TrainingTab

LABEL = "your anchors"
_ABOUT = """<div class="gl"><p>Give a ZIP file of 10 to 5,000 pictures: they become the anchors of
the chosen model. Each is cut to its centre and made as large as the model takes, grey where it
takes grey; folders become classes. Does the model know them? A diffusion model turns each picture
into noise and draws it again, which takes seconds a picture: it is asked about 60 of them at most,
drawn at random, or as many as time allows, and about 100 pictures of its own. The pictures stay on
this server for an hour at most. Only this browser tab shows them: no link opens them.</p></div>"""
_MORE = '<div class="gl"><h3>Sets of anchors that could be here too</h3></div>'
_TRAIN = "Train a small VAE on your pictures and look at what it knows"


class PicturesTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``.

    ``opened`` is empty: nothing here depends on what the page shows. ``own`` is the visitor's list
    of models; ``tabs`` are the page's, to turn to the scatter of the new anchors.
    """

    def __init__(self, model: gr.Dropdown, own: OwnModels, tabs: gr.Tabs) -> None:
        self.flags = CancelFlags()
        self.own = own
        self.opened: list[Fill] = []
        html(_ABOUT)
        with gr.Row():
            with gr.Column(min_width=280, scale=2):
                self.archive = gr.File(
                    label="ZIP file of pictures (PNG, JPEG, WebP, GIF, BMP, TIFF)",
                    file_types=[".zip"], type="filepath", height=140, elem_id="gl-anchors-zip",
                )  # fmt: skip
            with gr.Column(min_width=280, scale=3):
                with gr.Row():
                    self.ask = gr.Button(
                        "Ask the chosen model about them", variant="primary", scale=0,
                        min_width=260, elem_id="gl-ask-mine",
                    )  # fmt: skip
                    stop_button(self.flags)
                self.bar = html("", elem_classes="gl-bar")
                self.said = html("", elem_id="gl-mine-said")
        with gr.Accordion(
            "Train a small VAE on your pictures and look at what it knows", open=False
        ):
            TrainingTab(model, None, own=own, tabs=tabs, opens="scatter")
        on(
            self.ask.click, self.take,
            {"archive": self.archive, "model_id": model, "entries": own.state},
            {"model": model, "entries": own.state, "said": self.said, "tabs": tabs},
            show_progress_on=self.bar, **LANE,
        )  # fmt: skip

    def take(
        self,
        archive: str | None,
        model_id: str,
        entries: Entries,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> dict[str, Any]:
        """The pictures as anchors of the chosen model, which the page then shows."""
        progress(0, desc="Reading the pictures")
        taken = take_archive(model_id, archive, **self.flags.hooks(request, progress))
        added = self.own.added(entries, f"{taken.title} + {LABEL}", taken.model_id)
        said = [f"{taken.n:,} pictures are anchors of {taken.title} now.", *taken.notes]
        return {
            "entries": added,
            "model": self.own.picker(added, choose=taken.model_id),
            "said": note_html(" ".join(said)),
            "tabs": gr.Tabs(selected="scatter"),
        }
