"""What the recipes of the small VAEs share: order of pictures, command line, training run; the
loss and the measures are those of ``genlens.training.loss``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.devices import multiplies_bf16
from genlens.training.loss import measure, vae_loss
from genlens.zoo.recipes.common import Trainer, arguments, scheduled, to_tensor, workers

__all__ = ["batches", "measure", "parse", "run", "vae_loss"]


def batches(n: int, batch: int, seed: int) -> Iterator[np.ndarray]:
    """Endless batches of ``min(batch, n)`` indices, reshuffled each epoch."""
    rng, size = np.random.default_rng(seed), min(batch, n)
    while True:
        yield from rng.permutation(n)[: n // size * size].reshape(-1, size)


def parse(
    description: str,
    presets: dict[str, Any],
    extra: Callable[[argparse.ArgumentParser], object],
) -> argparse.Namespace:
    """The command line of all recipes, and the flags of this one that ``extra`` adds."""
    own = argparse.ArgumentParser(add_help=False)
    extra(own)
    mine, rest = own.parse_known_args()
    if {"-h", "--help"} & set(rest):
        print(own.format_usage())
    kept = sys.argv[1:]
    sys.argv[1:] = rest  # what is left is for the shared parser, which reads sys.argv
    try:
        shared = arguments(description, presets)
    finally:
        sys.argv[1:] = kept
    return argparse.Namespace(**vars(shared), **vars(mine))


def run(
    vae: ConvVAE,
    args: argparse.Namespace,
    train: tuple[np.ndarray, np.ndarray | None],
    held: tuple[np.ndarray, np.ndarray | None],
    *,
    about: dict[str, Any],
    beta: float = 1.0,
    seed: int = 1,
) -> Trainer:
    """Train ``vae`` by the preset and export it where ``args.export`` asks for that.

    Args:
        vae: fresh network; ``args.init`` names a folder whose weights it starts from.
        train, held: images (n, h, w, c) uint8, and labels (n,) or None; ``held`` is measured.
        about: what the exported config says about the data; the measures are added to it.
        beta: weight of the KL term.
        seed: of the order of pictures.
    """
    if args.init:
        vae.load_state_dict(ConvVAE.from_folder(Path(args.init)).state_dict())
    vae = vae.to(args.device)
    images, labels = train
    schedule = scheduled(args.schedule, args)
    order = batches(len(images), schedule.batch, seed + 1_000 * workers()[0])

    def loss(_: int) -> torch.Tensor:
        i = next(order)
        y = None if labels is None else torch.from_numpy(labels[i]).to(args.device)
        return vae_loss(vae, to_tensor(images[i]).to(args.device), y, beta)

    x = to_tensor(held[0]).to(args.device)
    y = None if held[1] is None else torch.from_numpy(held[1]).to(args.device)
    bf16 = args.device != "cpu" or multiplies_bf16()
    trainer = Trainer(vae, schedule, args.run, loss, device=args.device, bf16=bf16)
    trainer.train(lambda _: measure(vae, x, y))
    if args.export and not workers()[0]:
        figures = trainer.averaged(lambda: measure(vae, x, y))
        print(figures)
        trainer.averaged(lambda: vae.save(args.export, about={**about, "measured": figures}))
    return trainer
