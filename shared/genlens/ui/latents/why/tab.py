"""The tab "Why": which pixels or latents decide a number of the model, by thirteen methods."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genlens.attribution.methods import METHODS, methods_for
from genlens.attribution.results import Attribution
from genlens.errors import InputError
from genlens.figures.attribution.facts import attribution_facts
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.latents.questions import BOX, CHOICES, REGIONS
from genlens.ui.latents.why import handlers as events
from genlens.ui.latents.why import view as why_view
from genlens.ui.latents.why.controls import Controls
from genlens.ui.latents.why.files import FILES, asked_dict
from genlens.ui.messages import told

if TYPE_CHECKING:
    import gradio as gr
    import numpy as np

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
        note = f'<p><span class="gl-badge">{html.escape(self.note)}</span></p>' if self.note else ""
        figure = attribution_map(self.attribution, self.picture, uid="gl-why")
        return f'<div class="gl gl-why">{note}{figure}{attribution_facts(self.attribution)}</div>'


class WhyTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, and wires its events.

    Args:
        model: the page's model picker.
        picture: the number of the picture that is explained.
        first: what to show before anything was computed.

    ``opened`` is what a page runs when the model changes (and once when it is loaded).
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: WhyFirst | None) -> None:
        import gradio as gr

        with gr.Row(elem_classes="gl-why-page"):
            with gr.Column(scale=2, min_width=300):
                self._question(gr)
                self._method(gr)
            with gr.Column(scale=5, min_width=320):
                self._result(gr, first)
        self.asks = [
            model, picture, self.target, self.latent, self.label, self.region, *self.box,
            self.method,
        ]  # fmt: skip
        self.inputs = [*self.asks, *self.controls.components]
        self.depends = [
            model, picture, self.target, self.latent, self.label, self.region, self.method,
        ]  # fmt: skip
        self.refitted = [
            self.target, self.latent, self.label, self.region, *self.box, self.method,
            self.left_out, *self.controls.outputs,
        ]  # fmt: skip
        self.shown = [self.result, *self.files]
        self._wire(model, picture)
        self.opened: list[tuple[Any, list[Any], list[Any]]] = [
            (reopen, self.depends, [self.form, self.grid, self.layers, *self.refitted]),
            (events.moved, self.inputs, self.shown),
        ]

    def _question(self, gr: Any) -> None:
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
        self.box = [
            gr.Slider(0, top, value, step=1, label=label, info=f"{info}, in pixels.", visible=False)
            for label, info, value, top in (
                ("Left edge", "First column, from 0 at the left", 7, 27),
                ("Top edge", "First row, from 0 at the top", 7, 27),
                ("Right edge", "First column that is outside again", 21, 28),
                ("Bottom edge", "First row that is outside again", 21, 28),
            )
        ]

    def _method(self, gr: Any) -> None:
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
            self.cancel = gr.Button("Cancel", min_width=90)
        self.compare = gr.Button("Compare all methods")
        self.bar = gr.HTML("", elem_classes="gl-bar", apply_default_css=False)
        with gr.Accordion("Settings of this method", open=False):
            self.controls = Controls(events.FIRST_METHOD)
        self.left_out = gr.HTML("", apply_default_css=False)

    def _result(self, gr: Any, first: WhyFirst | None) -> None:
        shown = first.html if first else _EMPTY
        self.result = gr.HTML(shown, apply_default_css=False, elem_id="gl-why-result")
        with gr.Row():
            self.files = [gr.DownloadButton(label, size="sm") for label in FILES.values()]
        self.grid = gr.HTML("", apply_default_css=False, elem_id="gl-why-all")
        with gr.Row():
            self.grid_files = [
                gr.DownloadButton(label, size="sm", visible=False)
                for label in ("All methods: JSON", "All methods: CSV")
            ]
        with gr.Accordion("What the layers say to pictures of one class", open=False):
            self.centre = gr.Checkbox(
                True,
                label="Take off each layer’s mean first",
                info="Without it even unlike pictures look alike: activations are never negative.",
            )
            self.look = gr.Button("Look at the layers", size="sm")
            self.layers = gr.HTML("", apply_default_css=False)

    def _wire(self, model: gr.Dropdown, picture: gr.Number) -> None:
        import gradio as gr

        lane: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
        hidden: dict[str, Any] = {"api_visibility": "private"}
        run: dict[str, Any] = {"show_progress_on": self.bar, **lane, **hidden}
        explained = (events.show, self.inputs, self.shown)
        self.explain.click(*explained, **run)
        refit = (events.refit, self.depends, self.refitted)
        self.target.input(lambda: None, None, self.form, queue=False, **hidden)
        self.target.input(*refit, **lane, **hidden).success(*explained, **run)
        self.form.input(
            events.take_form, self.form, [self.target, self.method], queue=False, **hidden
        ).then(*refit, **lane, **hidden).success(*explained, **run)
        changed = [self.method, *self.controls.outputs]
        self.method.input(
            events.refit_method, self.depends, changed, **lane, **hidden
        ).success(*explained, **run)  # fmt: skip
        self.region.input(
            events.box_shown, [self.target, self.region], self.box, queue=False, **hidden
        )
        again: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
        picture.change(*refit, **again, **lane, **hidden).success(
            events.moved, self.inputs, self.shown, **again, **lane, **hidden
        )
        self.compare.click(
            events.show_all, self.inputs, [self.grid, *self.grid_files], **run
        ).success(lambda: [gr.update(visible=True)] * 2, None, self.grid_files, **hidden)
        self.look.click(events.show_layers, [model, self.centre], self.layers, **lane, **hidden)
        self.cancel.click(events.stop, None, None, queue=False, **hidden)


@told
def reopen(*depends: Any) -> list[Any]:
    """Another model: its controls, and what was shown of the last one gone."""
    import gradio as gr

    updates = events.fitted(*depends, new_model=True)
    forms = events.forms_of(events.study_of_page(depends[0]))
    return [gr.update(choices=forms, value=None), "", "", *updates]


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
    from genlens.latents.questions import label_of

    if method not in METHODS:
        raise InputError(f"there is no method {method!r}: take one of {', '.join(METHODS)}")
    if settings is not None and not isinstance(settings, dict):
        raise InputError('settings should be an object such as {"steps": 200}')
    study = events.study_of_page(model)
    index = events.whole_number("the picture", picture)
    edges = list(box) if box else [None] * 4
    if len(edges) != 4:
        raise InputError(f"the box has {len(edges)} numbers: give left, top, right and bottom")
    needs = CHOICES[target].needs if target in CHOICES else ""
    if needs == "label" and not label:
        study.picture(index)  # refuses a number that there is no picture for
        label = label_of(study, index)
    question = events.read_question(target, latent, label, region, edges)
    asked, found = why_view.explained(study, index, question, method, settings)
    notes = [*found.notes, *asked.notes]
    return asked_dict(index, question) | found.to_dict() | {"notes": notes}
