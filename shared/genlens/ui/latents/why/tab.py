"""The tab "Why": which pixels or latents decide a number of the model, by thirteen methods."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from genlens.attribution.methods import METHODS, methods_for
from genlens.attribution.results import Attribution
from genlens.errors import InputError
from genlens.figures.attribution.facts import attribution_facts
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.latents.questions import BOX, CHOICES, REGIONS, label_of
from genlens.ui.kit import LANE, Fill, html, on, stop_button, whole_number
from genlens.ui.latents.why import handlers as events
from genlens.ui.latents.why import view as why_view
from genlens.ui.latents.why.controls import Controls
from genlens.ui.latents.why.files import FILES, asked_dict

_EMPTY = '<div class="gl"><p class="gl-note">Press Explain.</p></div>'


@dataclass(frozen=True)
class WhyFirst:
    """What the tab opens with: an attribution of ``picture`` (c, h, w), computed in advance; the
    ``note`` says so."""

    attribution: Attribution
    picture: np.ndarray
    note: str = ""

    @property
    def html(self) -> str:
        """The figure and the facts, as of a computed one."""
        note = f'<p><span class="gl-badge">{escape(self.note)}</span></p>' if self.note else ""
        figure = attribution_map(self.attribution, self.picture, uid="gl-why")
        return f'<div class="gl gl-why">{note}{figure}{attribution_facts(self.attribution)}</div>'


class WhyTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, and wires its events.

    Args:
        model: the page's model picker.
        picture: the number of the picture that is explained.
        first: what to show before anything was computed.

    ``opened`` is what fills it when the model changes.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: WhyFirst | None) -> None:
        with gr.Row(elem_classes="gl-why-page"):
            with gr.Column(scale=2, min_width=300):
                self._question()
                self._method()
            with gr.Column(scale=5, min_width=320):
                self._result(first)
        self.depends = {
            "model": model, "picture": picture, "target": self.target, "latent": self.latent,
            "label": self.label, "region": self.region, "method": self.method,
        }  # fmt: skip
        self.asks = {**self.depends, **self.box, **self.controls.components}
        self.refitted = {
            "target": self.target, "latent": self.latent, "label": self.label,
            "region": self.region, **self.box, "method": self.method, "left_out": self.left_out,
            **self.controls.outputs,
        }  # fmt: skip
        self.shown = {"result": self.result, **self.files}
        self._wire(model, picture)
        cleared = {"form": self.form, "grid": self.grid, "layers": self.layers}
        self.opened = [
            Fill(reopen, self.depends, cleared | self.refitted),
            Fill(events.moved, self.asks, self.shown),
        ]

    def _question(self) -> None:
        self.form = gr.Radio(
            list(events.FORMS),
            label="Saliency in its four forms",
            info="Ready-made questions: one click sets what is explained and how.",
        )
        first = CHOICES["latent"]
        self.target = gr.Dropdown(
            [(c.title, c.name) for c in CHOICES.values()],
            value=first.name,
            label="What is explained",
            info=first.help,
        )
        self.latent = gr.Slider(
            0, 9, 0, step=1, label="Latent", info="Which latent’s mean; the first is 0."
        )
        self.label = gr.Dropdown(
            [], label="Class", info="Whose probability is explained.", visible=False
        )
        self.region = gr.Dropdown(
            [(f"the {name}" if name != BOX else "a box of my own", name) for name in REGIONS],
            value=REGIONS[0],
            label="Region",
            info="Which pixels of the model’s own picture; known parts come first.",
            visible=False,
        )
        self.box = {
            side: gr.Slider(
                0, top, value, step=1, label=f"{side.title()} edge", info=f"{info}, in pixels.",
                visible=False,
            )
            for side, info, value, top in (
                ("left", "First column, from 0 at the left", 7, 27),
                ("top", "First row, from 0 at the top", 7, 27),
                ("right", "First column that is outside again", 21, 28),
                ("bottom", "First row that is outside again", 21, 28),
            )
        }  # fmt: skip

    def _method(self) -> None:
        self.method = gr.Dropdown(
            [(m.title, m.name) for m in methods_for("image")],
            value=events.FIRST_METHOD,
            label="Method",
            info=METHODS[events.FIRST_METHOD].help,
            elem_id="gl-why-method",
        )
        with gr.Row():
            self.explain = gr.Button(
                "Explain", variant="primary", min_width=99, elem_id="gl-why-explain"
            )
            stop_button(events.FLAGS)
        self.compare = gr.Button("Compare all methods")
        self.bar = html("", elem_classes="gl-bar")
        with gr.Accordion("Settings of this method", open=False):
            self.controls = Controls(events.FIRST_METHOD)
        self.left_out = html("")

    def _result(self, first: WhyFirst | None) -> None:
        shown = first.html if first else _EMPTY
        self.result = html(shown, elem_id="gl-why-result")
        with gr.Row():
            self.files = {
                kind: gr.DownloadButton(label, size="sm") for kind, label in FILES.items()
            }
        self.grid = html("", elem_id="gl-why-all")
        with gr.Row():
            self.grid_files = {
                kind: gr.DownloadButton(f"All methods: {kind.upper()}", size="sm", visible=False)
                for kind in ("json", "csv")
            }
        with gr.Accordion("What the layers say to pictures of one class", open=False):
            self.centre = gr.Checkbox(
                True,
                label="Take off each layer’s mean first",
                info="Without it even unlike pictures look alike: activations are never negative.",
            )
            self.look = gr.Button("Look at the layers", size="sm")
            self.layers = html("")

    def _wire(self, model: gr.Dropdown, picture: gr.Number) -> None:
        run: dict[str, Any] = {"show_progress_on": self.bar, **LANE}
        explained = Fill(events.show, self.asks, self.shown)
        refit = Fill(events.refit, self.depends, self.refitted)
        on(self.explain.click, *explained, **run)

        on(self.target.input, lambda: None, {}, self.form, queue=False)
        changed = on(self.target.input, *refit, **LANE)
        on(changed.success, *explained, **run)

        set_by_form = {"target": self.target, "method": self.method}
        taken = on(self.form.input, events.take_form, {"form": self.form}, set_by_form, queue=False)
        changed = on(taken.then, *refit, **LANE)
        on(changed.success, *explained, **run)

        settings = {"method": self.method, **self.controls.outputs}
        changed = on(self.method.input, events.refit_method, self.depends, settings, **LANE)
        on(changed.success, *explained, **run)

        asked = {"target": self.target, "region": self.region}
        on(self.region.input, events.box_shown, asked, self.box, queue=False)

        again: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last", **LANE}
        changed = on(picture.change, *refit, **again)
        on(changed.success, events.moved, self.asks, self.shown, **again)

        compared = {"grid": self.grid, **self.grid_files}
        done = on(self.compare.click, events.show_all, self.asks, compared, **run)
        on(done.success, _all_visible, {}, self.grid_files)
        asked = {"model": model, "centre": self.centre}
        on(self.look.click, events.show_layers, asked, self.layers, **LANE)


def reopen(**depends: Any) -> dict[str, Any]:
    """Another model: its controls, and what was shown of the last one gone."""
    forms = events.forms_of(events.study_of_page(depends["model"]))
    cleared = {"form": gr.update(choices=forms, value=None), "grid": "", "layers": ""}
    return cleared | events.refit(**depends, new_model=True)


def _all_visible() -> dict[str, Any]:
    return {kind: gr.update(visible=True) for kind in ("json", "csv")}


def api_attribute(
    model: str,
    picture: float = 0,
    target: str = "latent",
    method: str = "saliency",
    latent: float = 0,
    label: str = "",
    region: str = "middle",
    box: list[float] | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Which pixels or latents of a picture decide a number of an autoencoder, by one method.

    Args:
        model: id of the autoencoder, for example "digits-vae".
        picture: number of the picture among those the page shows for this model, from 0.
        target: latent, error, class, region (explained by pixels); decoded-region, decoded-class,
            code-error, elbo (explained by latents).
        method: such as saliency, lrp or shap; any other name is answered with the list of all.
        latent: which latent's mean, from 0, for the target latent.
        label: the class, as "class/7" or "glasses/glasses"; empty takes the picture's own.
        region: a known part ("glasses"), a half ("top half"), "middle", "whole picture" or "box".
        box: left, top, right, bottom in pixels, for the region "box".
        settings: the method's own, for example {"steps": 200, "against": "mean", "seed": 1}.

    Returns:
        values (channels x rows x columns, rows x columns, or one for each latent), output, base,
        gap, seconds, model_calls, labels, settings, notes, picture and question.
    """
    if method not in METHODS:
        raise InputError(f"there is no method {method!r}: take one of {', '.join(METHODS)}")
    if settings is not None and not isinstance(settings, dict):
        raise InputError('settings should be an object such as {"steps": 200}')
    study = events.study_of_page(model)
    index = whole_number("the picture", picture)
    edges = list(box) if box else [None] * 4
    if len(edges) != 4:
        raise InputError(f"the box has {len(edges)} numbers: give left, top, right and bottom")
    needs = CHOICES[target].needs if target in CHOICES else ""
    if needs == "label" and not label:
        study.picture(index)  # refuses a number that there is no picture for
        label = label_of(study, index)
    question = events.read_question(target, latent, label, region, edges)
    asked, attribution = why_view.explained(study, index, question, method, settings)
    notes = [*attribution.notes, *asked.notes]
    return asked_dict(index, question) | attribution.to_dict() | {"notes": notes}
