"""The explanation a page opens with: computed in advance, shipped with the package.

``python -m genlens.ui.prompts.opening`` computes and stores it with the embedded models.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from genlens.prompts.results import PromptExplanation

PATH = Path(__file__).parents[1] / "data" / "prompt_opening.npz"
PROMPT, SEED, MODEL = "a cat next to a red car", 0, "emoji-diffusion"


def load_opening(path: Path = PATH) -> PromptExplanation | None:
    """The stored explanation, or None where there is none."""
    from genlens.prompts.storage import load

    return load(path) if path.is_file() else None


def main(arguments: list[str] | None = None) -> None:
    """Compute the opening explanation and store it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args(arguments)
    from genlens.prompts.explain import explain_prompt
    from genlens.prompts.storage import save

    explanation = explain_prompt(options.model, options.prompt, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save(explanation, options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, {options.prompt!r}")


if __name__ == "__main__":
    main()
