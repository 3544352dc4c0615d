"""The question's side of the prompt page: the prompt, its settings, examples, the vocabulary."""

from __future__ import annotations

import json
from html import escape as html_escape
from importlib import resources
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.common.limits import MAX_GUIDANCE, MAX_SEED, MAX_STEPS, MAX_WORDS, MOST_WORDS
from genlens.figures.prompts.vocabulary import vocabulary_board
from genlens.models.catalog import find
from genlens.models.needs import needs_of, said
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import html, stop_button
from genlens.ui.models import choices
from genlens.ui.prompts import opening
from genlens.ui.prompts.endpoints import own_steps
from genlens.ui.prompts.long.work import images_of
from genlens.ui.serving.cost import PACE

EXAMPLES = (
    opening.PROMPT,
    "a dog wearing a hat",
    "a lamp with flowers",
    "please a really nice blue fish",
    "two apples on a pink background",
)
MODELS = choices("TextToImage")
MATCHING = ("what fits the model", "")
"""The choice of an encoder or segmenter that leaves it to ``prompts.companions``."""
ENCODERS = [MATCHING, *choices("ImageTextEncoder")]
SEGMENTERS = [MATCHING, *choices("Segmenter")]


class PromptAsk:
    """Builds the components where it is called, inside a ``gr.Blocks``.

    ``inputs`` are what an explanation depends on, by name; the rule, which stands beside the
    results, is not among them.
    """

    def __init__(self, flags: CancelFlags) -> None:
        with gr.Column(elem_id="gl-ask"):
            self.prompt = gr.Textbox(
                opening.PROMPT,
                label="Prompt",
                max_lines=4,
                info=f"1 to {MOST_WORDS} English words; each is one player. Above {MAX_WORDS} "
                "words the values are estimated.",
            )
            with gr.Row(elem_id="gl-buttons"):
                self.explain = gr.Button(
                    "Explain", variant="primary", elem_id="gl-explain", min_width=99
                )
                stop_button(flags)
            # Progress is shown in the same place, over what it was expected to cost.
            self.cost = html(cost(opening.PROMPT, opening.MODEL, 0), elem_id="gl-progress")
        with gr.Column(elem_id="gl-settings"):
            self._settings()
            self.examples = gr.Dataset(
                components=[gr.Textbox(visible=False)],
                samples=[[text] for text in EXAMPLES],
                label="Examples: click one to explain it",
                elem_id="gl-examples",
            )
            with gr.Accordion(f"All words that {opening.MODEL} knows", open=False):
                script = resources.files("genlens.ui").joinpath("static/vocabulary.js")
                gr.HTML(
                    vocabulary_board(),
                    js_on_load=script.read_text("utf-8"),
                    apply_default_css=False,
                    container=False,
                )

    def _settings(self) -> None:
        with gr.Row(elem_id="gl-seed-model"):
            self.seed = gr.Number(
                opening.SEED,
                label="Seed",
                info="Starting noise.",
                precision=0,
                minimum=0,
                maximum=MAX_SEED,
                min_width=80,
                scale=1,
            )
            self.model = gr.Dropdown(
                MODELS,
                value=opening.MODEL,
                label="Model",
                info="What is explained.",
                min_width=190,
                scale=3,
                elem_id="gl-model",
            )
        with gr.Accordion("Advanced", open=False), gr.Row():
            self.steps = gr.Number(
                0,
                label="Steps",
                info=f"Rounds of noise removal, 1 to {MAX_STEPS}; 0: the model’s own number.",
                precision=0,
                minimum=0,
                maximum=MAX_STEPS,
                min_width=110,
            )
            self.guidance = gr.Number(
                0,
                label="Guidance",
                info=f"How hard the prompt pulls, up to {MAX_GUIDANCE:g}; 0: the model’s own.",
                minimum=0,
                maximum=MAX_GUIDANCE,
                min_width=110,
            )
            self.encoder = gr.Dropdown(
                ENCODERS,
                value="",
                label="Compared by",
                info="Says how alike two images are, and an object and a word.",
                min_width=190,
            )
            self.segmenter = gr.Dropdown(
                SEGMENTERS,
                value="",
                label="Cut out by",
                info="Finds the objects in the image.",
                min_width=190,
            )

    @property
    def drawing(self) -> dict[str, Component]:
        """What a picture depends on, by the names of the handlers' parameters."""
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "model": self.model,
            "steps": self.steps,
            "guidance": self.guidance,
        }

    @property
    def inputs(self) -> dict[str, Component]:
        """What an explanation depends on."""
        return {**self.drawing, "encoder": self.encoder, "segmenter": self.segmenter}


def asked(*values: Any) -> str:
    """The values of ``PromptAsk.inputs`` as one text, for ``STALE`` to compare with."""
    return json.dumps(values)


def cost(prompt: str | None, model: str, steps: float | None) -> str:
    """What an explanation of ``prompt`` will cost, in words and as HTML; "" where it is refused."""
    words = len((prompt or "").split())
    if not 1 <= words <= MOST_WORDS:
        return ""
    first, images = images_of(words) if words > MAX_WORDS else (0, 2**words)
    each = PACE.measured(model)
    about = ""
    if each is not None:
        seconds = images * (steps or own_steps(model)) * each
        about = f", about {max(1, round(seconds)):,} s on this machine"
    plural = "word" if words == 1 else "words"
    told = f"{words} {plural}: {images} images{about}."
    before = "" if each is not None else before_loading(model, images, steps)
    if first:
        told += f" Estimated, with 95 % intervals; a first look after {first} images."
    more = f'<p class="gl-soft">{html_escape(before)}</p>' if before else ""
    return f'<div class="gl"><p class="gl-soft">{told}</p>{more}</div>'


def before_loading(model: str, images: int, steps: float | None) -> str:
    """What ``model`` will take, told before it is downloaded or loaded; "" where it ships."""
    needs, entry = needs_of(model), find(model)
    if needs is None or entry is None:
        return ""
    rounds = int(steps or entry.settings.get("steps", 1))
    return said(needs, images, rounds, float(entry.settings.get("guidance", 1)))


# In the browser: the results are marked as old once what is asked differs from what they answer.
STALE = """(...values) => {
  const asked = values.pop(), now = values.map(String);
  const old = asked ? JSON.parse(asked).map(String) : now;
  const stale = old.some((value, i) => value !== now[i]);
  document.querySelector("#gl-result").classList.toggle("gl-stale", stale);
}"""
