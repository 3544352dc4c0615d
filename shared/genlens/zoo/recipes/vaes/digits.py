"""``digits-vae`` and, with ``--conditional``, ``digits-cvae``: MNIST in 10 latents.

``python -m genlens.zoo.recipes.vaes.digits --run runs/digits-vae --export
shared/genlens/zoo/weights/digits-vae``; the pictures are those of ``genlens fetch digits``.
"""

from __future__ import annotations

from typing import Any

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

    args = parse(__doc__ or "", PRESETS, flags)
    args.schedule = PRESETS[args.preset]["schedule"]
    torch.manual_seed(0)
    data = {
        split: (images[..., None], labels if args.conditional else None)
        for split, (images, labels) in mnist().items()
    }
    held_images, held_labels = data["test"]
    held = held_images[:2000], None if held_labels is None else held_labels[:2000]
    about = {"data": "digits", "labels": [str(d) for d in range(10)]}
    run(build(args.conditional), args, data["train"], held, about=about)


if __name__ == "__main__":
    main()
