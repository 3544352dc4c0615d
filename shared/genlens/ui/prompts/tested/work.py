"""What the tab "Put to the test" shows and computes; its endpoint too."""

from __future__ import annotations

from typing import Any

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.figures.blocks import blocks_html
from genlens.figures.prompts.fidelity_curves import fidelity_curves
from genlens.figures.prompts.noise_chart import noise_chart
from genlens.prompts import storage
from genlens.prompts.again import game_again
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.game import PromptGame
from genlens.prompts.results import PromptExplanation
from genlens.prompts.trust.axioms import axioms_of
from genlens.prompts.trust.fidelity import fidelity_of
from genlens.prompts.trust.noise import LEAST, MOST, NoiseReport, explain_over_noises
from genlens.prompts.trust.tables import axiom_blocks, fidelity_blocks, noise_blocks
from genlens.ui.export import fresh_folder
from genlens.ui.jobs import lent, on_gpu, stopped
from genlens.ui.kit import whole_number
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.more.kind import Kind
from genlens.ui.prompts.stored import cost_of, explanation_in, metered, still_there


def opened(dossier: Dossier) -> dict[str, str]:
    """What the tab opens with, of payoffs that are there already."""
    explanation, fidelity, noises = dossier.explanation, dossier.fidelity, dossier.noises
    curves = f'<div class="gl-two">{fidelity_curves(fidelity)}</div>'
    return {
        "axioms": f'<div class="gl">{blocks_html(axiom_blocks(dossier.axioms))}</div>',
        "fidelity": f'<div class="gl">{curves}{blocks_html(fidelity_blocks(fidelity))}</div>',
        "noise": f'<div class="gl"><p>{_first_look(explanation)}</p></div>'
        if noises is None
        else noise_html(noises),
        "noise_cost": f'<div class="gl"><p class="gl-soft">'
        f"{cost_of(explanation, 'for each noise after the first')}.</p></div>",
    }


def noise_html(report: NoiseReport) -> str:
    """A noise report as HTML."""
    return f'<div class="gl">{noise_chart(report)}{blocks_html(noise_blocks(report))}</div>'


def _first_look(explanation: PromptExplanation) -> str:
    """What is known of the noise from the explanation alone."""
    others = explanation.noise_payoffs
    if not len(others):
        return "No other noise was tried for this explanation yet."
    full = float(explanation.payoffs[-1])
    words, noise = full - float(explanation.payoffs[0]), full - float(others.mean())
    return (
        f"The whole prompt was drawn from {len(others)} other noises: they change the payoff by "
        f"{noise:.3f} on average, all words together by {words:.3f}. How sure each single word’s "
        "value is, only explaining it from other noises can say."
    )


def _noises(
    stored: str, noises: int, progress: Progress | None = None, cancel: Cancel | None = None
) -> NoiseReport:
    explanation = explanation_in(stored)
    meter = metered(explanation, noises - 1, progress)
    first = explanation.made_by.seed or 0

    def game_of(seed: int) -> PromptGame:
        which = (seed - first) % (MAX_SEED + 1) + 1

        def tell(done: int, total: int, text: str) -> None:
            meter(done, total, f"Noise {which} of {noises}. {text}")

        return game_again(explanation, seed=seed, progress=tell, cancel=cancel)

    return explain_over_noises(
        game_of,
        seed=first,
        noises=noises,
        known=explanation.payoffs,
    )


noises_lent = on_gpu(_noises)


def ask_noises(stored: str | None, noises: Any, **hooks: Any) -> NoiseReport:
    """A stored explanation over several noises.

    Raises:
        GenlensError: with a message for the reader.
    """
    asked = whole("the number of noises", whole_number("the number of noises", noises), LEAST, MOST)
    found: NoiseReport = lent(noises_lent, still_there(stored), asked, **hooks)
    return found


ASK_NOISES = Kind(
    "noises", "noise", "Explain from other noises", "gl-ask-noises", ask_noises, noise_html
)


def api_put_to_the_test(
    prompt: str,
    seed: float,
    model: str,
    noises: float = 0,
    steps: float = 0,
    guidance: float = 0,
) -> dict[str, Any]:
    """Whether the explanation of a prompt can be trusted: axioms, fidelity and other noises.

    Args:
        prompt: one to eight English words, for example "a cat next to a red car".
        seed: whole number from 0.
        model: id of the text-to-image model.
        noises: starting noises to explain from, 2 to 30; 0 for none, which draws nothing more.
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.

    Returns:
        axioms (findings: axiom, method, holds, deviation and limit in units of the payoff, and a
        sentence), fidelity (trials and a control: insertion and deletion curves with random orders,
        infidelity, correlation with leave-one-out), noises (none where it was not asked: means and
        pair differences with 95 % intervals, and a sentence).
    """
    count = whole_number("noises", noises)
    if count:
        whole("noises", count, LEAST, MOST)
    explanation = endpoints.explanation(prompt, seed, model, steps, guidance)
    told = {
        "axioms": axioms_of(explanation, cancel=stopped).to_dict(),
        "fidelity": fidelity_of(explanation).to_dict(),
        "noises": None,
    }
    if count:
        path = storage.save(explanation, fresh_folder() / "explanation.npz")
        told["noises"] = ask_noises(str(path), count, cancel=stopped).to_dict()
    return told
