"""What batching and bf16 buy when coalitions are drawn, as ratios measured in one run.

``python benchmarks/generate.py`` draws sixteen sub-prompts with the shipped model: in one batch,
one by one, and in one batch at fp32. Ratios compare runs of the same minute on the same machine;
the seconds beside them are for orientation only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import genlens
from genlens.models.catalog import weights_folder
from genlens.models.text_to_image.diffusion import DiffusersTextToImage

PROMPTS = [f"a cat and a {noun}" for noun in ("dog", "car", "bus", "tree", "sun")]
PROMPTS += [f"two apples on a {c} background" for c in ("red", "blue", "pink", "black")]
PROMPTS += ["", "a cat", "please", "red", "a tree on a pink background", "cat", "two cats"]
ROUNDS = 5


def median_seconds(*jobs: Callable[[], object]) -> list[float]:
    """Median seconds of each job, the jobs taking turns, after one unmeasured round."""
    times: list[list[float]] = [[] for _ in jobs]
    for lap in range(ROUNDS + 1):
        for job, kept in zip(jobs, times, strict=True):
            start = time.perf_counter()
            job()
            if lap:
                kept.append(time.perf_counter() - start)
    return [statistics.median(t) for t in times]


def main() -> None:
    model = genlens.load("emoji-diffusion")
    exact = DiffusersTextToImage.from_folder(
        Path(weights_folder("emoji-diffusion")), precision="fp32"
    )
    batch, single, fp32 = median_seconds(
        lambda: model.generate(PROMPTS, 0),
        lambda: [model.generate([p], 0) for p in PROMPTS],
        lambda: exact.generate(PROMPTS, 0),
    )
    print(f"16 pictures in one batch: {batch:.2f} s ({model.card.settings['precision']})")
    print(f"one by one / one batch:   {single / batch:.2f}")
    print(f"fp32 / this precision:    {fp32 / batch:.2f}")


if __name__ == "__main__":
    main()
