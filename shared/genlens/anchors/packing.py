"""Writes the scores that ship, and their thresholds: what ``zeros-vae`` makes of every digit it was
not trained on.

``python -m genlens.anchors.packing`` needs ``genlens fetch digits`` and takes a few minutes; it
writes ``anchors/data/zeros-vae.npz`` and prints the sha256 that belongs into
``anchors/shipped.py``.

The file holds plain arrays: ``values`` (m, n) float32, rounded to 5 digits; ``codes`` (a, n) int16
in steps of 1/64, of the latents ``latents`` (a,) that carry most of what the model tells; both byte
by byte (``shipped.planes``); ``labels``, ``ids``; and the rest of the record, and the thresholds,
read off 60,000 drawn pictures, as JSON text.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets.sets import anchor_set
from genlens.anchors.shipped import FILE, MODEL, SAMPLES, STEPS, planes
from genlens.anchors.thresholds import FEWER, thresholds_of
from genlens.common.records import plain
from genlens.models.catalog import load
from genlens.models.contracts import Autoencoder

CRITERIA = ("kld", "mse", "ssim", "mahalanobis")
LEAST_NATS = 0.1  # that a kept latent carries, on average over pictures like the training set's


def carrying(model: Autoencoder, images: np.ndarray) -> np.ndarray:
    """The latents that carry at least 0.1 nats of ``images`` (n, c, h, w), most first."""
    with torch.no_grad():
        kl = model.encode(torch.from_numpy(images)).kl().mean(0).cpu().numpy()
    order = np.argsort(-kl)
    return order[kl[order] >= LEAST_NATS]


def pack(
    scores: AnchorScores, thresholds: dict[str, Threshold], latents: np.ndarray, path: Path
) -> str:
    """Write ``scores``, with the codes of ``latents`` only, and ``thresholds``; its sha256."""
    codes = np.round(scores.codes[:, latents] * STEPS).astype(np.int16)
    about = {
        "criteria": scores.criteria,
        "sides": scores.sides,
        "units": scores.units,
        "names": scores.names,
        "data": scores.data,
        "made_by": scores.made_by,
        "thresholds": list(thresholds.values()),
    }
    np.savez_compressed(
        path,
        values=planes(_rounded(scores.values).T),  # a criterion after the other packs better
        codes=planes(codes.T),
        latents=latents.astype(np.int16),
        labels=scores.labels.astype(np.int8),
        ids=np.diff(scores.ids, prepend=0).astype(np.int32),
        about=np.frombuffer(json.dumps(plain(about)).encode(), np.uint8),
    )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _rounded(values: np.ndarray) -> np.ndarray:
    """float32 whose last 7 bits are 0, so that they take less room: right to 5 digits."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x40) & np.uint32(0xFFFFFF80)).view(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FILE)
    args = parser.parse_args()
    model = load(MODEL, contract="Autoencoder")
    anchors = anchor_set("digits", model.image_shape)
    scores = score_anchors(model, anchors, CRITERIA)
    known = anchors.pictures(np.flatnonzero(scores.labels == 0))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    thresholds = thresholds_of(model, CRITERIA, samples=SAMPLES, iterations=FEWER)
    digest = pack(scores, thresholds, carrying(model, known), args.out)
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
