"""How long the VAE explorer's answers take on the shipped ``digits-vae``, beside their aims.

``python benchmarks/latents.py`` (about two minutes on 2 cores; ``--quick`` leaves UMAP out). The
jobs of one group take turns, so that the ratios compare runs of the same minute on the same
machine; the aims are seconds on 2 cores and say nothing on another machine.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from timing import median_seconds, report

from genlens.attribution.methods import METHODS, attribute
from genlens.figures.picture_strip import picture_uri
from genlens.latents.maps.latent_map import latent_map
from genlens.latents.targets import decoded_region, latent_mean
from genlens.study.coder import Coder
from genlens.study.study import load_study

ROUNDS = 5
CODES = 10_000


def many_codes(study: Any) -> np.ndarray:
    """(10,000, d): samples of the posteriors of the study's pictures."""
    rng = np.random.default_rng(0)
    rows = rng.integers(len(study), size=CODES)
    spread = np.exp(study.codes.logvar[rows] / 2)
    codes: np.ndarray = study.codes.mean[rows] + spread * rng.normal(size=spread.shape)
    return codes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave UMAP out")
    quick = parser.parse_args().quick
    study = load_study("digits-vae")
    model, x, z = study.model, study.picture(0), study.codes.mean[0].astype(np.float32)
    pixels = latent_mean(model, int(np.abs(z).argmax()))
    region = decoded_region(model, study.images[0, 0] > 0.5)

    gradient = {
        m.name: lambda name=m.name: attribute(name, pixels, x)
        for m in METHODS.values()
        if m.gradients and "image" in m.kinds and m.name != "integrated-gradients"
    }
    found = median_seconds(gradient, ROUNDS)
    for name, seconds in found.items():
        report(f"{METHODS[name].title}, pixels", seconds, 0.3)
    some = median_seconds(
        {
            "Integrated Gradients, 200 steps": lambda: attribute(
                "integrated-gradients", pixels, x, steps=200, tolerance=None
            ),
            "SHAP, exact, 10 latents": lambda: attribute("shap", region, z),
            "Kernel SHAP, 10 latents": lambda: attribute("kernel-shap", region, z),
            "LIME, 10 latents": lambda: attribute(
                "lime-latents", region, z, codes=study.codes.mean
            ),
        },
        ROUNDS,
    )
    for title, aim in zip(some, (1.0, 2.0, 2.0, 2.0), strict=True):
        report(title, some[title], aim)

    coder, codes = Coder(model), many_codes(study)
    slid = median_seconds(
        {
            "slider to picture, at the server": lambda: picture_uri(coder.decode(z[None])[0]),
            "PCA map of 10,000 codes, with its quality": lambda: latent_map(codes, "pca"),
        },
        ROUNDS,
    )
    for title, aim in zip(slid, (0.1, 1.0), strict=True):
        report(title, slid[title], aim)
    if not quick:
        start = time.perf_counter()
        latent_map(codes, "umap")
        taken = time.perf_counter() - start
        report("UMAP map of 10,000 codes, first run", taken, 30.0)

    print()
    whole = some["Integrated Gradients, 200 steps"]
    print(f"Integrated Gradients (200 steps) / one gradient: {whole / found['saliency']:.1f}")
    print(f"LRP / one gradient:                              "
          f"{found['lrp'] / found['saliency']:.1f}")  # fmt: skip
    exact, lime = some["SHAP, exact, 10 latents"], some["LIME, 10 latents"]
    print(f"exact SHAP / LIME, on 10 latents:                {exact / lime:.1f}")


if __name__ == "__main__":
    main()
