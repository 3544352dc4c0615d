"""Selecting of 56,000 anchors, and PXGen against VAE-TracIn, on the shipped ``zeros-vae``.

``python benchmarks/anchor_rivals.py`` (a few minutes on one core; ``--quick`` takes 3 checkpoints
in place of 30). All ratios compare runs of the same minutes on the same machine.

What VAE-TracIn costs is measured on 500 training pictures x 100 generated ones and scaled to the
paper's 5,923 x 3,500: gradients with their number, products with the number of pairs. The short way
that the retraining job takes (the mean over generated pictures first) is measured beside it: who
wants only that mean need not pay for pairs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from timing import report

import genlens
from genlens.anchors.retraining.influence import gradients, mean_influence
from genlens.anchors.scoring import score_anchors
from genlens.anchors.selection.methods import METHODS, select
from genlens.anchors.sets.own import array
from genlens.anchors.thresholds import thresholds_of
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.models.catalog import weights_folder

ANCHORS, K = 56_000, 10
TRAIN, DRAWN, CHECKPOINTS = 5_923, 3_500, 30
SOME_TRAIN, SOME_DRAWN = 500, 100


def seconds(job: Callable[[], object], rounds: int = 1) -> float:
    """The least of ``rounds``."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        job()
        found.append(time.perf_counter() - started)
    return min(found)


def selections() -> None:
    """k = 10 of 56,000 in criteria space (2 numbers) and latent space (200)."""
    model, rng = genlens.load("zeros-vae"), np.random.default_rng(0)
    pixels = torch.rand((ANCHORS // 10, 1, 28, 28))
    with torch.no_grad():
        plain = 10 * seconds(lambda: model.decode(model.encode(pixels).mean), 2)
    criteria, codes = np.exp(rng.normal(size=(ANCHORS, 2))), rng.normal(size=(ANCHORS, 200))
    print(f"one plain pass (encode, decode) over {ANCHORS:,} anchors: {plain:.2f} s\n")
    for name in METHODS:
        select(criteria[:200], 5, name)  # imports
        near = seconds(lambda name=name: select(criteria, K, name), 3)
        wide = seconds(lambda name=name: select(codes, K, name, space="latents"))
        report(f"{name}, {K} of {ANCHORS:,}, criteria", near, 1.0)
        print(f"{'':<10} {near / plain:.2f} plain passes; in latent space {wide:.2f} s")


def exponent() -> None:
    """How k-center's time grows with the anchors: O(n)."""
    rng = np.random.default_rng(0)
    sizes = (50_000, 100_000, 200_000, 400_000)
    taken = []
    for n in sizes:
        points = rng.normal(size=(n, 2))
        taken.append(seconds(lambda points=points: select(points, K), 3))
    slope = np.polyfit(np.log(sizes), np.log(taken), 1)[0]
    print(f"\nk-center's time goes with anchors to the power of {slope:.2f} (aim: about 1)")


def against_tracin(checkpoints: int) -> None:
    """PXGen on the 5,923 training anchors, thresholds included, and VAE-TracIn."""
    model = genlens.load("zeros-vae")
    vae = MlpVAE.from_folder(weights_folder("zeros-vae"))
    train = torch.rand((TRAIN, 1, 28, 28), generator=torch.Generator().manual_seed(0))
    anchors = array(train.numpy())

    scoring = seconds(lambda: score_anchors(model, anchors, ("kld", "mse")))
    limits = seconds(lambda: thresholds_of(model, ("kld", "mse")))
    paper = 100 * limits  # 6,000,000 draws in place of 60,000
    pxgen = scoring + limits
    print(f"\nPXGen: {TRAIN:,} anchors {scoring:.2f} s + thresholds {limits:.2f} s = {pxgen:.2f} s")
    print(f"  with the paper's 6,000,000 draws (scaled): {scoring + paper:.0f} s")

    noise = torch.randn((SOME_TRAIN, vae.latents), generator=torch.Generator().manual_seed(1))
    slopes = products = 0.0
    for _ in range(checkpoints):
        rows = gradients(vae, train[:SOME_DRAWN], noise[:SOME_DRAWN])
        slopes += seconds(lambda: gradients(vae, train[:SOME_DRAWN], noise[:SOME_DRAWN]))
        for x, e in zip(train[:SOME_TRAIN].split(100), noise.split(100), strict=True):
            started = time.perf_counter()
            own = gradients(vae, x, e)
            slopes += time.perf_counter() - started
            products += seconds(lambda own=own, rows=rows: own @ rows.T)
    more = CHECKPOINTS / checkpoints
    slopes *= more * (TRAIN + DRAWN) / (SOME_TRAIN + SOME_DRAWN)
    products *= more * TRAIN * DRAWN / (SOME_TRAIN * SOME_DRAWN)
    pairs = slopes + products
    print(
        f"VAE-TracIn, every pair, {TRAIN:,} x {DRAWN:,} x {CHECKPOINTS} checkpoints (scaled from "
        f"{SOME_TRAIN} x {SOME_DRAWN} x {checkpoints}):\n  gradients {slopes:.0f} s + products "
        f"{products:.0f} s = {pairs:.0f} s"
    )
    report("VAE-TracIn / PXGen with its thresholds", pairs / pxgen, 100, "x", least=True)
    print(f"  gradients alone: {slopes / pxgen:.0f} times")
    print(f"  with the paper's thresholds: {pairs / (scoring + paper):.1f} times")
    few = train[:SOME_TRAIN]
    short = seconds(lambda: mean_influence([vae], few, train[:SOME_DRAWN]))
    short *= CHECKPOINTS * (TRAIN + DRAWN) / (SOME_TRAIN + SOME_DRAWN)
    print(
        f"VAE-TracIn, only the mean (ours, scaled): {short:.0f} s, {short / pxgen:.0f} times PXGen"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 checkpoints in place of 30")
    quick = parser.parse_args().quick
    selections()
    exponent()
    against_tracin(3 if quick else CHECKPOINTS)


if __name__ == "__main__":
    main()
