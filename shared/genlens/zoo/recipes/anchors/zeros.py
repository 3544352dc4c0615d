"""``zeros-vae``: PXGen's model A, a fully connected VAE that has seen 4,000 zeros and nothing else.

``python -m genlens.zoo.recipes.anchors.zeros --run runs/zeros-vae --export
shared/genlens/zoo/weights/zeros-vae``; the pictures are those of ``genlens fetch digits``.
Network, loss, batch, epochs and seed are those of the paper's code (arXiv:2501.11827, section 4.1);
the 4,000 are the first zeros in the order of MNIST's training set. It takes minutes, so both
presets are the paper's and a stopped run begins anew; the run's folder gets a model after each
round, for methods that look at the training (VAE-TracIn).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.training.loss import measure
from genlens.training.mlp import MlpSettings, train_mlp_vae
from genlens.worlds.digits import TRAINING_ZEROS
from genlens.zoo.recipes.vaes.digits_data import mnist

PRESETS = {"cpu": MlpSettings(), "gpu": MlpSettings()}


def zeros(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The training pictures and the zeros left over, (n, 1, 28, 28) uint8 each, of MNIST's
    training set."""
    rows = np.flatnonzero(labels == 0)
    return images[rows[:TRAINING_ZEROS], None], images[rows[TRAINING_ZEROS:], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--run", type=Path, required=True, help="folder for the rounds' models")
    parser.add_argument("--export", type=Path, help="write the finished model to this folder")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    train, held = zeros(*mnist()["train"])

    def keep(epoch: int, vae: MlpVAE) -> None:
        vae.save(args.run / f"round-{epoch:02d}")
        print(f"round {epoch}", flush=True)

    settings = PRESETS[args.preset]
    vae = train_mlp_vae(train, settings, after_epoch=keep, device=args.device)
    figures = measure(vae, torch.from_numpy(held).to(args.device).float() / 255)
    print(figures)
    if args.export:
        about: dict[str, Any] = {"data": "digits", "trained_on": "4,000 zeros"}
        vae.save(args.export, about={**about, "measured": figures})


if __name__ == "__main__":
    main()
