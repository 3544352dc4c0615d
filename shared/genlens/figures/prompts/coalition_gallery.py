"""Every sub-prompt with its image and payoff: the whole game on one table."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures import pixels
from genlens.figures.palette import sequential, word_colour
from genlens.prompts.results import PromptExplanation


def coalition_gallery(explanation: PromptExplanation, *, name: str = "gl-order") -> str:
    """An HTML gallery of all 2**d sub-prompts, which the reader sorts by size or by payoff.

    Sorting needs no script: each tile carries both of its places, and the radio buttons choose
    (``name`` groups them). Payoffs are in the unit of the explanation's payoff.
    """
    sizes = explanation.coalitions.sum(axis=1)
    payoffs = explanation.payoffs
    by_size = np.lexsort((-payoffs, sizes))
    by_payoff = np.lexsort((sizes, -payoffs))
    place_by_payoff = np.argsort(by_payoff)
    tiles = [
        _tile(explanation, int(row), place, int(place_by_payoff[row]))
        for place, row in enumerate(by_size)
    ]
    choices = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{checked}> {text}</label>'
        for value, text, checked in (
            ("size", "by number of words", " checked"),
            ("payoff", "by payoff", ""),
        )
    )
    return (
        f'<div class="gl-gallery"><fieldset class="gl-order"><legend>Order</legend>{choices}'
        f'</fieldset><ol class="gl-tiles" tabindex="0" aria-label="All {len(payoffs)} sub-prompts">'
        f"{''.join(tiles)}</ol>{_LARGE}</div>"
    )


_LARGE = (
    '<dialog class="gl-large gl" aria-label="A sub-prompt, enlarged"><div><figure '
    'class="gl-large-this"><img alt=""><figcaption></figcaption></figure><figure '
    'class="gl-large-whole"><img alt=""><figcaption></figcaption></figure></div><p class="gl-soft">'
    'Left the sub-prompt, right the whole prompt. Arrow keys: the next one. <button type="button" '
    'class="gl-close">Close</button></p></dialog>'
)
"""Filled by the page's script when a tile is clicked."""


def _tile(explanation: PromptExplanation, row: int, by_size: int, by_payoff: int) -> str:
    members = explanation.coalitions[row]
    words = explanation.attribution.words
    present = [word.text for word, is_in in zip(words, members, strict=True) if is_in]
    text = " ".join(present) or "(no words)"
    payoff = float(explanation.payoffs[row])
    image = pixels.data_uri(explanation.coalition_images[row], lossless=False)
    dots = "".join(
        f'<span class="gl-dot{"" if present else " gl-out"}" '
        f'style="--gl-colour:{word_colour(j)}"></span>'
        for j, present in enumerate(members.tolist())
    )
    number = f"{payoff:.3f}".replace("-", "−")
    whole = " data-whole" if members.all() else ""
    said = f"Image of the sub-prompt: {html.escape(text)}"
    return (
        f'<li class="gl-tile"{whole} style="--gl-size:{by_size};--gl-payoff:{by_payoff}">'
        f'<button type="button" class="gl-enlarge" aria-label="Enlarge. {said}">'
        f'<img loading="lazy" src="{image}" alt="{said}"></button>'
        f'<span class="gl-dots" aria-hidden="true">{dots}</span>'
        f'<span class="gl-sub">{html.escape(text)}</span>'
        '<span class="gl-foot"><span class="gl-meter" aria-hidden="true">'
        f'<span style="width:{100 * max(payoff, 0):.0f}%;background:{sequential(payoff)}">'
        "</span></span>"
        f'<span class="gl-payoff">{number}</span></span></li>'
    )
