"""The prompt as a sentence of coloured buttons, each with its word's share."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.palette import ink_on, word_colour
from genlens.figures.prompts.word_map import say_map
from genlens.figures.style import percent, signed
from genlens.models.contracts import Word
from genlens.prompts.results import PromptExplanation


def word_chips(explanation: PromptExplanation) -> str:
    """One ``<button class="gl-chip" data-word=j>`` a word, in the prompt's order.

    A word the model has not learned is marked and followed by the nearest words it knows.
    """
    shares = explanation.attribution.shares
    largest = float(np.nanmax(np.abs(shares))) if np.isfinite(shares).any() else 1.0
    chips = [_chip(explanation, j, largest) for j in range(len(shares))]
    notes = "".join(unknown_word(word) for word in explanation.attribution.words)
    return (
        f'<div class="gl-chips" role="group" aria-label="Words of the prompt">{"".join(chips)}'
        f"</div>{notes}"
    )


def say_word(explanation: PromptExplanation, j: int) -> str:
    """What the page says when word ``j`` is chosen."""
    attribution, links = explanation.attribution, explanation.links
    mine = [k + 1 for k, owner in enumerate(links.word_of.tolist()) if owner == j]
    if not mine:
        objects = "No object in the image belongs to it."
    elif len(mine) == 1:
        objects = f"It drew object {mine[0]}."
    else:
        objects = f"It drew objects {', '.join(map(str, mine))}."
    return (
        f"“{attribution.words[j].text}”: share {percent(float(attribution.shares[j]))}, "
        f"Shapley value {signed(attribution.values[j])}. {say_map(explanation, j)} {objects}"
    )


def _chip(explanation: PromptExplanation, j: int, largest: float) -> str:
    word = explanation.attribution.words[j]
    share = float(explanation.attribution.shares[j])
    colour = word_colour(j)
    length = 0.0 if np.isnan(share) else 100 * abs(share) / max(largest, 1e-9)
    marks = "" if word.known else " gl-unknown"
    sign = " gl-negative" if share < 0 else ""
    return (
        f'<button type="button" class="gl-chip{marks}" data-word="{j}" aria-pressed="false" '
        f'data-say="{html.escape(say_word(explanation, j))}" '
        f'style="--gl-colour:{colour};--gl-on-colour:{ink_on(colour)}">'
        f'<span class="gl-word">{html.escape(word.text)}{"" if word.known else " ?"}</span>'
        f'<span class="gl-share">{percent(share)}</span>'
        f'<span class="gl-meter{sign}" aria-hidden="true">'
        f'<span style="width:{length:.0f}%"></span></span></button>'
    )


def unknown_word(word: Word) -> str:
    """A note where the model has not learned ``word``, with the nearest words it knows; "" where it
    has."""
    if word.known:
        return ""
    near = "; near: " + ", ".join(word.suggestions) if word.suggestions else ""
    return (
        f'<p class="gl-note gl-warn"><b>{html.escape(word.text)}</b>: this model has not learned '
        f"this word{html.escape(near)}.</p>"
    )
