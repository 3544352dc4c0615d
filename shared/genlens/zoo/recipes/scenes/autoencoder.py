"""The autoencoder of the scenes: 128 px pictures to 16 x 16 latents, diffusers' AutoencoderKL.

Rombach et al. 2022 (arXiv 2112.10752, section 3.1): L1, LPIPS and a faint KL term; a Laplacian L1
in place of the adversarial part asks for the edges that an L1 alone blurs. Three steps of four see
windows of half the side: the model is local, and most of a scene's border is plain ground.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from genlens import torchvision_guard
from genlens.errors import ModelError
from genlens.models.devices import multiplies_bf16
from genlens.models.distances.lpips import Lpips
from genlens.zoo.measures.rich import laplacian
from genlens.zoo.recipes.common import Schedule, to_tensor
from genlens.zoo.recipes.scenes.data import SEED, SIDE, Scenes, held_out, prepare
from genlens.zoo.recipes.scenes.training import (
    ClockTrainer,
    existing,
    exported_weights,
    recipe,
    take_what_fits,
)
from genlens.zoo.recipes.scenes.vae import decode, encode, even_out, load_vae


@dataclass(frozen=True)
class Preset:
    """``channels`` from the picture's resolution to the latents', ``latent`` channels, ``scenes``
    drawn once and kept in memory, ``minutes`` of training, ``layers`` of each block."""

    channels: tuple[int, ...]
    latent: int
    scenes: int
    minutes: float
    schedule: Schedule
    layers: int = 2


_SHAPE = ((16, 32, 64, 144), 8)
PRESETS = {
    "cpu": Preset(
        *_SHAPE, 16_000, 60, Schedule(10**6, 4, 1.5e-3, warmup=200, ema=0.998, weight_decay=0.0)
    ),
    "gpu": Preset(*_SHAPE, 120_000, 3, Schedule(10**6, 64, 1.5e-3, warmup=300, weight_decay=0.0)),
    "tiny": Preset((8, 8, 8, 16), 8, 48, 60, Schedule(2, 2, 1e-3, warmup=1)),
}
# Weights of the terms. KL is per latent; the others per pixel value in [0, 1].
MSE, LAPLACIAN, LPIPS, KL = 2.0, 0.5, 0.1, 1e-3
EVEN = 0.0  # see ``vae.even_out``: trials found no gain (NOTES.md)


def build(preset: Preset) -> torch.nn.Module:
    """An untrained AutoencoderKL, 8x down."""
    torchvision_guard.ensure()
    from diffusers import AutoencoderKL

    levels = len(preset.channels)
    model: torch.nn.Module = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=preset.channels,
        layers_per_block=preset.layers,
        latent_channels=preset.latent,
        norm_num_groups=4,
        sample_size=SIDE,
        # no attention: the map stays local, so any picture size works and it is fast
        mid_block_add_attention=False,
    )
    return model


def loss(
    vae: torch.nn.Module, images: torch.Tensor, lpips: Lpips | None, *, frozen: bool = False
) -> torch.Tensor:
    """L1 + MSE + Laplacian L1 + LPIPS + KL; ``frozen``: the encoder no longer changes."""
    with torch.set_grad_enabled(not frozen):
        posterior = encode(vae, images)
        latents = posterior.sample()
    total = apart(decode(vae, latents), images, lpips)
    if not frozen:
        with torch.autocast(images.device.type, enabled=False):
            total = total + KL * posterior.kl().float().sum() / latents.numel()
    return total


def apart(
    out: torch.Tensor, images: torch.Tensor, lpips: Lpips | None, weight: float = LPIPS
) -> torch.Tensor:
    """How far pictures (n, 3, h, w) are from what they should be: L1 + MSE + Laplacian L1 and
    ``weight`` times LPIPS."""
    error = out - images
    with torch.autocast(images.device.type, enabled=False):
        total = error.abs().mean() + MSE * error.square().mean()
        total = total + LAPLACIAN * laplacian(error).abs().mean()
    if lpips is not None:  # on a third of the batch: the classifier costs as much as the rest
        some = max(1, len(images) // 3)
        total = total + weight * lpips(out[:some], images[:some])
    return total


@torch.no_grad()
def quality(vae: torch.nn.Module, images: torch.Tensor) -> dict[str, float]:
    """Of reconstructions from the posterior's mean: ``psnr_db``, the mean over pictures of
    10 log10(1 / MSE), and ``detail``, mean absolute Laplacian over the true pictures'."""
    ratio, out = [], []
    for chunk in images.split(32):
        x = decode(vae, encode(vae, chunk).mean).clamp(0, 1)
        mse = (x - chunk).square().mean((1, 2, 3))
        out.append(-10 * torch.log10(mse.clamp_min(1e-10)))
        ratio.append([float(laplacian(x).abs().mean()), float(laplacian(chunk).abs().mean())])
    made, true = np.mean(ratio, 0)
    return {"psnr_db": float(torch.cat(out).mean()), "detail": float(made / true)}


class Batches:
    """Windows and whole pictures of scenes, by the step's number."""

    def __init__(self, scenes: Scenes, batch: int, seed: int, device: str) -> None:
        self.pictures, self.rng = scenes.pictures(device), np.random.default_rng(seed)
        self.small = scenes.batches(batch * 3, seed + 1)
        self.whole = scenes.batches(batch, seed + 2)

    def __call__(self, step: int) -> torch.Tensor:
        if step % 4:
            return self.pictures.windows(next(self.small), self.rng, SIDE // 2)
        return self.pictures(next(self.whole))


def start_from(vae: torch.nn.Module, folder: Path) -> None:
    """Take over an exported autoencoder's weights. It may have fewer layers in each block: those it
    lacks begin as the identity, so that nothing is forgotten."""
    state = load_vae(folder, "cpu").state_dict()
    missing, unknown = vae.load_state_dict(state, strict=False)
    if unknown:
        raise ModelError(f"{folder} has layers that this shape lacks: {unknown[0]} ...")
    with torch.no_grad():
        for name, parameter in vae.named_parameters():
            if name in missing and ".conv2." in name:
                parameter.zero_()


def freeze_encoder(vae: torch.nn.Module) -> None:
    """Only the decoder learns from here on: latents made by the encoder stay valid."""
    for name, p in vae.named_parameters():
        if name.startswith(("encoder.", "quant_conv.")):
            p.requires_grad_(False)


def options() -> argparse.ArgumentParser:
    parser = recipe(__doc__, PRESETS)
    parser.add_argument("--batch", type=int, help="batch instead of the preset's")
    parser.add_argument(
        "--lpips", type=existing, help="file that `genlens fetch lpips` brings (left out: no LPIPS)"
    )
    parser.add_argument("--latent", type=int, help="latent channels instead of the preset's")
    parser.add_argument("--channels", type=int, nargs="+", help="widths instead of the preset's")
    parser.add_argument("--layers", type=int, help="layers of each block instead of the preset's")
    parser.add_argument("--rate", type=float, help="peak learning rate instead of the preset's")
    parser.add_argument("--init", type=existing, help="start from this exported autoencoder")
    parser.add_argument(
        "--learn-from", type=existing, help="take over what fits of this exported autoencoder"
    )
    parser.add_argument("--freeze", action="store_true", help="train the decoder only")
    parser.add_argument(
        "--even", type=float, default=EVEN, help="power by which directions' spreads are evened out"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the weights and the batches")
    return parser


def chosen(args: argparse.Namespace) -> Preset:
    """The preset with what the command line changes."""
    preset = PRESETS[args.preset]
    schedule = replace(
        preset.schedule,
        steps=args.steps or preset.schedule.steps,
        lr=args.rate or preset.schedule.lr,
        batch=args.batch or preset.schedule.batch,
    )
    return replace(
        preset,
        channels=tuple(args.channels or preset.channels),
        latent=args.latent or preset.latent,
        layers=args.layers or preset.layers,
        minutes=args.minutes or preset.minutes,
        schedule=schedule,
    )


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = chosen(args)
    torch.manual_seed(args.seed)
    vae = build(preset)
    if args.init:
        start_from(vae, args.init)
    elif args.learn_from:
        take_what_fits(vae, exported_weights(args.learn_from))
    if args.freeze:
        freeze_encoder(vae)
    vae = vae.to(args.device)
    lpips = Lpips.load(args.lpips).to(args.device) if args.lpips else None
    scenes = prepare(args.scenes, preset.scenes, SEED, workers=args.workers)
    held = held_out(min(32, preset.scenes))
    images = to_tensor(np.stack([s.image for s in held])).to(args.device)
    batches = Batches(scenes, preset.schedule.batch, args.seed + 2, args.device)

    def step(number: int) -> torch.Tensor:
        return loss(vae, batches(number), lpips, frozen=args.freeze)

    trainer = ClockTrainer(
        vae,
        preset.schedule,
        args.run,
        step,
        minutes=preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or multiplies_bf16(),
    )
    print(f"{sum(p.numel() for p in vae.parameters()) / 1e6:.2f} M parameters", flush=True)
    trainer.train(lambda _: quality(vae, images))
    print(json.dumps({"end": trainer.step, **trainer.averaged(lambda: quality(vae, images))}))

    def export() -> None:
        if not args.freeze:  # else latents made by the encoder have to stay valid
            print(json.dumps({"spread": even_out(vae, scenes.images[:512], args.even)}))
        vae.half().save_pretrained(args.export)  # type: ignore[operator]

    if args.export:
        trainer.averaged(export)
    return trainer.complete


if __name__ == "__main__":
    main()
