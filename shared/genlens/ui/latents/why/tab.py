"""The tab "Why": which pixels or latents decide a number of the model, by any method that can
answer."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from genlens.attribution.methods import METHODS, methods_for
from genlens.attribution.results import Attribution
from genlens.figures.attribution.facts import attribution_facts
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.latents.questions import BOX, CHOICES, REGIONS
from genlens.ui.kit import LANE, RAW, Fill, html, on, stop_button
from genlens.ui.latents.fresh import Fresh
from genlens.ui.latents.why import handlers as events
from genlens.ui.latents.why import refit
from genlens.ui.latents.why.controls import Controls, other_shown
from genlens.ui.latents.why.files import FILES
from genlens.ui.latents.why.many import Many
from genlens.ui.latents.why.view import heading

_EMPTY = '<div class="gl"><p class="gl-note">Press Explain.</p></div>'


@dataclass(frozen=True)
class WhyFirst:
    """What the tab opens with: an attribution of ``picture`` (c, h, w), computed in advance; the
    ``note`` says so. ``latent`` is whose mean it explains."""

    attribution: Attribution
    picture: np.ndarray
    note: str = ""
    latent: int = 0

    @property
    def html(self) -> str:
        """The figure and the facts, as of a computed one."""
        note = f'<p><span class="gl-badge">{escape(self.note)}</span></p>' if self.note else ""
        figure = attribution_map(self.attribution, self.picture, uid="gl-why")
        head = heading(self.attribution, CHOICES["latent"])
        facts = attribution_facts(self.attribution)
        return f'<div class="gl gl-why">{note}{head}{figure}{facts}</div>'


class WhyTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``, and wires its events.

    Args:
        model: the page's model picker.
        picture: the number of the picture that is explained.
        first: what to show before anything was computed.

    ``opened`` is what fills it when the model changes; ``linked`` takes what a link asks for
    (``link.read``).
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: WhyFirst | None) -> None:
        with gr.Row(elem_classes="gl-why-page"):
            with gr.Column(scale=2, min_width=300):
                self._question(first.latent if first else 0)
                self._method()
            with gr.Column(scale=5, min_width=320):
                self.result_box = gr.Column()
        self.depends = {
            "model": model, "picture": picture, "target": self.target, "latent": self.latent,
            "label": self.label, "region": self.region, "method": self.method,
        }  # fmt: skip
        self.asks = {
            **self.depends, **self.box, **self.controls.components, "other": self.controls.other,
        }  # fmt: skip
        with self.result_box:
            self.fresh = Fresh(self.asks, events.depends_on, "press Explain")
            self._result(first)
            self.many = Many(self.asks)
        self.refitted = {
            "target": self.target, "latent": self.latent, "label": self.label,
            "region": self.region, **self.box, "method": self.method, "left_out": self.left_out,
            **self.controls.outputs,
        }  # fmt: skip
        self.linked = gr.State(None)
        self.shown = {"result": self.result, "of": self.fresh.of, **self.files}
        self._wire(model, picture)
        cleared = {
            "form": self.form, "grid": self.grid, "layers": self.layers, "many": self.many.result,
            "layers_box": self.layers_box, "grid_of": self.fresh_grid.of, "many_of": self.many.of,
        }  # fmt: skip
        self.opened = [
            Fill(refit.reopen, {"linked": self.linked, **self.depends}, cleared | self.refitted),
            Fill(events.moved, self.asks, self.shown),
        ]

    def _question(self, latent: int) -> None:
        self.form = gr.Radio(
            list(refit.FORMS),
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
            0,
            9,
            latent,
            step=1,
            label="Latent",
            info="Which latent’s mean; the first is 0. The page opens with the one furthest from "
            "where a black picture has it.",
        )
        self.label = gr.Dropdown(
            [],
            label="Class",
            info="Which class’s logit or probability is explained.",
            visible=False,
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
        with gr.Column(elem_classes="gl-run"):
            self.explain = gr.Button("Explain", variant="primary", elem_id="gl-why-explain")
            self.compare = gr.Button("Compare all methods")
            self.bar = html("", elem_classes="gl-bar")
            stop_button(events.FLAGS, elem_classes="gl-stop")
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
        self.fresh_grid = Fresh(self.asks, events.compared_on, "press Compare all methods")
        self.grid = html("", elem_id="gl-why-all")
        with gr.Row():
            self.grid_files = {
                kind: gr.DownloadButton(f"All methods: {kind.upper()}", size="sm", visible=False)
                for kind in ("json", "csv")
            }
        with gr.Accordion(
            "What the layers say to pictures of one class", open=False
        ) as self.layers_box:
            self.centre = gr.Checkbox(
                True,
                label="Take off each layer’s mean first",
                info="Without it even unlike pictures look alike: activations are never negative.",
            )
            self.look = gr.Button("Look at the layers", size="sm")
            self.layers = html("")

    def _wire(self, model: gr.Dropdown, picture: gr.Number) -> None:
        lane = {**LANE, **RAW}
        run: dict[str, Any] = {"show_progress_on": self.bar, **lane}
        explained = Fill(events.show, self.asks, self.shown)
        fitted = Fill(refit.refit, self.depends, self.refitted)
        runs = [on(self.explain.click, *explained, **run)]

        on(self.target.input, lambda: None, {}, self.form, queue=False)
        changed = on(self.target.input, *fitted, **lane)
        runs.append(on(changed.success, *explained, **run))

        set_by_form = {"target": self.target, "method": self.method}
        taken = on(self.form.input, refit.take_form, {"form": self.form}, set_by_form, queue=False)
        changed = on(taken.then, *fitted, **lane)
        runs.append(on(changed.success, *explained, **run))

        settings = {"method": self.method, **self.controls.outputs}
        changed = on(self.method.input, refit.refit_method, self.depends, settings, **lane)
        runs.append(on(changed.success, *explained, **run))
        compared_with, other = self.controls.components["against"], self.controls.other
        on(compared_with.input, other_shown, {"against": compared_with}, other, queue=False)

        asked = {"target": self.target, "region": self.region}
        on(self.region.input, refit.box_shown, asked, self.box, queue=False)

        again: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last", **lane}
        changed = on(picture.change, refit.refit_quietly, self.depends, self.refitted, **again)
        runs.append(on(changed.success, events.moved, self.asks, self.shown, **again))
        self.fresh.watch(after=runs)

        compared = {"grid": self.grid, "of": self.fresh_grid.of, **self.grid_files}
        done = on(self.compare.click, events.show_all, self.asks, compared, **run)
        on(done.success, _all_visible, {}, self.grid_files)
        self.fresh_grid.watch(picture.change, after=[done])
        asked = {"model": model, "centre": self.centre}
        on([self.look.click, self.centre.input], events.show_layers, asked, self.layers, **LANE)


def _all_visible() -> dict[str, Any]:
    return {kind: gr.update(visible=True) for kind in ("json", "csv")}
