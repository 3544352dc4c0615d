"""What the anchors' room costs on the shipped ``zeros-vae``, beside its aims.

``python benchmarks/anchors.py`` (some minutes on 2 cores; ``--quick`` takes a tenth of the
anchors). Ratios compare jobs that take turns in one run, so they hold on another machine too.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from timing import median_seconds, report

import genlens
from genlens.anchors import chosen_threshold, group_anchors, score_anchors, thresholds_of
from genlens.anchors.criteria.criteria import chosen_criteria
from genlens.anchors.criteria.readers import reader_of
from genlens.anchors.tails import expected_maximum
from genlens.anchors.thresholds import own_values
from genlens.models.contracts import Autoencoder

MODEL, CRITERIA = "zeros-vae", ("kld", "mse")
ROUNDS, BATCH = 3, 512


class Drawn:
    """An ``AnchorSet`` of n random pictures that are never all in memory."""

    def __init__(self, n: int, shape: tuple[int, int, int]) -> None:
        self.image_shape, self.title, self.names = shape, f"{n} random pictures", ()
        self.labels, self.ids = np.full(n, -1), np.arange(n)
        self._block = np.random.default_rng(0).random((4 * BATCH, *shape), np.float32)

    def __len__(self) -> int:
        return len(self.ids)

    def batches(self, size: int) -> Iterator[np.ndarray]:
        for start in range(0, len(self), size):
            yield self._block[: min(size, len(self) - start)]

    def pictures(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        return self._block[np.asarray(rows) % len(self._block)]


def plain_pass(model: Autoencoder, anchors: Drawn) -> None:
    """Encode and decode every picture, and nothing else."""
    with torch.no_grad():
        for images in anchors.batches(BATCH):
            model.decode(model.encode(torch.from_numpy(images)).mean)


def scoring(model: Autoencoder, n: int) -> float:
    """Prints time against the plain pass and how it grows; gives the seconds of n anchors."""
    sizes = [n // 8, n // 4, n // 2, n]
    sets = {size: Drawn(size, model.image_shape) for size in sizes}
    jobs = {"plain": lambda: plain_pass(model, sets[n])}
    for size in sizes:
        jobs[str(size)] = lambda size=size: score_anchors(
            model, sets[size], CRITERIA, batch_size=BATCH
        )
    found = median_seconds(jobs, ROUNDS)
    seconds = [found[str(size)] for size in sizes]
    print(f"{n} anchors by {' and '.join(CRITERIA)}: {seconds[-1]:.2f} s")
    report("time / one plain encode and decode pass", seconds[-1] / found["plain"], 1.3, "x")
    slope = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    report("exponent of the number of anchors", slope, 1.1, "")
    return seconds[-1]


def grouping(n: int) -> None:
    """Prints how long it takes to move a threshold."""
    rng = np.random.default_rng(0)
    scores = score_anchors(genlens.load(MODEL), Drawn(600, (1, 28, 28)), CRITERIA)
    rows = rng.integers(len(scores), size=n)
    many = type(scores)(
        scores.criteria, scores.sides, scores.units, scores.values[rows], scores.codes[rows],
        scores.labels[rows], np.arange(n),
    )  # fmt: skip
    middle = [float(value) for value in np.median(many.values, axis=0)]
    limits = [chosen_threshold(c, v) for c, v in zip(CRITERIA, middle, strict=True)]
    taken = median_seconds({"group": lambda: group_anchors(many, *limits)}, 9)["group"]
    report(f"grouping {n} anchors", 1000 * taken, 50, "ms")


def memory(few: int, many: int) -> None:
    """Prints the peak of this script with few and with many streamed anchors."""
    peaks = []
    for n in (few, many):
        command = [sys.executable, __file__, "--peak", str(n)]
        peaks.append(float(subprocess.run(command, check=True, capture_output=True).stdout))
    kept = (many - few) * (8 * 2 + 4 * len(CRITERIA)) / 2**20
    print(f"peak memory with {few} anchors: {peaks[0]:.0f} MB, with {many}: {peaks[1]:.0f} MB")
    print(f"  of which labels, ids and values: {kept:.0f} MB")
    report("peak with 10 times as many anchors / peak", peaks[1] / peaks[0], 1.15, "x")


def peak(n: int) -> None:
    """Prints the peak memory, in MB, of scoring n streamed anchors."""
    model = genlens.load(MODEL)
    score_anchors(model, Drawn(n, model.image_shape), CRITERIA, batch_size=BATCH)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def thresholds(model: Autoencoder, size: int, repeats: int) -> float:
    """Prints whether the quantile form lands where the paper's does; gives the seconds that the
    paper's 60,000 pictures a hundred times take by it."""
    started = time.perf_counter()
    paper = thresholds_of(model, CRITERIA, form="mean of maxima", samples=size, iterations=100)
    paid = time.perf_counter() - started
    chosen = chosen_criteria(CRITERIA, "Autoencoder")
    sets = list(own_values(reader_of(model), chosen, repeats * size, size, seed=1))
    for column, name in enumerate(CRITERIA):
        found = np.array([expected_maximum(values[:, column], size) for values in sets])
        truth = paper[name]
        off = abs(float(np.mean(found[:, 0])) / truth.value - 1)
        held = float(np.mean((found[:, 1] <= truth.value) & (truth.value <= found[:, 2])))
        print(
            f"{name}: mean of 100 maxima of {size}: {truth.value:.4g} ({truth.low:.4g} to "
            f"{truth.high:.4g}); from {size} pictures: {np.mean(found[:, 0]):.4g} on average, "
            f"standard deviation {found[:, 0].std():.2g}"
        )
        report(f"  distance of the two, {name}", 100 * off, 5, "%")
        report(f"  intervals that hold it, of {repeats}", 100 * held, 90, "%", least=True)
    started = time.perf_counter()
    thresholds_of(model, CRITERIA)
    ours = time.perf_counter() - started
    print(f"thresholds for 60,000 pictures, quantile form: {ours:.1f} s")
    whole = paid / (100 * size) * 6_000_000
    report("the paper's form (scaled) / the quantile form", whole / ours, 50, "x", least=True)
    return ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the anchors")
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak:
        peak(asked.peak)
        return
    model, part = genlens.load(MODEL, contract="Autoencoder"), 10 if asked.quick else 1
    scored = scoring(model, 56_000 // part)
    grouping(56_000)
    memory(100_000 // part, 1_000_000 // part)
    limits = thresholds(model, 2000 // part, 40)
    print(f"scores and thresholds of {56_000 // part} anchors: {scored + limits:.1f} s")


if __name__ == "__main__":
    main()
