"""The part of the tab "Why" that puts its question to many pictures: what matters on the whole."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.figures.attribution.summary import summary_figure
from genlens.latents.summary import summary_of
from genlens.ui.kit import LANE, RAW, Inputs, html, on, stop_button, whole_number
from genlens.ui.latents.fresh import Fresh
from genlens.ui.latents.why import handlers as events
from genlens.ui.latents.why.controls import chosen


class Many:
    """Builds the section where it is called, inside a ``gr.Blocks``, and wires it; ``asks`` are the
    tab's controls by name."""

    def __init__(self, asks: Inputs) -> None:
        with gr.Accordion("The same question over many pictures", open=False):
            number = gr.Slider(
                10, 200, 40, step=10, label="Pictures",
                info="Drawn at random, always the same ones; more make the interval narrower.",
            )  # fmt: skip
            with gr.Column(elem_classes="gl-run"):
                start = gr.Button("Summarise over these pictures", size="sm")
                bar = html("", elem_classes="gl-bar")
                stop_button(events.FLAGS, elem_classes="gl-stop")
            about = {**asks, "number": number}
            fresh = Fresh(about, _depends_on, "press Summarise")
            self.result, self.of = html(""), fresh.of
        shown = {"many": self.result, "of": fresh.of}
        done = on(start.click, summarise, about, shown, show_progress_on=bar, **LANE, **RAW)
        fresh.watch(after=[done])


def summarise(
    request: gr.Request, progress: gr.Progress = gr.Progress(), **asks: Any
) -> dict[str, Any]:
    """The summary that the controls ask for, as a figure."""
    study = events.study_of_page(asks["model"])
    summary = summary_of(
        study,
        events.question_of(**asks),
        asks["method"],
        settings=chosen(asks["method"], asks),
        n=whole_number("Pictures", asks["number"]),
        **events.FLAGS.hooks(request, progress, "pictures"),
    )
    shown = summary_figure(summary, study.images.mean(axis=0))
    return {"many": shown, "of": _depends_on(**asks)}


def _depends_on(number: Any, **asks: Any) -> dict[str, Any]:
    """As of one picture, but for which one it is."""
    return events.depends_on(**asks) | {"picture": None, "number": number}
