"""The main result: the image and its words, linked. One HTML fragment and its script."""

from __future__ import annotations

import html
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.figures.prompts.annotated_image import annotated_image
from genlens.figures.prompts.word_chips import word_chips
from genlens.figures.prompts.word_map import UNIT, word_map_scale
from genlens.figures.style import percent, signed
from genlens.prompts.results import HARDLY_CHANGED, PromptExplanation
from genlens.prompts.shapley import pair_interactions

if TYPE_CHECKING:
    import gradio as gr

IDLE = (
    "Point at a word to see what it did to every pixel, or at an outlined object to see its word; "
    "click, or press Enter, to keep it; Esc lets go."
)
SHARES = {
    "shapley": "The per cent beside a word is its share: its part of the difference between the "
    "image of the whole prompt and the image of no prompt at all. Shares add up to 100 %.",
    "shapley-nonempty": "The per cent beside a word is its share as in the source paper, which "
    "leaves the empty prompt out: its part of what the words add to each other’s images, without "
    "what a word does alone. Shares add up to 100 %.",
}
"""What a share is, by the attribution's method."""

NEED = 0.1
"""Two words need each other where their interaction is more than this part of all change."""


@lru_cache(maxsize=1)
def script() -> str:
    """The linking script; it expects ``element`` (and, in an app, ``watch``) to be in scope."""
    return resources.files("genlens.ui").joinpath("static/linked.js").read_text("utf-8")


def linked_html(explanation: PromptExplanation, *, note: str = "", uid: str = "gl") -> str:
    """The fragment: heading, image with selectable objects, words as chips, one sentence.

    ``note`` says where the result came from ("computed in advance …"). Everything is escaped.
    """
    made = explanation.made_by
    facts = [] if note else [made.model]  # the note names it
    asked = {"seed": made.seed} | {key: made.settings.get(key) for key in ("steps", "guidance")}
    facts += [f"{key} {value:g}" for key, value in asked.items() if value is not None]
    if explanation.attribution.model_calls:
        facts.append(f"{explanation.attribution.model_calls} images compared")
    warnings = "".join(
        f'<p class="gl-note gl-warn">{html.escape(note)}</p>' for note in explanation.notes
    )
    badge = f'<span class="gl-badge">{html.escape(note)}</span> ' if note else ""
    return (
        '<div class="gl gl-linked"><div class="gl-head">'
        f"<h2>“{html.escape(explanation.prompt)}”</h2>"
        f'<div class="gl-soft">{badge}{html.escape(", ".join(facts))}</div></div>'
        f"<div>{annotated_image(explanation, uid=uid)}{_legend(explanation)}</div>"
        f"<div>{word_chips(explanation)}"
        f'<div class="gl-status" role="status" data-idle="{html.escape(IDLE)}">'
        f"{html.escape(IDLE)}</div>"
        f'{warnings}<p class="gl-reading" style="margin-top:.9rem">'
        f"{html.escape(reading(explanation))}</p>"
        f"{_together(explanation)}"
        f'<p class="gl-soft">{SHARES[explanation.attribution.method]}</p></div></div>'
    )


def together(explanation: PromptExplanation) -> str:
    """Which words need each other, the strongest two pairs; "" where none do."""
    attribution = explanation.attribution
    if explanation.hardly_changed or not np.isfinite(attribution.shares).all():
        return ""
    joint = pair_interactions(explanation.payoffs)
    least = NEED * (attribution.full_value - float(explanation.payoffs[0]))
    pairs = [
        (float(joint[i, j]), i, j) for i, j in zip(*np.triu_indices_from(joint, 1), strict=True)
    ]
    strong = sorted(pair for pair in pairs if pair[0] > least > 0)[:-3:-1]
    if not strong:
        return ""
    named = ", and ".join(
        f"“{attribution.words[i].text}” and “{attribution.words[j].text}” ({signed(gain, 2)})"
        for gain, i, j in strong
    )
    return (
        f"Words that need each other: {named}. Together they add that much more likeness than each "
        "without the other, and the shares split it between them: a small share can be half of "
        "something large."
    )


def _together(explanation: PromptExplanation) -> str:
    said = together(explanation)
    return f"<p>{html.escape(said)}</p>" if said else ""


def _legend(explanation: PromptExplanation) -> str:
    """Below the image: the scale of the map that is shown, of one word at a time."""
    scales = "".join(
        f'<div data-map="{j}">{word_map_scale(explanation, j)}<span>“{html.escape(word.text)}”: '
        f"Shapley value of each pixel, {UNIT}</span></div>"
        for j, word in enumerate(explanation.attribution.words)
    )
    idle = "Point at a word to see what it did to each pixel."
    return f'<div class="gl-legend"><div class="gl-idle">{idle}</div>{scales}</div>'


def reading(explanation: PromptExplanation) -> str:
    """One plain sentence that says what the numbers say, ties and doubts included."""
    shares, words = explanation.attribution.shares, explanation.attribution.words
    if not np.isfinite(shares).all():
        return (
            "With and without its words the prompt gives nearly the same image, so there is "
            "nothing to share out between the words."
        )
    if explanation.hardly_changed:
        return HARDLY_CHANGED
    order = np.argsort(-shares)
    first = words[order[0]].text
    if len(words) == 1:
        return f"“{first}” is the only word, so the whole difference is its own."
    second = words[order[1]].text
    lead = f"“{first}” made the largest part of this image ({percent(float(shares[order[0]]))})"
    if shares[order[0]] - shares[order[1]] < 0.03:
        return f"{lead}, with “{second}” about equal ({percent(float(shares[order[1]]))})."
    return f"{lead}, then “{second}” ({percent(float(shares[order[1]]))})."


def linked_widget(value: str = "", **options: Any) -> gr.HTML:
    """The fragment as one gradio component."""
    import gradio as gr

    return gr.HTML(value, js_on_load=script(), apply_default_css=False, container=False, **options)
