"""The explanation a page opens with: computed in advance, shipped with the package.

``python -m genlens.ui.prompts.opening`` computes and stores it with the embedded models, and what
the tab "Where it looks" opens with.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from genlens.common.progress import Progress
from genlens.prompts.again import game_again, ingredients_of, removal_of
from genlens.prompts.dossiers.dossier import Dossier, Trials
from genlens.prompts.opinions import compare_payoffs, compare_removals
from genlens.prompts.payoffs.payoffs import PAYOFFS
from genlens.prompts.results import PromptExplanation
from genlens.prompts.trust.noise import explain_over_noises
from genlens.prompts.versus.compare import compare_prompts

PATH = Path(__file__).parents[1] / "data" / "prompt_opening.npz"
# A noise whose cat and car a class can name: not every one has such.
PROMPT, SEED, MODEL = "a cat next to a red car", 14, "emoji-diffusion"
QUESTION = (PROMPT, SEED, MODEL, 0, 0, "", "")
"""The inputs of the page that it answers."""


def load_opening(path: Path = PATH) -> Dossier | None:
    """The stored explanation with its trials, or None where there is none."""
    from genlens.prompts.storage import load_dossier

    return load_dossier(path) if path.is_file() else None


OTHER = "a cat next to a blue car"
"""The prompt that the first one is compared with."""


def tried(explanation: PromptExplanation, progress: Progress | None = None) -> Trials:
    """Every payoff that ships, every way to leave a word out, and the usual number of noises."""
    game, parts = game_again(explanation, progress=progress), ingredients_of(explanation)
    payoffs = [name for name, payoff in PAYOFFS.items() if not payoff.missing()]
    return Trials(
        payoffs=compare_payoffs(game, payoffs, parts),
        removals=compare_removals(game, known={removal_of(explanation): explanation.payoffs}),
        noises=explain_over_noises(
            lambda seed: game_again(explanation, seed=seed, progress=progress),
            seed=explanation.made_by.seed or 0,
            known=explanation.payoffs,
        ),
        versus=compare_prompts(
            parts.painter,
            explanation.prompt,
            OTHER,
            explanation.made_by.seed or 0,
            encoder=parts.eyes,
            progress=progress,
        ),
    )


def main(arguments: list[str] | None = None) -> None:
    """Compute the opening explanation, and what its tabs open with, and store it: about 1,000
    images of the embedded model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args(arguments)
    from genlens.prompts.explain import explain_prompt
    from genlens.prompts.storage import save
    from genlens.ui.prompts.attention.work import record_opening

    def told(done: int, total: int, text: str) -> None:
        print(f"\r{text}   ", end="", flush=True)

    explanation = explain_prompt(options.model, options.prompt, options.seed, progress=told)
    trials = tried(explanation, told)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save(explanation, options.out, trials)
    print()
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, {options.prompt!r}")
    if options.out == PATH:
        looked = record_opening(explanation)
        print(f"{looked}: {looked.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
