"""The map's settings: projection, its parameters, colours, search, and the groups to compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import html, stop_button
from genlens.ui.latents.charts import MOST, PCA, TITLES, Projection
from genlens.ui.latents.map.groups import NO_GROUPS, groups_html
from genlens.ui.latents.map.view import CLASS, ERROR, PLAIN


class Drawing:
    """Builds the controls of how a map is drawn; ``asked`` are those that make a projection."""

    def __init__(self, flags: CancelFlags) -> None:
        with gr.Row():
            self.title = gr.Radio(
                list(TITLES),
                value=PCA.title,
                label="Projection",
                info="t-SNE and UMAP take 10 to 60 s.",
                elem_id="gl-map-title",
            )
            self.colour = gr.Dropdown(
                [CLASS, ERROR, PLAIN],
                value=CLASS,
                label="Colour by",
                info="What colours show.",
                elem_id="gl-map-colour",
            )
            stop_button(flags, min_width=80, scale=0, size="sm", elem_id="gl-map-cancel")
        with gr.Row(visible=False) as self.tsne:
            info = (
                "About how many neighbours each picture listens to. Few (5): small, tight islands; "
                "many (100): the large shape. Draw two before believing either."
            )
            self.perplexity = gr.Slider(
                2, MOST, PCA.perplexity, step=1, label="Perplexity", info=info
            )
        with gr.Row(visible=False) as self.umap:
            info = (
                "How many neighbours each picture listens to. Few: small groups; many: the whole."
            )
            self.neighbours = gr.Slider(
                2, MOST, PCA.neighbours, step=1, label="Neighbours", info=info
            )
            info = "How close points may lie, in map units. 0: tight clumps; 1: evenly spread."
            self.min_dist = gr.Slider(
                0, 1, PCA.min_dist, step=0.05, label="Minimum distance", info=info
            )
        self.again = gr.Button(
            "Draw with these settings", size="sm", visible=False, elem_id="gl-map-again"
        )
        self.asked = {
            "title": self.title,
            "perplexity": self.perplexity,
            "neighbours": self.neighbours,
            "min_dist": self.min_dist,
        }
        self.settings = {"tsne": self.tsne, "umap": self.umap, "again": self.again}


def find_box() -> gr.Textbox:
    """Where words are typed whose pictures are to stand out."""
    return gr.Textbox(
        label="Find",
        info="Pictures that stand out: a class, an attribute, a word of a caption.",
        max_length=200,
        elem_id="gl-map-find",
    )


def settings_of(projection: Projection) -> dict[str, Any]:
    """Which of the settings are shown for a projection."""
    method = projection.method
    return {
        "tsne": gr.Row(visible=method == "tsne"),
        "umap": gr.Row(visible=method == "umap"),
        "again": gr.Button(visible=method != "pca"),
    }


class Grouping:
    """Builds the controls of the two groups."""

    def __init__(self, names: Sequence[str]) -> None:
        with gr.Row():
            self.side = gr.Radio(
                ["A", "B"],
                value="A",
                label="Lasso and box fill group",
                info="With Shift held they fill B, whatever is chosen here.",
                min_width=160,
            )
            info = "Without a mouse: all pictures of a class as one group."
            self.class_a = gr.Dropdown(
                list(names), value=None, label="Group A from class", info=info, min_width=160
            )
            self.class_b = gr.Dropdown(
                list(names), value=None, label="Group B from class", info=info, min_width=160
            )
            self.clear = gr.Button("Clear groups", min_width=140, scale=0, size="sm")
        self.said = html(groups_html(NO_GROUPS), elem_id="gl-groups-said")
        self.comparison = html("", elem_id="gl-comparison")
