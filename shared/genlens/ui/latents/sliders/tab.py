"""The latents tab: sliders with live decoding, all traversals, a grid of two, ways between two
pictures."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.errors import InputError
from genlens.figures.picture_strip import picture_grid, picture_strip
from genlens.figures.style import percent
from genlens.latents.traversals.handles import Handles
from genlens.latents.traversals.traversal import grid, interpolate, traverse
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, RAW, Fill, html, on, stop_button, whole_number
from genlens.ui.latents.sliders.steer import handles_of, slider_widget, sliders_html, steering
from genlens.ui.studies import study

ALL, PLANE, WAY = "All traversals", "Two at once", "Between two pictures"
MODES = ["linear", "spherical"]
RUN = {"rows": "Show traversals", "plane": "Show grid", "way": "Show the way"}
"""Result -> the button that makes it."""
WAIT = '<div class="gl"><p class="gl-note">The sliders appear when the model is loaded.</p></div>'


class LatentsTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``.

    ``opened`` is what fills it when the model changes, and when the tab is opened for the first
    time: nothing here is computed in advance.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number) -> None:
        self.flags = CancelFlags()
        self.about = html("", elem_id="gl-handles")
        self.sliders = slider_widget(WAIT, elem_id="gl-sliders")
        with gr.Tabs(overflow_behavior="wrap"):
            with gr.Tab(ALL):
                self._traversals(model, picture)
            with gr.Tab(PLANE):
                self._plane(model, picture)
            with gr.Tab(WAY):
                self._way(model, picture)
        asked = {"model_id": model, "picture": picture}
        on(
            picture.change, self.turn, asked,
            {"sliders": self.sliders, "rows": self.rows, "plane": self.plane, "way": self.way},
            show_progress="minimal", trigger_mode="always_last", **LANE,
        )  # fmt: skip
        self.opened = [
            Fill(
                self.open,
                asked,
                {
                    "about": self.about,
                    "sliders": self.sliders,
                    "across": self.across,
                    "up": self.up,
                    "rows": self.rows,
                    "plane": self.plane,
                    "way": self.way,
                },
            )
        ]

    def _traversals(self, model: gr.Dropdown, picture: gr.Number) -> None:
        with gr.Row():
            count = gr.Slider(
                1, 32, 10, step=1, label="Rows", info="How many, most varying first.", min_width=160
            )
            steps = _steps(9)
            run = gr.Button(RUN["rows"], variant="primary", min_width=150, scale=0)
            stop_button(self.flags, scale=0)
        bar = html("", elem_classes="gl-bar")
        self.rows = html(_press("rows"), elem_id="gl-traversals")
        self._watch("rows", self.rows, count, steps)
        asked = {"model_id": model, "picture": picture, "count": count, "steps": steps}
        on(run.click, self.traverse, asked, self.rows, show_progress_on=bar, **RAW, **LANE)

    def _plane(self, model: gr.Dropdown, picture: gr.Number) -> None:
        with gr.Row():
            info = "Changes from left to right."
            self.across = gr.Dropdown([], label="Across", info=info, min_width=140)
            info = "Changes from top to bottom."
            self.up = gr.Dropdown([], label="Down", info=info, min_width=140)
            steps = _steps(7, 13)
            run = gr.Button(RUN["plane"], variant="primary", min_width=120, scale=0)
        self.plane = html(_press("plane"), elem_id="gl-plane")
        self._watch("plane", self.plane, self.across, self.up, steps)
        asked = {"model_id": model, "picture": picture, "steps": steps}
        on(
            run.click,
            self.two,
            asked | {"across": self.across, "up": self.up},
            self.plane,
            **RAW,
            **LANE,
        )

    def _way(self, model: gr.Dropdown, picture: gr.Number) -> None:
        with gr.Row():
            info = "Number of the picture to go to, from 0."
            end = gr.Number(1, label="To picture", info=info, min_width=140)
            info = "Linear: the straight line. Spherical: turns at constant speed and stays as far "
            info += "out as its ends."
            mode = gr.Radio(MODES, value=MODES[0], label="Way", info=info, min_width=200)
            steps = _steps(9)
            run = gr.Button(RUN["way"], variant="primary", min_width=130, scale=0)
        self.way = html(_press("way"), elem_id="gl-way")
        self._watch("way", self.way, end, mode, steps)
        asked = {"model_id": model, "picture": picture, "end": end, "mode": mode, "steps": steps}
        on(run.click, self.between, asked, self.way, **RAW, **LANE)

    def _watch(self, name: str, result: gr.HTML, *settings: Any) -> None:
        """A result goes when one of its settings changes: it is not of the new ones."""
        on(
            [setting.input for setting in settings], lambda: _press(name), {}, result,
            queue=False, show_progress="hidden",
        )  # fmt: skip

    def open(self, model_id: str, picture: float | None) -> dict[str, Any]:
        """Everything of a newly chosen model."""
        axes = handles_of(model_id)
        names = [axes.names[int(j)] for j in axes.use.order]
        return {
            "about": about_html(axes, study(model_id).codes.latent_shape),
            **self.turn(model_id, picture),
            "across": gr.Dropdown(choices=names, value=names[0]),
            "up": gr.Dropdown(choices=names, value=names[min(1, len(names) - 1)]),
        }

    def turn(self, model_id: str, picture: float | None) -> dict[str, str]:
        """The sliders of another picture; what was made of the last one goes."""
        sliders = sliders_html(model_id, whole_number("the picture number", picture))
        return {"sliders": sliders, **{name: _press(name) for name in RUN}}

    def traverse(
        self,
        model_id: str,
        picture: float | None,
        count: float,
        steps: float,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """All traversals of a picture as one grid."""
        progress(0, desc="Decoding")
        index = whole_number("the picture number", picture)
        steered = steering(model_id, index)
        most = whole_number("rows", count)
        rows = [int(j) for j in steered.handles.use.order[:most]]
        walked = traverse(
            steered.coder.model,
            steered.places,
            use=steered.handles.use,
            latents=tuple(rows),
            steps=whole_number("steps", steps),
            **self.flags.hooks(request, progress, "pictures"),
        )
        names = [
            f"{steered.handles.names[j]}, moves {c:.2f}"
            for j, c in zip(rows, walked.change, strict=True)
        ]
        title = (
            f"Around picture {index}: each row moves one {_kind(steered.handles)} from its "
            "1st to its 99th percentile over all pictures and leaves the others alone. “Moves” is "
            "how far the picture travels along the row (root mean square change of brightness, "
            "added up)."
        )
        values = [[f"{v:.2f}" for v in line] for line in walked.values]
        return _figure(picture_grid(walked.images, names, values, title=title, size=56))

    def two(self, model_id: str, picture: float | None, across: str, up: str, steps: float) -> str:
        """A grid over two handles."""
        index = whole_number("the picture number", picture)
        steered = steering(model_id, index)
        axes = steered.handles
        pair = (_named(axes, across), _named(axes, up))
        made = grid(
            steered.coder.model,
            steered.places,
            pair,
            use=axes.use,
            steps=whole_number("steps", steps),
        )
        title = f"Around picture {index}: {across} grows to the right, {up} grows downwards."
        return _figure(
            picture_grid(
                made.images,
                [f"{v:.2f}" for v in made.y],
                [f"{v:.2f}" for v in made.x],
                title=title,
                corner=f"{up} ↓ {across} →",
            )
        )

    def between(
        self, model_id: str, picture: float | None, end: float | None, mode: str, steps: float
    ) -> str:
        """The way from the chosen picture to another one."""
        pictures = study(model_id)
        here, there = whole_number("the picture number", picture), whole_number("To picture", end)
        model, start = pictures.at(here)
        count = whole_number("steps", steps)
        walked = interpolate(model, start, pictures.at(there)[1], steps=count, mode=mode)
        jump = int(walked.change.argmax())
        captions = [f"{percent(float(t))}" for t in walked.t]
        strip = picture_strip(
            walked.images, captions, alts=[f"{c} of the way" for c in captions], size=84,
            title=f"From picture {here} to picture {there}, {mode}",
        )  # fmt: skip
        said = (
            f"The picture changes most between {captions[jump]} and {captions[jump + 1]} of the "
            f"way ({walked.change[jump]:.3f} of brightness a pixel, root mean square; "
            f"{walked.change.mean():.3f} on average)."
        )
        return _figure(f"{strip}<p>{said}</p>")


def about_html(handles: Handles, shape: tuple[int, ...]) -> str:
    """What the sliders move, in a sentence or two."""
    if not handles.directions:
        text = (
            f"This model’s code has {len(handles.names)} latents, sorted by how much they vary "
            "over the pictures. Moving one and leaving the others alone shows what it stands for."
        )
    else:
        text = (
            f"This model’s code is {' × '.join(map(str, shape))} numbers, each about one small "
            f"place of the picture: no single one is worth a slider. The sliders move the first "
            f"{len(handles.names)} principal directions of the codes instead, which together hold "
            f"{percent(handles.share)} of how the codes differ; the rest stays as the picture has "
            "it. Directions are not the model’s own latents: they say how these pictures differ."
        )
    return f'<div class="gl"><p>{text}</p></div>'


def _named(handles: Handles, name: str) -> int:
    if name not in handles.names:
        raise InputError(
            f"choose two of {', '.join(handles.names[:3])} …: {name!r} is none of them"
        )
    return handles.names.index(name)


def _steps(value: int, most: int = 15) -> gr.Slider:
    info = "Pictures on the way, both ends included."
    return gr.Slider(3, most, value, step=1, label="Steps", info=info, min_width=150)


def _kind(handles: Handles) -> str:
    return "direction" if handles.directions else "latent"


def _press(name: str) -> str:
    """What stands where a result will."""
    return f'<div class="gl"><p class="gl-note">Press “{RUN[name]}”.</p></div>'


def _figure(inside: str) -> str:
    return f'<div class="gl">{inside}</div>'
