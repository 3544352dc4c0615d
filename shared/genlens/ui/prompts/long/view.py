"""An estimate of a long prompt as the values of the prompt page's components."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from genlens.common.limits import MAX_WORDS
from genlens.figures.pixels import data_uri
from genlens.figures.prompts.estimators.estimate_chart import estimate_chart
from genlens.figures.prompts.estimators.estimate_table import estimate_table
from genlens.figures.prompts.shapley_bar import shapley_bar, shapley_table
from genlens.figures.prompts.word_chips import unknown_word
from genlens.figures.style import percent
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.payoffs.clip import CLIP
from genlens.ui.prompts import link as share
from genlens.ui.prompts.long.files import export_estimate
from genlens.ui.prompts.view import FIRST_RULE, PromptView, unit_said

OPENED = {
    "opinions": ("payoff_opinions", "removal_opinions", "removal_cost"),
    "versus": ("versus",),
    "tested": ("axioms", "fidelity", "noise", "noise_cost"),
}
"""Components of tabs that need every sub-prompt."""


def long_view(
    found: Estimate, asked: str = "", first: Estimate | None = None, **settings: Any
) -> PromptView:
    """``found``, the estimate of a prompt or the ``first`` look at it; ``settings`` go into the
    link."""
    prompt, made = " ".join(word.text for word in found.words), found.made_by
    lead = long_html(found)
    beside = [found] if first is None else [found, first]
    nothing = _nothing(len(found.words))
    return PromptView(
        linked=lead,
        bar=shapley_bar(found),
        table=f'<div class="gl">{estimate_table([found])}<details><summary>The numbers as a table'
        f"</summary>{shapley_table(found)}</details></div>",
        maps=nothing,
        gallery=nothing,
        matrix=nothing,
        opinions=_first_of(OPENED["opinions"], nothing),
        tested=_first_of(OPENED["tested"], nothing),
        versus=_first_of(OPENED["versus"], nothing),
        estimators=f'<div class="gl"><p>{_TWO}</p>{estimate_chart(beside)}'
        f"{estimate_table(beside)}</div>",
        files=export_estimate(prompt, found, lead),
        address=share.query(prompt, made.seed or 0, made.model, **settings),
        rule=FIRST_RULE,
        asked=asked,
        unit_said=unit_said(CLIP.name),
    )


_TWO = (
    "The first look asks for every word alone and every word left out; the estimate draws further "
    "selections of the words, and says how sure it is of each value."
)


def long_html(found: Estimate) -> str:
    """The main result: the image, each word's value with its interval, and one sentence."""
    made, d = found.made_by, len(found.words)
    prompt = html.escape(" ".join(word.text for word in found.words))
    facts = [made.model, f"seed {made.seed}"]
    facts += [
        f"{key} {value:g}"
        for key in ("steps", "guidance")
        if (value := made.settings.get(key)) is not None
    ]
    facts.append(f"{found.images} of {2**d:,} images drawn")
    warnings = "".join(f'<p class="gl-note gl-warn">{html.escape(n)}</p>' for n in found.notes)
    unknown = "".join(unknown_word(word) for word in found.words)
    picture = ""
    if found.image is not None:
        picture = (
            f'<img class="gl-image" src="{data_uri(found.image)}" alt="Image generated from the '
            f'prompt “{prompt}”">'
        )
    return (
        f'<div class="gl gl-linked"><div class="gl-head"><h2>“{prompt}”</h2>'
        f'<div class="gl-soft">{html.escape(", ".join(facts))}</div></div><div>{picture}</div>'
        f"<div>{estimate_chart([found])}{unknown}{warnings}"
        f'<p class="gl-reading">{html.escape(reading(found))}</p>'
        f'<p class="gl-soft">{html.escape(_how(found))}</p></div></div>'
    )


def reading(found: Estimate) -> str:
    """One plain sentence that says what the numbers say, as far as their intervals allow."""
    shares = found.shares
    if not np.isfinite(shares).all():
        return (
            "With and without its words the prompt gives nearly the same image, so there is "
            "nothing to share out between the words."
        )
    first, second = (int(j) for j in np.argsort(-found.values)[:2])
    one, other = (f"“{found.words[j].text}”" for j in (first, second))
    if found.low is None or found.high is None:
        return f"At a first look {one} makes the largest part of this image, then {other}."
    if found.low[first] <= found.high[second]:
        near = (
            f"{one} ({percent(float(shares[first]))}) and {other} "
            f"({percent(float(shares[second]))}) make the largest parts of this image"
        )
        return f"{near}; their intervals overlap, so which comes first is not sure."
    return (
        f"{one} made the largest part of this image ({percent(float(shares[first]))}), then "
        f"{other} ({percent(float(shares[second]))})."
    )


def _how(found: Estimate) -> str:
    d = len(found.words)
    if found.low is None:
        return (
            f"A first look: every word alone and every word left out, {found.images} images. The "
            "intervals come with the rest of the images."
        )
    return (
        f"{d} words have {2**d:,} sub-prompts, too many to draw all. The values are estimated "
        f"from {found.images} of them; a line shows the 95 % interval, the range in which the "
        "exact value should lie in 95 of 100 cases. It is about which sub-prompts were drawn, "
        "not about other starting noises."
    )


def _nothing(words: int) -> str:
    return (
        f'<div class="gl"><p class="gl-note">This needs the image of every selection of the '
        f"words, and {words} words have {2**words:,}. It is there for prompts of up to "
        f"{MAX_WORDS} words: leave some words out.</p></div>"
    )


def _first_of(names: tuple[str, ...], text: str) -> dict[str, str]:
    """``text`` in the first of a tab's components, and nothing in the others."""
    return {name: text if k == 0 else "" for k, name in enumerate(names)}
