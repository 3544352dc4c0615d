"""Finding link settings for an encoder: explain prompts once, then weigh the evidence many ways.

``python -m genlens.prompts.evaluation.calibration --n 60`` prints settings for the shipped models.
Calibrate on other prompts than those of the evaluation (the default seeds do).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from genlens.common.progress import Progress
from genlens.errors import InputError
from genlens.models.pictures.masks import iou
from genlens.prompts.evaluation.link_truth import OVERLAP, TOUCH
from genlens.prompts.evaluation.runs import Bench
from genlens.prompts.evaluation.truth import sample_captions
from genlens.prompts.evidence import LinkSettings, rescore
from genlens.prompts.results import Links

RANGES: dict[str, tuple[float, float, str]] = {
    "text_temperature": (0.01, 0.5, "log"),
    "none_text": (-0.1, 0.7, "flat"),
    "cause_weight": (0.0, 2.0, "flat"),
    "cause_floor": (0.003, 0.1, "log"),
    "none_share": (0.02, 0.6, "log"),
}
"""What is tried for each setting. ``ground`` is not among them: it needs new embeddings; nor is
``text_weight``, which does what ``text_temperature`` does."""


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


def collect_cases(
    n: int,
    *,
    seed: int = 10_000,
    max_words: int = 7,
    captions: Sequence[str] | None = None,
    bench: Bench | None = None,
    progress: Progress | None = None,
) -> list[Case]:
    """Explain ``n`` prompts of the world and let the referee say which object is which noun.

    An object is a noun's where its mask and the referee's overlap by IoU >= 0.5. One that touches
    several or none clearly (largest IoU between 0.1 and 0.5) is left out, and so is one that no
    noun touches where the referee misses a noun of the prompt: it may be that noun, badly drawn.
    Into each picture one thing is put that no word drew (``link_truth.with_intruder``): without
    such cases nothing would keep a setting from linking everything.
    """
    bench = bench or Bench()
    cases: list[Case] = []
    prompts = list(captions)[:n] if captions is not None else sample_captions(n, seed, max_words)
    for i, prompt in enumerate(prompts):
        if progress is not None:
            progress(i, len(prompts), f"Explaining prompt {i + 1} of {len(prompts)}")
        explanation, truth = bench.explain(prompt, seed + i), bench.truth(prompt)
        nouns = sorted(set(truth.nouns.values()))
        intruded = bench.intruded(explanation, nouns, seed + i)
        if not isinstance(intruded, str):
            cases += [Case(intruded.links, int(k), ()) for k in np.flatnonzero(intruded.its_own)]
        masks = bench.eyes.locate(explanation.image, nouns) if nouns else {}
        for k, thing in enumerate(explanation.links.objects):
            overlaps = {x: iou(thing.mask, m) for x, m in masks.items() if m is not None}
            best = max(overlaps, key=lambda x: overlaps[x], default=None)
            if best is None or overlaps[best] < TOUCH:
                if len(overlaps) == len(nouns):
                    cases.append(Case(explanation.links, k, ()))
            elif overlaps[best] >= OVERLAP:
                words = tuple(w for w, x in truth.nouns.items() if x == best)
                cases.append(Case(explanation.links, k, words))
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
