"""The tab "Examples": prototypes, contrasts, anchor rules and effects of latents."""

from __future__ import annotations

import gradio as gr

from genlens.latents.examples import of_study as examples
from genlens.ui.kit import LANE, Fill, html, on, stop_button
from genlens.ui.latents.examples import handlers as events
from genlens.ui.latents.examples import view as views

_KINDS = [
    ("what would change it (pertinent negative)", "negative"),
    ("what is enough for it (pertinent positive)", "positive"),
]


class ExamplesTab:
    """Builds the tab's components where it is called, inside a ``gr.Blocks``, and wires them.

    Args:
        model: the page's model picker; picture: the number of the picture that is explained.

    ``opened`` is what fills it when the model changes.
    """

    def __init__(self, model: gr.Dropdown, picture: gr.Number) -> None:
        self.model, self.picture = model, picture
        with gr.Tabs():
            with gr.Tab("Prototypes"):
                self._prototypes()
            with gr.Tab("Contrast"):
                self._contrast()
            with gr.Tab("Anchor rule"):
                self._anchor()
            with gr.Tab("Effects of latents"):
                self._effects()
        fills = {
            "group": self.group,
            "prototypes": self.shown_prototypes,
            "question": self.question,
            "goal": self.goal,
            "contrast": self.shown_contrast,
            "anchor": self.shown_anchor,
            "output": self.output,
            "first": self.first_latent,
            "second": self.second_latent,
            "effects": self.shown_effects,
            "joint": self.shown_joint,
        }
        self.opened = [Fill(events.refresh, {"model": model}, fills)]

    def _prototypes(self) -> None:
        _say("A few pictures, with weights, that stand for all of them (ProtoDash).")
        with gr.Row():
            self.group = gr.Dropdown(
                [("all pictures", views.ALL)],
                value=views.ALL,
                label="Stand for",
                info="All pictures of the model’s world, or those of one class.",
            )
            number = gr.Slider(
                1, 20, 8, step=1, label="How many", info="Prototypes at most; fewer may do."
            )
        find = gr.Button("Find prototypes", variant="primary")
        self.shown_prototypes = _html(events.EMPTY.format(events.START["prototypes"]))
        asked = {"model": self.model, "group": self.group, "number": number}
        on(find.click, events.show_prototypes, asked, self.shown_prototypes, **LANE)

    def _contrast(self) -> None:
        _say(
            "What would have to change in the picture’s code for it to become something else, and "
            "how little of it is already enough."
        )
        with gr.Row():
            kind = gr.Radio(
                _KINDS, value="negative", label="Ask", info="A change, or the part that is enough."
            )
            self.question = gr.Dropdown(
                [],
                label="About",
                info="What the judge is asked about the picture.",
            )
            self.goal = gr.Dropdown(
                [("any other", views.ALL)],
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
        find = _start("Find the change")
        self.shown_contrast = _html(events.EMPTY.format(events.START["contrast"]))
        about = {"model": self.model, "question": self.question}
        on(self.question.input, events.offer_goals, about, self.goal, queue=False)
        asked = about | {"picture": self.picture, "kind": kind, "goal": self.goal, "fewer": fewer}
        on(find.click, events.show_contrast, asked, self.shown_contrast, **LANE)

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
        find = _start("Find the rule")
        self.shown_anchor = _html(events.EMPTY.format(events.START["anchor"]))
        asked = {
            "model": self.model, "picture": self.picture, "good": good, "parts": parts, "sure": sure
        }  # fmt: skip
        on(find.click, events.show_anchor, asked, self.shown_anchor, **LANE)

    def _effects(self) -> None:
        _say(
            "What an output does as one latent moves, or two move together, among codes of real "
            "pictures (accumulated local effects)."
        )
        self.output = gr.Dropdown(
            [("error of rebuilding its own picture", examples.ERROR)],
            value=examples.ERROR,
            label="Output",
            info="The number that is watched: an error (mean squared pixel difference), or the "
            "judge’s probability of a class.",
        )
        measure = _start("Measure")
        self.shown_effects = _html(events.EMPTY.format(events.START["effects"]))
        with gr.Row():
            self.first_latent = gr.Dropdown([], label="First latent", info="Across in the map.")
            self.second_latent = gr.Dropdown([], label="Second latent", info="Upwards in the map.")
        both = gr.Button("Look at both together")
        self.shown_joint = _html(events.EMPTY.format(events.START["joint"]))
        asked = {"model": self.model, "output": self.output}
        latents = {"first": self.first_latent, "second": self.second_latent}
        shown = {"effects": self.shown_effects, **latents}
        on(measure.click, events.show_effects, asked, shown, **LANE)
        on(both.click, events.show_joint, asked | latents, self.shown_joint, **LANE)


def _start(name: str) -> gr.Button:
    """The button that starts, beside the one that stops."""
    with gr.Row():
        start = gr.Button(name, variant="primary", min_width=120)
        stop_button(events.FLAGS)
    return start


def _html(value: str) -> gr.HTML:
    return html(value, container=False, min_height=60)


def _say(text: str) -> None:
    html(f'<div class="gl"><p>{text}</p></div>', container=False)
