"""The tab "Units": a layer's units against concepts, painting with them, and what they cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import gradio as gr

from genlens.ui.kit import LANE, Fill, html, on
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked
from genlens.ui.steering.units.endpoints import ENDPOINTS
from genlens.ui.steering.units.handlers import Handlers
from genlens.ui.steering.units.known import BRUSHED, REGIONS, SAMPLES, SEEN

SIDE = 320
_ABOUT = (
    '<div class="gl"><p>A layer of a generator is a stack of units, each a small map of where it '
    "is on. Some units are on where hair is drawn, others where a mouth is: the table compares "
    "each unit’s map with each concept’s pixels (IoU, intersection over union: 1 is the same "
    "place; “by place alone” is what remains when the pixels are those of another picture). "
    "Standing for something is not causing it: so switch units off or on, look, and measure (GAN "
    "dissection and GANPaint, Bau et al. 2019).</p></div>"
)


class UnitsTab:
    """Builds the tab where it is called."""

    name: ClassVar[str] = "units"
    title: ClassVar[str] = "Units"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = ENDPOINTS

    def __init__(self, head: Head) -> None:
        self.does = Handlers(head.flags)
        html(_ABOUT)
        self._build_table()
        self._build_paint()
        self._wire(head)
        self.linked: dict[str, Linked] = {}

    def _build_table(self) -> None:
        with gr.Row():
            self.layer = gr.Dropdown(
                [], label="Layer", info="1 is the coarsest.", min_width=140,
                allow_custom_value=True, elem_id="gl-units-layer",
            )  # fmt: skip
            self.concepts = gr.Dropdown(
                [], label="Concepts", info="What pixels are told apart by.", min_width=220,
                allow_custom_value=True,
            )  # fmt: skip
            self.samples = gr.Number(
                SAMPLES, label="Pictures", info="10 to 400; half choose thresholds.", min_width=120
            )
            self.compare = gr.Button(
                "Compare", size="md", scale=0, min_width=120, elem_id="gl-units-compare"
            )
        self.table = html("", elem_id="gl-units-table")

    def _build_paint(self) -> None:
        html('<div class="gl"><h3>Paint</h3></div>')
        with gr.Row():
            with gr.Column(min_width=280):
                self.editor = gr.ImageEditor(
                    label="Brush over a part of the face", sources=(), transforms=(), layers=False,
                    type="numpy", canvas_size=(SIDE, SIDE), fixed_canvas=True, height=SIDE + 90,
                    brush=gr.Brush(default_size=28, colors=["#0072B2"], color_mode="fixed"),
                    elem_id="gl-units-editor",
                )  # fmt: skip
            with gr.Column(min_width=280):
                self.concept = gr.Dropdown(
                    [], label="Concept", info="Its best units are switched.",
                    allow_custom_value=True, elem_id="gl-units-concept",
                )  # fmt: skip
                with gr.Row():
                    self.count = gr.Number(
                        8, label="Units", info="How many of the best.", min_width=110
                    )
                    self.own = gr.Textbox(
                        "", label="Or these units", info="Numbers, such as 3, 17.", min_width=150
                    )
                self.switch = gr.Radio(["off", "on"], value="off", label="Switch them")
                self.region = gr.Dropdown(list(REGIONS), value=SEEN, label="In")
                self.paint = gr.Button("Draw again", variant="primary", elem_id="gl-units-paint")
        self.painted = html("", elem_id="gl-units-painted")
        html('<div class="gl"><h3>Causes and places</h3></div>')
        with gr.Row():
            self.effect = gr.Button("Do they cause it?", elem_id="gl-units-effect")
            self.where = gr.Button("Where can it be drawn?", elem_id="gl-units-where")
        self.measured = html("", elem_id="gl-units-measured")

    def _wire(self, head: Head) -> None:
        layer = {"layer": self.layer, "concepts": self.concepts, "samples": self.samples}
        units = {"concept": self.concept, "count": self.count, "own": self.own}
        paint = {"switch": self.switch, "region": self.region, "editor": self.editor}
        asked = {**head.asked, **layer}
        filled = {
            "layer": self.layer, "concepts": self.concepts, "table": self.table,
            "concept": self.concept, "editor": self.editor, "painted": self.painted,
        }  # fmt: skip
        self.opened = [Fill(self.does.open, {**asked, **units}, filled)]
        changed = [self.compare.click, self.layer.input, self.concepts.input]
        on(
            changed,
            self.does.compare,
            {**asked, **units},
            filled,
            show_progress_on=self.table,
            **LANE,
        )
        on(
            self.paint.click, self.does.paint, {**asked, **units, **paint}, self.painted,
            show_progress_on=self.painted, **LANE,
        )  # fmt: skip
        on(self.editor.input, lambda: BRUSHED, {}, self.region, queue=False, show_progress="hidden")
        for button, work in ((self.effect, self.does.effect), (self.where, self.does.where)):
            on(
                button.click, work, {**asked, **units}, self.measured,
                show_progress_on=self.measured, **LANE,
            )  # fmt: skip
