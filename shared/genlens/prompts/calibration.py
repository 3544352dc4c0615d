"""Finding link settings for an encoder: explain prompts once, then weigh the evidence many ways.

``python -m genlens.prompts.calibration --n 60`` prints settings for the shipped models. Calibrate
on other prompts than those of the evaluation (the default seeds do).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from genlens.errors import InputError
from genlens.prompts.evidence import LinkSettings, rescore
from genlens.prompts.results import Links, PromptExplanation
from genlens.prompts.truth import OVERLAP, TOUCH, PromptTruth, RefereeLike

RANGES: dict[str, tuple[float, float, str]] = {
    "text_weight": (0.0, 2.0, "flat"),
    "text_temperature": (0.01, 0.5, "log"),
    "none_text": (-0.1, 0.6, "flat"),
    "image_weight": (0.0, 2.0, "flat"),
    "image_temperature": (0.01, 0.5, "log"),
    "none_image": (0.0, 0.8, "flat"),
    "crop_weight": (0.0, 2.0, "flat"),
    "crop_floor": (0.003, 0.1, "log"),
    "cause_weight": (0.0, 2.0, "flat"),
    "cause_floor": (0.003, 0.1, "log"),
    "none_share": (0.02, 0.5, "log"),
}
"""What is tried for each setting. ``ground`` is not among them: it needs new embeddings."""


@dataclass(frozen=True)
class Case:
    """One segmented object with its answer: ``right`` are the word indices that drew it, empty
    for an object that belongs to no noun of the prompt; ``row`` is its index in ``links``."""

    links: Links
    row: int
    right: tuple[int, ...]


def cases_of(links: Links, answers: Sequence[Sequence[int]]) -> list[Case]:
    """Cases of one explanation; ``answers[i]`` are the right words of object i."""
    if len(answers) != len(links.objects):
        raise InputError(f"{len(answers)} answers for {len(links.objects)} objects")
    return [Case(links, i, tuple(right)) for i, right in enumerate(answers)]


def quality(cases: Sequence[Case], settings: LinkSettings) -> tuple[float, float]:
    """(share of objects given a right word or rightly none, mean log score of the right answer).

    The second number prefers, among settings that are right equally often, those that are surer
    of what is right; it is what makes a random search converge.
    """
    if not cases:
        raise InputError("no cases: explain some prompts first")
    right, log_score = [], []
    scored: dict[int, Links] = {}
    for case in cases:
        if id(case.links) not in scored:
            scored[id(case.links)] = rescore(case.links, settings)
        links = scored[id(case.links)]
        row = links.scores[case.row]
        answer = float(row[list(case.right)].sum()) if case.right else float(row[-1])
        word = int(links.word_of[case.row])
        right.append(word in case.right if case.right else word == -1)
        log_score.append(max(np.log(answer + 1e-12), -6.0))  # one bad miss must not decide
    return float(np.mean(right)), float(np.mean(log_score))


def search(
    cases: Sequence[Case], start: LinkSettings, *, tries: int = 2500, seed: int = 0
) -> tuple[LinkSettings, tuple[float, float]]:
    """The best settings of a random walk from ``start``, and their ``quality``.

    A quarter of the tries change every setting, the others a few of the best so far.
    """
    rng = np.random.default_rng(seed)
    best, best_quality = start, quality(cases, start)
    for _ in range(tries):
        everything = rng.random() < 0.25
        names = [n for n in RANGES if everything or rng.random() < 0.2]
        trial = replace(best, **{n: _draw(rng, *RANGES[n]) for n in names})
        reached = quality(cases, trial)
        if _total(reached) > _total(best_quality):
            best, best_quality = trial, reached
    return best, best_quality


def collect_cases(n: int, *, seed: int = 10_000, **options: Any) -> list[Case]:
    """Explain ``n`` prompts of the world and let the referee say which object is which noun.

    An object is a noun's where its mask and the referee's overlap by IoU >= 0.5. One that touches
    several or none clearly (largest IoU between 0.1 and 0.5) is left out, and so is one that no
    noun touches where the referee misses a noun of the prompt: it may be that noun, badly drawn.
    """
    from genlens.models.pictures.masks import iou
    from genlens.prompts.evaluation import evaluate_prompts

    cases: list[Case] = []

    def watch(explanation: PromptExplanation, truth: PromptTruth, referee: RefereeLike) -> None:
        nouns = sorted(set(truth.nouns.values()))
        masks = referee.locate(explanation.image, nouns) if nouns else {}
        for i, thing in enumerate(explanation.links.objects):
            overlaps = {x: iou(thing.mask, m) for x, m in masks.items() if m is not None}
            best = max(overlaps, key=lambda x: overlaps[x], default=None)
            if best is None or overlaps[best] < TOUCH:
                if len(overlaps) == len(nouns):
                    cases.append(Case(explanation.links, i, ()))
            elif overlaps[best] >= OVERLAP:
                words = tuple(w for w, x in truth.nouns.items() if x == best)
                cases.append(Case(explanation.links, i, words))

    evaluate_prompts(n, seed=seed, watch=watch, **options)
    return cases


def main(arguments: list[str] | None = None) -> None:
    """Print link settings for the shipped models as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--n", type=int, default=60, help="prompts to explain")
    parser.add_argument("--max-words", type=int, default=7, help="of the longest prompt")
    parser.add_argument("--tries", type=int, default=2500)
    options = parser.parse_args(arguments)

    def progress(done: int, total: int, text: str) -> None:
        print(f"\r{text}   ", end="", flush=True)

    cases = collect_cases(options.n, max_words=options.max_words, progress=progress)
    start = LinkSettings()
    if cases:
        start = LinkSettings(**cases[0].links.settings)
    settings, (share, log_score) = search(cases, start, tries=options.tries)
    before = quality(cases, start)
    print(f"\n{len(cases)} objects; right {before[0]:.1%} before, {share:.1%} after")
    print(f"mean log score {before[1]:.3f} before, {log_score:.3f} after")
    print(json.dumps({k: round(v, 4) for k, v in settings.to_dict().items()}, indent=1))


def _draw(rng: np.random.Generator, low: float, high: float, scale: str) -> float:
    if scale == "log":
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return float(rng.uniform(low, high))


def _total(reached: tuple[float, float]) -> float:
    return reached[0] + 0.2 * reached[1]


if __name__ == "__main__":
    main()
