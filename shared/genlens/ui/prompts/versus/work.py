"""What the tab "Compare two prompts" shows and computes; its endpoint too."""

from __future__ import annotations

import html
from typing import Any

from genlens.common.checks import whole
from genlens.common.limits import MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import GenlensError
from genlens.figures.prompts.versus.figure import versus_figure
from genlens.prompts.again import ingredients_of, payoff_of, removal_of
from genlens.prompts.checks import clean_prompt
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.results import PromptExplanation
from genlens.prompts.trust.noise import LEAST, MOST, USUAL
from genlens.prompts.versus.compare import compare_prompts, images_of, too_long
from genlens.prompts.versus.results import PromptComparison
from genlens.ui.jobs import lent, on_gpu, stopped
from genlens.ui.kit import whole_number
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.stored import explanation_in, steps_of, still_there
from genlens.ui.serving.access import access
from genlens.ui.serving.cost import PACE, Meter


def opened(dossier: Dossier) -> dict[str, str]:
    """What the tab opens with."""
    found = dossier.versus
    return {"versus": waiting_html(dossier.explanation) if found is None else versus_html(found)}


def waiting_html(explanation: PromptExplanation) -> str:
    """In the place of a comparison that was not asked for yet."""
    return (
        f'<div class="gl"><p>The first prompt is “{html.escape(explanation.prompt)}”. Type a '
        "second one, with one word swapped say, and press the button.</p></div>"
    )


def versus_html(found: PromptComparison) -> str:
    """A comparison as HTML."""
    return f'<div class="gl">{versus_figure(found)}</div>'


def swapped(prompt: str) -> str:
    """A second prompt to begin with: a colour of ``prompt`` swapped for another, else its last
    word's."""
    words = prompt.split()
    for place, word in enumerate(words):
        if word.lower() in _COLOURS:
            other = _COLOURS[(_COLOURS.index(word.lower()) + 1) % len(_COLOURS)]
            return " ".join([*words[:place], other, *words[place + 1 :]])
    return " ".join([*words[:-1], "dog" if words[-1:] != ["dog"] else "cat"])


def proposed(stored: str | None, other: str | None) -> str:
    """The second prompt once another result is shown: ``other``, where it has half of its words
    from the first; else the first with a word swapped."""
    if not stored:
        return other or ""
    prompt = explanation_in(stored).prompt
    said, second = {word.lower() for word in prompt.split()}, (other or "").lower().split()
    if second and 2 * sum(word in said for word in second) >= len(second):
        return other or ""
    return swapped(prompt)


_COLOURS = ("red", "blue", "green", "yellow", "purple", "orange", "pink")


def cost_html(stored: str | None, other: str | None, noises: Any) -> str:
    """What comparing will cost, in words; "" where it cannot be said, or would be refused."""
    try:
        explanation = explanation_in(stored)
        second = clean_prompt(other or "", max_words=MOST_WORDS)
        count = whole("noises", whole_number("noises", noises), LEAST, MOST)
    except GenlensError:
        return ""
    return cost_said(explanation, second, count)


def cost_said(explanation: PromptExplanation, second: str, noises: int) -> str:
    """The sentence of ``cost_html``."""
    each = images_of(explanation.prompt, second)
    pace = PACE.measured(explanation.made_by.model)
    about = ""
    if pace is not None:
        seconds = noises * each * steps_of(explanation) * pace
        about = f", about {max(1, round(seconds)):,} s on this machine"
    if too_long(explanation.prompt, second):
        what = f"At most {each} sub-prompts, from which the shares of both are estimated, for each"
        what += f" of {noises} noises: up to {noises * each:,} images{about}."
    else:
        what = f"{each} different sub-prompts of both, from {noises} noises: "
        what += f"{noises * each:,} images{about}."
    return f'<div class="gl"><p class="gl-soft">{what}</p></div>'


def _versus(
    stored: str,
    other: str,
    noises: int,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptComparison:
    explanation = explanation_in(stored)
    made = explanation.made_by
    images = noises * images_of(explanation.prompt, other)
    meter = Meter(made.model, images, steps_of(explanation), progress)
    parts = ingredients_of(explanation)
    return compare_prompts(
        parts.painter,
        explanation.prompt,
        other,
        made.seed or 0,
        noises=noises,
        encoder=parts.eyes,
        payoff=payoff_of(explanation),
        removal=removal_of(explanation),
        steps=made.settings.get("steps"),
        guidance=made.settings.get("guidance"),
        progress=meter,
        cancel=cancel,
    )


_versus_lent = on_gpu(_versus)


def ask_versus(stored: str | None, other: Any, noises: Any, **hooks: Any) -> PromptComparison:
    """A stored explanation's prompt beside another one.

    Raises:
        GenlensError: with a message for the reader.
    """
    path, second = still_there(stored), clean_prompt(other, max_words=MOST_WORDS)
    count = whole("the number of noises", whole_number("the number of noises", noises), LEAST, MOST)
    found: PromptComparison = lent(_versus_lent, path, second, count, **hooks)
    return found


def _from_scratch(
    first: str,
    second: str,
    seed: int,
    model: str,
    noises: int,
    steps: int | None,
    guidance: float | None,
    encoder: str | None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptComparison:
    images = noises * images_of(first, second)
    meter = Meter(model, images, steps or endpoints.own_steps(model), progress)
    return compare_prompts(
        model, first, second, seed, noises=noises, encoder=encoder, steps=steps,
        guidance=guidance, progress=meter, cancel=cancel,
    )  # fmt: skip


_from_scratch_lent = on_gpu(_from_scratch)


def api_compare_prompts(
    prompt: str,
    other: str,
    seed: float,
    model: str,
    noises: float = USUAL,
    steps: float = 0,
    guidance: float = 0,
    encoder: str = "",
) -> dict[str, Any]:
    """What differs between two prompts, a word swapped say: images, and the words' shares.

    Args:
        prompt: one to twenty English words, for example "a cat next to a red car"; above eight in
            either prompt, both prompts' shares are estimated.
        other: the second prompt, for example "a cat next to a blue car".
        seed: whole number from 0: of the first starting noise; both prompts start from the same.
        model: id of the text-to-image model.
        noises: starting noises, 2 to 30.
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.
        encoder: id of the model that compares images; empty takes what fits the model.

    Returns:
        pairs (words side by side by their places, shares and change with 95 % intervals over
        noises, beyond_noise), likeness of the two images, changed_pixels, noise_likeness (what
        another noise does), repeated (the control: 0), sentence, values, seeds, made_by.
    """
    text, own, admitted, rounds, pull = endpoints.checked(
        prompt, seed, model, steps, guidance, MOST_WORDS
    )
    second = clean_prompt(other, max_words=MOST_WORDS)
    count = whole("noises", whole_number("noises", noises), LEAST, MOST)
    compares = access().admit(encoder, "ImageTextEncoder") if encoder else None
    found: PromptComparison = lent(
        _from_scratch_lent, text, second, own, admitted, count, rounds, pull, compares,
        cancel=stopped,
    )  # fmt: skip
    return found.to_dict()
