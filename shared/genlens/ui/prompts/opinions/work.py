"""What the tab of second opinions shows and computes; its endpoint too."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.blocks import blocks_html
from genlens.prompts import storage
from genlens.prompts.again import game_again, ingredients_of, removal_of
from genlens.prompts.dossiers.dossier import WITHOUT_A_MODEL, Dossier
from genlens.prompts.opinion_tables import opinion_blocks
from genlens.prompts.opinions import (
    Opinions,
    compare_payoffs,
    compare_payoffs_of,
    compare_removals,
)
from genlens.prompts.payoffs.payoffs import PAYOFFS, payoffs_named
from genlens.prompts.removal import REMOVALS, removal_named
from genlens.prompts.results import PromptExplanation
from genlens.ui.export import fresh_folder
from genlens.ui.jobs import lent, on_gpu, stopped
from genlens.ui.kit import listed
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.more.kind import Kind
from genlens.ui.prompts.stored import cost_of, explanation_in, metered, still_there
from genlens.worlds.vocabulary import FILLERS


def opened(dossier: Dossier) -> dict[str, str]:
    """What the tab opens with, of pictures and payoffs that are there already."""
    explanation, removals = dossier.explanation, dossier.removal_opinions
    return {
        "payoff_opinions": opinions_html(dossier.payoff_opinions),
        "removal_opinions": _told(explanation) if removals is None else opinions_html(removals),
        "removal_cost": f'<div class="gl"><p class="gl-soft">'
        f"{cost_of(explanation, 'for each way but the one that was explained')}.</p></div>",
    }


def opinions_html(found: Opinions) -> str:
    """Second opinions as HTML."""
    return f'<div class="gl">{blocks_html(opinion_blocks(found))}</div>'


def _told(explanation: PromptExplanation) -> str:
    """What the model would be told without the word that is worth most, by each removal."""
    words = [word.text for word in explanation.attribution.words]
    gone = int(np.argmax(explanation.attribution.values))
    stands = {"delete": "", "blank": "▢", "neutral": FILLERS[0]}
    rows = [
        [
            removal.title,
            " ".join(filter(None, [*words[:gone], stands[name], *words[gone + 1 :]]))
            or "(nothing)",
            removal.help,
        ]
        for name, removal in REMOVALS.items()
    ]
    table = Table(
        ("way", f"the prompt without “{words[gone]}”", "what it does"),
        rows,
        caption="What the model is told; ▢ is padding, which it reads as no word",
    )
    shown = table.html(css="gl-table gl-left")
    return f'<div class="gl"><div class="gl-scroll" tabindex="0">{shown}</div></div>'


def missing_html() -> str:
    """Payoffs whose network is not on this machine, with the command that brings it."""
    lacking = [(p.title, p.missing()) for p in PAYOFFS.values() if p.missing()]
    said = "".join(
        f"<li>{html.escape(title)}: run <code>{html.escape(command)}</code></li>"
        for title, command in lacking
    )
    intro = "<p class='gl-soft'>Not on this machine yet:</p>"
    return f'<div class="gl">{intro}<ul class="gl-soft">{said}</ul></div>' if lacking else ""


def notes_html() -> str:
    """What each payoff and each removal is, from themselves."""
    payoffs = "".join(
        f"<li><b>{html.escape(p.title)}</b> ({html.escape(p.unit)}): "
        f"<code>{html.escape(p.equation)}</code>. {html.escape(p.help)} "
        f"<i>When it misleads:</i> {html.escape(p.misleads)} "
        f'<span class="gl-soft">{html.escape(p.paper)}.</span></li>'
        for p in PAYOFFS.values()
    )
    removals = "".join(
        f"<li><b>{html.escape(r.title)}</b>: {html.escape(r.help)} "
        f"<i>When it misleads:</i> {html.escape(r.misleads)} "
        f'<span class="gl-soft">{html.escape(r.paper)}.</span></li>'
        for r in REMOVALS.values()
    )
    return (
        '<div class="gl"><details><summary>What each payoff is, and when it misleads</summary>'
        f"<ul>{payoffs}</ul></details><details><summary>What each way to leave a word out is, and "
        f"when it misleads</summary><ul>{removals}</ul></details></div>"
    )


def _payoffs(
    stored: str, names: list[str], progress: Progress | None = None, cancel: Cancel | None = None
) -> Opinions:
    explanation = explanation_in(stored)
    drawn = [p for p in payoffs_named(names) if "latents" in p.needs]
    if not drawn:
        return compare_payoffs_of(explanation, names)
    game = game_again(explanation, progress=metered(explanation, 1, progress), cancel=cancel)
    return compare_payoffs(game, names, ingredients_of(explanation))


def _removals(
    stored: str, names: list[str], progress: Progress | None = None, cancel: Cancel | None = None
) -> Opinions:
    explanation = explanation_in(stored)
    own = removal_of(explanation)
    chosen = [removal_named(name) for name in names]
    if not chosen:
        raise InputError("no way to leave a word out is ticked: tick two or more")
    meter = metered(explanation, sum(removal.name != own for removal in chosen), progress)
    game = game_again(explanation, progress=meter, cancel=cancel)
    return compare_removals(game, chosen, {own: explanation.payoffs})


payoffs_lent, removals_lent = on_gpu(_payoffs), on_gpu(_removals)


def ask_payoffs(stored: str | None, names: Any, **hooks: Any) -> Opinions:
    """Other payoffs of a stored explanation.

    Raises:
        GenlensError: with a message for the reader.
    """
    chosen = [str(name) for name in listed("payoffs", names)]
    if not chosen:
        raise InputError("no payoff is ticked: tick two or more")
    found: Opinions = lent(payoffs_lent, still_there(stored), chosen, **hooks)
    return found


def ask_removals(stored: str | None, names: Any, **hooks: Any) -> Opinions:
    """Other ways to leave a word out, of a stored explanation; raises like ``ask_payoffs``."""
    chosen = [str(name) for name in listed("removals", names)]
    found: Opinions = lent(removals_lent, still_there(stored), chosen, **hooks)
    return found


def api_second_opinions(
    prompt: str,
    seed: float,
    model: str,
    payoffs: list[str] | None = None,
    removals: list[str] | None = None,
    steps: float = 0,
    guidance: float = 0,
) -> dict[str, Any]:
    """Whether other payoffs, or other ways to leave a word out, put the words into another order.

    Args:
        prompt: one to eight English words, for example "a cat next to a red car".
        seed: whole number from 0.
        model: id of the text-to-image model.
        payoffs: of "clip", "clip-text", "vae", "diffusion", "ssim", "lpips", "pixels"; without it
            clip, ssim and pixels.
        removals: of "delete", "blank", "neutral"; each draws all sub-prompts again. None without
            it.
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.

    Returns:
        payoffs and removals (none where it was not asked): opinions (title, attribution, payoffs of
        all sub-prompts), agreements (Kendall's tau and Spearman's rho of each pair), disputes (each
        word's lowest and highest share, and by which), refused (name and reason).
    """
    asked = [str(name) for name in listed("payoffs", payoffs or ["clip", *WITHOUT_A_MODEL])]
    others = [str(name) for name in listed("removals", removals or [])]
    payoffs_named(asked)
    for name in others:
        removal_named(name)
    explanation = endpoints.explanation(prompt, seed, model, steps, guidance)
    path = fresh_folder() / "explanation.npz"
    storage.save(explanation, path)
    told = ask_payoffs(str(path), asked, cancel=stopped)
    more = ask_removals(str(path), others, cancel=stopped) if others else None
    return {"payoffs": told.to_dict(), "removals": more.to_dict() if more else None}


ASK_PAYOFFS = Kind(
    "payoffs", "payoff_opinions", "Ask these payoffs", "gl-ask-payoffs", ask_payoffs, opinions_html
)
ASK_REMOVALS = Kind(
    "removals", "removal_opinions", "Draw and compare", "gl-ask-removals", ask_removals,
    opinions_html,
)  # fmt: skip


def choices() -> list[tuple[str, str]]:
    """(title, name) of the payoffs that can be ticked: those with all they need on this machine."""
    return [(p.title, p.name) for p in PAYOFFS.values() if not p.missing()]
