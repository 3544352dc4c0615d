"""The section "Which layer reads what": widgets, work and endpoint."""

from __future__ import annotations

import html as escaping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.common.checks import whole
from genlens.common.limits import MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.figures.prompts.inside.layers import QUESTIONS, chart_table, exchange_tiles
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.layers.attributes import ATTRIBUTES
from genlens.prompts.inside.layers.exchange import LayerExchange, exchange_layers
from genlens.prompts.inside.storage import load_exchange
from genlens.ui.jobs import CancelFlags, lent, on_gpu, stopped
from genlens.ui.kit import LANE, html, on, stop_button, whole_number
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.about.truth import card
from genlens.ui.serving.cost import Meter

OPENING = Path(__file__).parents[2] / "data" / "inside_layers.npz"
PROMPT, OTHER, SEED = "a red cat on a pink background", "a blue cat on a pink background", 0
"""What the section opens with."""
MOST_LAYERS = 100
_INTRO = (
    '<div class="gl"><h3>Which layer reads what</h3><p>The network reads the prompt in several '
    "cross-attention layers, one after the other, at every step. Here one of them (or a few "
    "neighbours) reads <em>another</em> prompt while all others read yours, from the same noise. "
    "What changes is what that layer carries. “% of the way”: how far the picture has gone from "
    "yours (0 %) to the other’s (100 %), in the model’s latents.</p></div>"
)


class LayersSection:
    """Builds the section where it is called; ``model`` is the tab's menu of models."""

    def __init__(self, model: Component) -> None:
        self.flags = CancelFlags()
        html(_INTRO)
        self.chart = html("", elem_id="gl-inside-chart")
        html('<div class="gl"><h4>Try it</h4></div>')
        with gr.Row():
            self.prompt = gr.Textbox(
                PROMPT, label="Your prompt", info="Up to 20 words.", elem_id="gl-inside-prompt"
            )
            self.other = gr.Textbox(
                OTHER, label="The other prompt", elem_id="gl-inside-other",
                info="Best the same but for one word: then the change is that word’s.",
            )  # fmt: skip
        with gr.Row():
            self.window = gr.Number(
                1, label="Layers together", precision=0, minimum=1, min_width=140,
                info="Neighbours that read the other prompt.", elem_id="gl-inside-window",
            )  # fmt: skip
            self.seed = gr.Number(
                SEED, label="Seed", precision=0, minimum=0, min_width=120,
                info="Of the starting noise.",
            )  # fmt: skip
            self.run = gr.Button(
                "Exchange the text", variant="primary", scale=0, min_width=200, size="md",
                elem_id="gl-ask-exchange",
            )  # fmt: skip
            stop_button(self.flags)
        self.bar = html("", elem_classes="gl-bar")
        self.found = html("", elem_id="gl-inside-exchange")
        inputs = {"prompt": self.prompt, "other": self.other, "window": self.window,
                  "seed": self.seed, "model": model}  # fmt: skip
        on(self.run.click, self.ask, inputs, self.found, show_progress_on=self.bar, **LANE)

    @property
    def outputs(self) -> dict[str, Component]:
        """What ``opening`` fills."""
        return {"chart": self.chart, "exchange": self.found}

    @staticmethod
    def opening() -> dict[str, str]:
        """What the section opens with."""
        return {"chart": measured_html(card("inside")), "exchange": opening_html()}

    def ask(
        self,
        prompt: str,
        other: str,
        window: Any,
        seed: Any,
        model: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """Exchange and show."""
        hooks = self.flags.hooks(request, progress, "images")
        return exchange_html(asked(prompt, other, window, seed, model, **hooks))


def measured_html(numbers: dict[str, Any] | None) -> str:
    """The recorded chart; a sentence where nothing was measured."""
    chart = (numbers or {}).get("layers")
    if not numbers or not isinstance(chart, dict):
        return (
            '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet: run '
            "<code>genlens evaluate inside</code>.</p></div>"
        )
    made = numbers.get("made_by", {})
    tables = [
        f'<div class="gl-scroll" tabindex="0">{chart_table(chart, which).html()}</div>'
        for which in QUESTIONS
    ]
    said = "".join(
        f"<li><b>{escaping.escape(a.title)}</b>: {escaping.escape(a.says)}.</li>"
        for a in ATTRIBUTES.values()
    )
    same = chart.get("same", {})
    return (
        f'<div class="gl"><p>Measured on {escaping.escape(str(made.get("model", "?")))} '
        f"(revision {escaping.escape(str(made.get('revision', '?'))[:12])}), n pairs of prompts "
        "a column that differ in one word, each from its own noise. A separate network, the "
        "referee, says which thing is drawn where; colours are compared with the world’s own. In "
        f"each cell: the share of cases and its 95 % interval.</p>{tables[0]}"
        f"<details><summary>Two neighbours together, and what every layer is needed for</summary>"
        f"{tables[1]}{tables[2]}</details><details><summary>What the columns are, and the controls"
        f"</summary><ul>{said}</ul><p>Control: when the layers read the prompt’s own text, "
        f"exchanged for itself, {same.get('value', 0) or 0:.0%} of {same.get('n', 0)} pictures "
        "changed. Pairs that the model does not draw as they say are left out. Method: LocoGen "
        "(Basu et al. 2024, arXiv:2405.01008).</p></details></div>"
    )


def opening_html() -> str:
    """The stored exchange; "" where there is none."""
    if not OPENING.is_file():
        return ""
    return exchange_html(load_exchange(OPENING), "Computed in advance. ")


def exchange_html(found: LayerExchange, before: str = "") -> str:
    """An exchange as HTML."""
    said = (
        f"{before}All layers together go {100 * found.every:.0f} % of the way: 100 % says that the "
        "text enters nowhere else."
    )
    if found.every < 0.99:
        said += " Here it does, as in Stable Diffusion XL, whose pooled text is added elsewhere."
    made = found.made_by
    notes = "".join(
        f'<p class="gl-note gl-warn">{escaping.escape(note)}</p>' for note in found.notes
    )
    return (
        f'<div class="gl">{exchange_tiles(found)}{notes}<p class="gl-soft">{escaping.escape(said)} '
        f"{escaping.escape(made.model)}, seed {made.seed}, {made.model_calls} images.</p></div>"
    )


def _exchange(
    prompt: str,
    other: str,
    window: int,
    seed: int,
    model: str,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LayerExchange:
    # As many pictures as the embedded model has layers, or fewer: the meter asks again underway.
    meter = Meter(model, 10, endpoints.own_steps(model), progress)
    return exchange_layers(model, prompt, other, seed, window=window, progress=meter, cancel=cancel)


_exchange_lent = on_gpu(_exchange)


def asked(
    prompt: str, other: str, window: Any, seed: Any, model: str, **hooks: Any
) -> LayerExchange:
    """The exchange that was asked for, checked.

    Raises:
        GenlensError: with a message for the reader.
    """
    text, number, admitted, _, _ = endpoints.checked(prompt, seed, model, 0, 0, MOST_WORDS)
    second = clean_prompt(other, max_words=MOST_WORDS)
    if text == second:
        raise InputError("the two prompts are the same: change a word in the second one")
    wide = whole(
        "the number of layers", whole_number("the number of layers", window), 1, MOST_LAYERS
    )
    return lent(_exchange_lent, text, second, wide, number, admitted, **hooks)


def api_which_layer_reads(
    prompt: str, other: str, seed: float, model: str, window: float = 1
) -> dict[str, Any]:
    """Which cross-attention layers carry what two prompts differ in: each reads the other prompt
    in turn while the picture of the first is drawn.

    Args:
        prompt: up to twenty English words, for example "a red cat on a pink background".
        other: the same with one word changed, such as "a blue cat on a pink background".
        seed: whole number from 0, of the starting noise.
        model: id of the text-to-image model.
        window: how many neighbouring layers are exchanged together, from 1.

    Returns:
        layers (name, part, grid, title), windows (numbers of layers), towards (for each window how
        far the picture went, 0 to 1), every (all layers at once), made_by, and pictures: PNG data
        addresses of the prompt's, the exchanges' and the other's.
    """
    from genlens.figures.pixels import data_uri

    found = asked(prompt, other, window, seed, model, cancel=stopped)
    shown = [found.own, *found.images, found.others]
    return {**found.to_dict(), "pictures": [data_uri(image) for image in shown]}
