"""What the recipes of the small VAEs share: the loss, the measures, the training run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from genlens.models.conv_vae import ConvVAE

from .common import Trainer, arguments, scheduled, to_tensor, workers

# Variance of a latent's mean over pictures from which it counts as used (Burda et al. 2016,
# arXiv:1509.00519, section 5.2).
ACTIVE = 0.01


def vae_loss(
    vae: ConvVAE, images: torch.Tensor, labels: torch.Tensor | None = None, beta: float = 1.0
) -> torch.Tensor:
    """Negative evidence lower bound (Kingma and Welling 2014, eq. 10, Bernoulli pixels): binary
    cross-entropy summed over pixels + ``beta`` * KL to N(0, 1), the mean over pictures.

    It is divided by the number of pixel values, which changes no optimum and keeps gradients of
    one size for all picture sizes.
    """
    logits, mean, logvar = vae(images, labels)
    miss = F.binary_cross_entropy_with_logits(logits.float(), images, reduction="sum")
    return (miss + beta * kl(mean, logvar).sum()) / images.numel()


def kl(mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """(n, d): KL of each latent's posterior from N(0, 1), in nats (appendix B of the same)."""
    return 0.5 * (mean.square() + logvar.exp() - 1 - logvar)


@torch.no_grad()
def measure(
    vae: ConvVAE, images: torch.Tensor, labels: torch.Tensor | None = None
) -> dict[str, float]:
    """How good a VAE is on ``images`` (n, c, h, w): mean squared error a pixel value and PSNR in
    dB of reconstructions from the mean, KL in nats, and how many latents are in use."""
    means, logvars, errors = [], [], []
    for i in range(0, len(images), 256):
        x = images[i : i + 256]
        y = None if labels is None else labels[i : i + 256]
        mean, logvar = (v.float() for v in vae.encode(x, y))
        out = torch.sigmoid(vae.decode_logits(mean, y).float())
        errors.append((out - x).square().mean((1, 2, 3)))
        means.append(mean)
        logvars.append(logvar)
    mean, logvar, error = torch.cat(means), torch.cat(logvars), torch.cat(errors)
    return {
        "mse": float(error.mean()),
        "psnr_db": float(-10 * torch.log10(error.clamp_min(1e-10)).mean()),
        "kl": float(kl(mean, logvar).sum(1).mean()),
        "active": float((mean.var(0) > ACTIVE).sum()),
    }


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
    trainer = Trainer(vae, schedule, args.run, loss, device=args.device)
    trainer.train(lambda _: measure(vae, x, y))
    if args.export and not workers()[0]:
        figures = trainer.averaged(lambda: measure(vae, x, y))
        print(figures)
        trainer.averaged(lambda: vae.save(args.export, about={**about, "measured": figures}))
    return trainer
