"""The tab "Examples": prototypes, contrasts, anchor rules and effects of latents."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.latents.examples import of_study as examples
from genlens.ui.latents.examples import handlers as events
from genlens.ui.latents.examples import view as views
from genlens.ui.latents.examples.endpoints import api_anchor, api_contrast, api_prototypes
from genlens.ui.messages import told

__all__ = ["ExamplesTab", "api_anchor", "api_contrast", "api_prototypes"]

_LANE: dict[str, Any] = {
    "concurrency_id": "model",
    "concurrency_limit": 1,
    "api_visibility": "private",
}
_HIDDEN: dict[str, Any] = {"api_visibility": "private"}
_KINDS = [
    ("what would change it (pertinent negative)", "negative"),
    ("what is enough for it (pertinent positive)", "positive"),
]


class ExamplesTab:
    """Builds the tab's components where it is called, inside a ``gr.Blocks``, and wires them.

    Args:
        model: the page's model picker; picture: the number of the picture that is explained.
        first: the page's ``Opening``, whose classes can be chosen at once; or a ``Study``, whose
            prototypes are shown, too.

    ``opened`` lists (function, inputs, outputs) to run when the model changes.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number, first: Any = None) -> None:
        self.model, self.picture = model, picture
        values = events.opening(first)
        with gr.Tabs():
            with gr.Tab("Prototypes"):
                self._prototypes(values)
            with gr.Tab("Contrast"):
                self._contrast(values)
            with gr.Tab("Anchor rule"):
                self._anchor()
            with gr.Tab("Effects of latents"):
                self._effects(values)
        self.opened = [
            (
                told(events.refresh),
                [model],
                [
                    self.group, self.shown_prototypes, self.question, self.goal,
                    self.shown_contrast, self.shown_anchor, self.output, self.first_latent,
                    self.second_latent, self.shown_effects, self.shown_joint,
                ],
            )
        ]  # fmt: skip

    def _prototypes(self, values: dict[str, Any]) -> None:
        _say("A few pictures, with weights, that stand for all of them (ProtoDash).")
        with gr.Row():
            self.group = gr.Dropdown(
                values["groups"],
                value=views.ALL,
                label="Stand for",
                info="All pictures of the model’s world, or those of one class.",
            )
            number = gr.Slider(
                1, 20, 8, step=1, label="How many", info="Prototypes at most; fewer may do."
            )
        find = gr.Button("Find prototypes", variant="primary")
        self.shown_prototypes = _html(values["prototypes"])
        find.click(
            told(events.show_prototypes),
            [self.model, self.group, number],
            self.shown_prototypes,
            **_LANE,
        )

    def _contrast(self, values: dict[str, Any]) -> None:
        _say(
            "What would have to change in the picture’s code for it to become something else, and "
            "how little of it is already enough."
        )
        with gr.Row():
            kind = gr.Radio(
                _KINDS, value="negative", label="Ask", info="A change, or the part that is enough."
            )
            self.question = gr.Dropdown(
                values["questions"],
                value=values["questions"][0][1] if values["questions"] else None,
                label="About",
                info="What the judge is asked about the picture.",
            )
            self.goal = gr.Dropdown(
                values["goals"],
                value=views.ALL,
                label="Should become",
                info="Only for a change; “any other” takes the nearest.",
            )
        fewer = gr.Slider(
            0,
            1,
            0.1,
            step=0.05,
            label="Few latents",
            info="Weight of the sum of absolute moves (β, no unit): more means fewer latents move.",
        )
        find, cancel = _buttons("Find the change")
        self.shown_contrast = _html(events.EMPTY.format(events.START["contrast"]))
        self.question.input(
            told(events.offer_goals), [self.model, self.question], self.goal, queue=False, **_HIDDEN
        )
        find.click(
            told(events.show_contrast),
            [self.model, self.picture, kind, self.question, self.goal, fewer],
            self.shown_contrast,
            **_LANE,
        )
        cancel.click(events.stop, None, None, queue=False, **_HIDDEN)

    def _anchor(self) -> None:
        _say(
            "Which parts of the picture are enough for it to be rebuilt well, whatever stands in "
            "the other parts (Anchors)? The other parts show pieces of other pictures."
        )
        with gr.Row():
            good = gr.Slider(
                5,
                95,
                50,
                step=5,
                label="“Well” is better than the worst …, per cent",
                info="50: an error at most the median of the model’s pictures.",
            )
            parts = gr.Slider(
                4, 40, 16, step=1, label="Parts", info="About how many the picture is cut into."
            )
            sure = gr.Slider(
                50, 99, 95, step=1, label="Precision, per cent", info="How often it must hold."
            )
        find, cancel = _buttons("Find the rule")
        self.shown_anchor = _html(events.EMPTY.format(events.START["anchor"]))
        find.click(
            told(events.show_anchor),
            [self.model, self.picture, good, parts, sure],
            self.shown_anchor,
            **_LANE,
        )
        cancel.click(events.stop, None, None, queue=False, **_HIDDEN)

    def _effects(self, values: dict[str, Any]) -> None:
        _say(
            "What an output does as one latent moves, or two move together, among codes of real "
            "pictures (accumulated local effects)."
        )
        self.output = gr.Dropdown(
            values["outputs"],
            value=examples.ERROR,
            label="Output",
            info="The number that is watched: an error (mean squared pixel difference), or the "
            "judge’s probability of a class.",
        )
        measure, cancel = _buttons("Measure")
        self.shown_effects = _html(events.EMPTY.format(events.START["effects"]))
        with gr.Row():
            self.first_latent = gr.Dropdown(
                values["latents"], label="First latent", info="Across in the map."
            )
            self.second_latent = gr.Dropdown(
                values["latents"], label="Second latent", info="Upwards in the map."
            )
        both = gr.Button("Look at both together")
        self.shown_joint = _html(events.EMPTY.format(events.START["joint"]))
        latents = [self.first_latent, self.second_latent]
        measure.click(
            told(events.show_effects),
            [self.model, self.output],
            [self.shown_effects, *latents],
            **_LANE,
        )
        both.click(
            told(events.show_joint), [self.model, self.output, *latents], self.shown_joint, **_LANE
        )
        cancel.click(events.stop, None, None, queue=False, **_HIDDEN)


def _buttons(name: str) -> tuple[gr.Button, gr.Button]:
    with gr.Row():
        return gr.Button(name, variant="primary", min_width=120), gr.Button("Cancel", min_width=90)


def _html(value: str) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, container=False, min_height=60)


def _say(text: str) -> None:
    gr.HTML(f'<div class="gl"><p>{text}</p></div>', apply_default_css=False, container=False)
