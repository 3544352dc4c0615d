"""The tab "Directions": find what raises a score, follow it, and see what else it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import gradio as gr

from genlens.errors import InputError
from genlens.steering.directions.methods import DIRECTION_METHODS, direction_method
from genlens.steering.walks.finding import Finding
from genlens.ui.export import Written
from genlens.ui.export_box import ExportBox
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, RAW, Fill, html, on, stop_button
from genlens.ui.steering import assessors
from genlens.ui.steering.directions import view
from genlens.ui.steering.directions.endpoints import ENDPOINTS
from genlens.ui.steering.directions.files import FILES, write_finding
from genlens.ui.steering.directions.find import (
    ALL,
    FITTING,
    LAYERS,
    MOST_FACES,
    MOST_HELD,
    MOST_PICTURES,
    Asked,
    alpha_at,
    checked,
    find,
    losses_into,
    measured_before,
    moved,
    origin_of,
    quick_look,
)
from genlens.ui.steering.head import Head
from genlens.ui.steering.kept import Kept
from genlens.ui.steering.link import Linked
from genlens.ui.steering.live import Live, looking
from genlens.ui.steering.shown import Shown, shown

_ABOUT = (
    '<div class="gl"><p>A <b>direction</b> is a way to move through what a generator can draw. '
    "Find one that raises the chosen assessor’s score, slide a face along it, and look at what "
    "else changes: that is what the score may really react to.</p></div>"
)
_FIRST = Asked()
_FOUND: Kept[tuple[str, str, Finding]] = Kept("direction", most=128)
"""Generator and assessor that a finding is of, and the finding."""
_STEP = 0.25


class DirectionsTab:
    """Builds the tab where it is called."""

    name: ClassVar[str] = "directions"
    title: ClassVar[str] = "Directions"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = ENDPOINTS

    def __init__(self, head: Head) -> None:
        self.flags = CancelFlags()
        html(_ABOUT)
        self._controls()
        self.bar = html("", elem_classes="gl-bar")
        self.strip = html("", elem_id="gl-direction-strip")
        self.slider = gr.Slider(
            -4, 4, 0, step=_STEP, label="Move the face along the direction",
            info="0 is the face itself. The slider ends where the score hardly changes any more or "
            "the picture breaks, as measured.",
            elem_id="gl-direction-slider",
        )  # fmt: skip
        self.moved = html("", elem_id="gl-direction-moved")
        with gr.Row():
            with gr.Column(min_width=300):
                html('<div class="gl"><h3>Does the score follow?</h3></div>')
                self.curve = html("", elem_id="gl-direction-curve")
            with gr.Column(min_width=300):
                html('<div class="gl"><h3>What else changes?</h3></div>')
                self.leakage = html("", elem_id="gl-direction-leakage")
        html('<div class="gl"><h3>How it was found</h3></div>')
        self.facts = html("", elem_id="gl-direction-facts")
        self.files = ExportBox("Download this finding", FILES, elem_id="gl-direction-export")
        self.found = gr.Textbox("", visible="hidden")
        self._wire(head)
        self.linked = {"method": Linked(self.method, _known_method)}

    def _controls(self) -> None:
        listed = [(m.title, m.name) for m in DIRECTION_METHODS.values()]
        with gr.Row():
            self.method = gr.Dropdown(
                listed, value=_FIRST.method, label="Method", min_width=220,
                info=direction_method(_FIRST.method).help, elem_id="gl-direction-method",
            )  # fmt: skip
            self.space = gr.Radio(
                [("styles w", "styles"), ("latents z", "latents")], value=_FIRST.space,
                label="Where", min_width=180,
                info="Styles are what the layers read; latents are the noise they come from.",
            )  # fmt: skip
        with gr.Row():
            self.run = gr.Button(
                "Find the direction", variant="primary", elem_id="gl-direction-find"
            )
            stop_button(self.flags)
        with gr.Accordion("More settings", open=False):
            self._more()

    def _more(self) -> None:
        method = direction_method(_FIRST.method)
        with gr.Row():
            self.layers = gr.Dropdown(
                list(LAYERS), value=ALL, label="Layers", min_width=160,
                info="Of styles: coarse ones decide shape, fine ones colour.",
            )  # fmt: skip
            self.hold = gr.Dropdown(
                assessors.choices(), value=[], multiselect=True, max_choices=MOST_HELD,
                label="Hold still", min_width=220, visible=method.holds,
                elem_id="gl-direction-hold",
                info="The direction is made to leave these scores as they are (conditional "
                "projection).",
            )  # fmt: skip
            self.which = gr.Dropdown(
                [FITTING, *map(str, range(1, 6))], value=FITTING, label="Which direction",
                info="These methods know no assessor and give several.", min_width=200,
                visible=method.needs == "nothing",
            )  # fmt: skip
        with gr.Row():
            self.pictures = gr.Slider(
                200, MOST_PICTURES, _FIRST.pictures, step=100, label="Pictures to learn from",
                info="About 25 seconds for 1,000.", min_width=200,
            )  # fmt: skip
            self.steps = gr.Slider(
                10, 1000, _FIRST.steps, step=10, label="Training steps", min_width=200,
                info="About 4 a second.", visible=method.needs == "gradients",
            )  # fmt: skip
            self.faces = gr.Slider(
                2, MOST_FACES, _FIRST.faces, step=1, label="Faces to measure it on", min_width=200,
                info="More make intervals narrower.",
            )  # fmt: skip
            self.seed = gr.Number(
                0, label="Seed", info="Of everything that is drawn.", min_width=100
            )

    @property
    def _settings(self) -> dict[str, Any]:
        return {
            "method": self.method, "space": self.space, "layers": self.layers, "hold": self.hold,
            "which": self.which, "pictures": self.pictures, "steps": self.steps,
            "faces": self.faces, "seed": self.seed,
        }  # fmt: skip

    def _wire(self, head: Head) -> None:
        shows = {
            "found": self.found, "strip": self.strip, "slider": self.slider, "moved": self.moved,
            "curve": self.curve, "leakage": self.leakage, "facts": self.facts,
            **self.files.cleared,
        }  # fmt: skip
        asked = {**head.asked, **self._settings}
        on(self.run.click, self.search, asked, shows, show_progress_on=self.bar, **RAW, **LANE)
        moves = {**head.asked, "found": self.found, "position": self.slider}
        on(
            self.slider.input, slide, moves, self.moved, show_progress="hidden",
            trigger_mode="always_last", **RAW, **LANE,
        )  # fmt: skip
        changed = {
            "method": self.method, "space": self.space, "hold": self.hold, "which": self.which,
            "steps": self.steps,
        }  # fmt: skip
        on(self.method.change, settings_of, {"method": self.method}, changed, queue=False)
        self.files.wire(export, {**head.asked, "found": self.found})
        self.opened = [Fill(self.open, {**head.asked, "found": self.found}, shows)]

    def open(self, model_id: str, face: str, assessor: str, found: str) -> Iterator[dict[str, Any]]:
        """The direction on screen with another face; of another generator or assessor, one that was
        measured in advance, or else a quick one, which takes a while and says so."""
        now = shown(model_id, face, assessor)
        if (before := _kept(found, now)) is not None:
            yield _face(now, before) | self.files.empty()
            return
        if (ready := measured_before(now)) is not None:
            yield _everything(now, ready) | self.files.empty()
            return
        yield dict.fromkeys(("found", "moved", "curve", "leakage", "facts"), "")
        for told in looking(view.why_looking(now), partial(quick_look, now)):
            if isinstance(told, str):
                yield {"strip": told}
            else:
                yield _everything(now, told) | self.files.empty()

    def search(
        self,
        model_id: str,
        face: str,
        assessor: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
        **settings: Any,
    ) -> Iterator[dict[str, Any]]:
        """Find and measure what is asked for; a training shows its loss on the way."""
        asked, now = checked(**settings), shown(model_id, face, assessor)
        hooks = self.flags.hooks(request, progress)
        left, losses = [False], list[float]()

        def stop() -> bool:
            return left[0] or hooks["cancel"]()

        live = Live(
            lambda: find(
                now, asked, progress=hooks["progress"], cancel=stop, watch=losses_into(losses)
            )
        )
        try:
            shown_steps = 0
            for _ in live.ticks(1.0):
                if len(losses) > shown_steps + 10:
                    shown_steps = len(losses)
                    yield {"facts": f'<div class="gl">{view.losses_html(losses[:])}</div>'}
            yield _everything(now, live.result()) | self.files.empty()
        finally:
            left[0] = True  # the visitor left, or it is done


def slide(model_id: str, face: str, assessor: str, found: str, position: float) -> str:
    """The face at the slider's place."""
    now, kept = _on_screen(model_id, face, assessor, found)
    if not isinstance(position, (int, float)) or not abs(position) <= 1000:
        raise InputError(f"the slider's place is {position!r}: pass a number")
    strip = moved(now, kept.direction, [0.0, alpha_at(kept, float(position))])
    return view.moved_html(now, kept, strip)


def export(model_id: str, face: str, assessor: str, found: str) -> Written:
    """The files of what is on screen."""
    now, kept = _on_screen(model_id, face, assessor, found)
    return write_finding(now, kept, moved(now, kept.direction, kept.reach.steps.tolist()))


def settings_of(method: str) -> dict[str, Any]:
    """The settings that a method takes."""
    chosen = direction_method(method)
    return {
        "method": gr.Dropdown(info=chosen.help),
        "space": gr.Radio(value=chosen.spaces[0]) if len(chosen.spaces) == 1 else gr.Radio(),
        "hold": gr.Dropdown(visible=chosen.holds),
        "which": gr.Dropdown(visible=chosen.needs == "nothing" and not chosen.control),
        "steps": gr.Slider(visible=chosen.needs == "gradients"),
    }


def _known_method(text: str) -> str | None:
    return text if text in DIRECTION_METHODS else None


def _on_screen(model_id: str, face: str, assessor: str, found: str) -> tuple[Shown, Finding]:
    """What the page shows, and the direction it has for it.

    Raises:
        InputError: none was found yet, or it is gone.
    """
    now = shown(model_id, face, assessor)
    kept = _kept(found, now)
    if kept is None:
        raise InputError("there is no direction yet for this generator and assessor: find one")
    return now, kept


def _kept(found: str, now: Shown) -> Finding | None:
    """The finding called ``found``, where it is of this generator and assessor."""
    if not found:
        return None
    try:
        model, assessor, finding = _FOUND.get(found)
    except InputError:  # an hour has passed: it is found again
        return None
    return finding if (model, assessor) == (now.model_id, now.assessor_id) else None


def _face(now: Shown, finding: Finding) -> dict[str, Any]:
    """What changes with the face: the strip, its line in the chart, the slider back at 0."""
    strip = moved(now, finding.direction, finding.reach.steps.tolist())
    below, above = origin_of(finding), len(finding.reach.steps) - 1 - origin_of(finding)
    half = [0.0, alpha_at(finding, above / 2)]
    return {
        "strip": view.strip_html(now, finding, strip),
        "slider": gr.Slider(minimum=-below, maximum=above, value=0),
        "moved": view.moved_html(now, finding, moved(now, finding.direction, half)),
        "curve": view.curve_html(now, finding, strip),
    }


def _everything(now: Shown, finding: Finding) -> dict[str, Any]:
    return {
        "found": _FOUND.keep((now.model_id, now.assessor_id, finding)),
        **_face(now, finding),
        "leakage": view.leakage_html(finding),
        "facts": view.facts_html(finding),
    }
