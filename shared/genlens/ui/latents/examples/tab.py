"""The tab "Examples": prototypes, contrasts, anchor rules and effects of latents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.latents.examples import of_study as examples
from genlens.ui.kit import LANE, RAW, Fill, html, on, stop_button
from genlens.ui.latents.examples import handlers as events
from genlens.ui.latents.examples import view as views
from genlens.ui.latents.fresh import Fresh

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
        with gr.Tabs(overflow_behavior="wrap"):
            with gr.Tab("Prototypes"):
                self._prototypes()
            with gr.Tab("Contrast") as self.contrasting:
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
            "contrasting": self.contrasting,
            "anchor": self.shown_anchor,
            "about": self.about,
            "good": self.good,
            "output": self.output,
            "first": self.first_latent,
            "second": self.second_latent,
            "effects": self.shown_effects,
            "joint": self.shown_joint,
        }
        self.opened = [Fill(events.refresh, {"model": model}, fills)]

    def _prototypes(self) -> None:
        with _halves() as right:
            _say("A few pictures, with weights, that stand for all of them (ProtoDash).")
            self.group = gr.Dropdown(
                [("all pictures", views.ALL)],
                value=views.ALL,
                label="Stand for",
                info="All pictures of the model’s world, or those of one class.",
            )
            number = gr.Slider(
                1, 20, 8, step=1, label="How many", info="Prototypes at most; fewer may do."
            )
            find, bar = _start("Find prototypes", can_stop=False)
        asked = {"model": self.model, "group": self.group, "number": number}
        self.shown_prototypes = self._shown(
            right, "prototypes", asked, find, bar, events.show_prototypes
        )

    def _contrast(self) -> None:
        with _halves() as right:
            _say(
                "What would have to change in the picture’s code for it to become something else, "
                "and how little of it is already enough."
            )
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
                info="More: fewer latents move (the weight β of the sum of absolute moves).",
            )
            find, bar = _start("Find the change")
        about = {"model": self.model, "question": self.question}
        on(self.question.input, events.offer_goals, about, self.goal, queue=False)
        asked = about | {"picture": self.picture, "kind": kind, "goal": self.goal, "fewer": fewer}
        self.shown_contrast = self._shown(right, "contrast", asked, find, bar, events.show_contrast)

    def _anchor(self) -> None:
        with _halves() as right:
            _say(
                "Which parts of the picture are enough for it to stay what it is, whatever stands "
                "in the other parts (Anchors)? The other parts show pieces of other pictures."
            )
            self.about = gr.Dropdown(
                [("how well it is rebuilt", examples.ERROR)],
                value=examples.ERROR,
                label="What should stay",
                info="How well the model rebuilds the picture, or what the judge takes it for.",
            )
            self.good = gr.Slider(
                5,
                95,
                50,
                step=5,
                label="Well rebuilt: as the best … per cent",
                info="50: with an error of at most the median of the model’s pictures.",
            )
            parts = gr.Slider(
                4, 40, 16, step=1, label="Parts", info="About how many the picture is cut into."
            )
            sure = gr.Slider(
                50,
                99,
                95,
                step=1,
                label="Precision, per cent",
                info="In how many of the altered pictures it has to stay.",
            )
            find, bar = _start("Find the rule")
        on(self.about.input, events.good_shown, {"about": self.about}, self.good, queue=False)
        asked = {
            "model": self.model, "picture": self.picture, "about": self.about, "good": self.good,
            "parts": parts, "sure": sure,
        }  # fmt: skip
        self.shown_anchor = self._shown(right, "anchor", asked, find, bar, events.show_anchor)

    def _effects(self) -> None:
        with _halves() as right:
            _say(
                "What a number does as one latent moves, or two move together, among codes of real "
                "pictures (accumulated local effects)."
            )
            self.output = gr.Dropdown(
                [("error of rebuilding its own picture", examples.ERROR)],
                value=examples.ERROR,
                label="Number",
                info="What is watched: an error (mean squared pixel difference), or the judge’s "
                "probability or logit of a class.",
            )
            measure, bar = _start("Measure")
            self.first_latent = gr.Dropdown([], label="First latent", info="Across in the map.")
            self.second_latent = gr.Dropdown([], label="Second latent", info="Upwards in the map.")
            both, both_bar = _start("Look at both together", variant="secondary")
        asked = {"model": self.model, "output": self.output}
        latents = {"first": self.first_latent, "second": self.second_latent}
        self.shown_effects = self._shown(
            right, "effects", asked, measure, bar, events.show_effects, latents
        )
        self.shown_joint = self._shown(
            right, "joint", asked | latents, both, both_bar, events.show_joint
        )

    def _shown(
        self,
        right: gr.Column,
        name: str,
        asked: dict[str, Component],
        start: gr.Button,
        bar: gr.HTML,
        show: Callable[..., Any],
        more: dict[str, Component] | None = None,
    ) -> gr.HTML:
        """The result called ``name`` on the ``right``, which ``show`` fills when ``start`` is
        pressed; ``more`` are other components that it fills."""
        with right:
            fresh = Fresh(asked, events.asked_for, f"press {start.value}")
            result = html(events.EMPTY.format(events.START[name]), container=False, min_height=60)
        filled = {name: result, "of": fresh.of, **(more or {})}
        done = on(start.click, show, asked, filled, show_progress_on=bar, **LANE, **RAW)
        picture = [self.picture.change] if "picture" in asked else []
        fresh.watch(*picture, after=[done])
        return result


@contextmanager
def _halves() -> Iterator[gr.Column]:
    """Choices are built on the left; gives the column on the right, for results."""
    with gr.Row():
        left = gr.Column(scale=2, min_width=300)
        right = gr.Column(scale=5, min_width=320)
    with left:
        yield right


def _start(
    name: str, *, can_stop: bool = True, variant: str = "primary"
) -> tuple[gr.Button, gr.HTML]:
    """The button that starts; its progress, and while there is any the button that stops."""
    with gr.Column(elem_classes="gl-run"):
        start = gr.Button(name, variant=variant)
        bar = html("", elem_classes="gl-bar")
        if can_stop:
            stop_button(events.FLAGS, elem_classes="gl-stop")
    return start, bar


def _say(text: str) -> None:
    html(f'<div class="gl"><p>{text}</p></div>', container=False)
