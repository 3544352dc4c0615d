"""The autoencoder of ``emoji-diffusion``: diffusers' AutoencoderKL, 4x down, 4 channels.

Trained on the world's scenes with L1 + MSE (what PSNR measures) and a faint KL term, as in
Rombach et al. 2022 (arXiv 2112.10752, section 3.1) without the adversarial part: sprites on
plain grounds have no texture that would need it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from genlens.common import torchvision_guard
from genlens.zoo.recipes.common import Pool, Schedule, Trainer, arguments, scheduled, to_tensor

PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {
        "size": 64,
        "channels": (16, 48, 96),
        "scenes": 24_000,
        "schedule": Schedule(steps=4_500, batch=8, lr=1.5e-3, weight_decay=0.0),
    },
    "gpu": {
        "size": 128,
        "channels": (32, 64, 128),
        "scenes": 60_000,
        "schedule": Schedule(steps=40_000, batch=64, lr=1e-3, weight_decay=0.0),
    },
}


def build(channels: tuple[int, ...], size: int) -> Any:
    """An untrained AutoencoderKL with one down-sampling less than it has levels."""
    torchvision_guard.ensure()
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        block_out_channels=channels,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=size,
        # no attention: the map stays local, so any picture size works and it is fast
        mid_block_add_attention=False,
    )


def loss(vae: Any, images: torch.Tensor) -> torch.Tensor:
    """L1 + 8 MSE on [0, 1] images + 2e-6 KL per picture element."""
    posterior = vae.encode(images * 2 - 1).latent_dist
    out = (vae.decode(posterior.sample()).sample.float() + 1) / 2
    error = out - images
    return error.abs().mean() + 8 * error.square().mean() + 2e-6 * posterior.kl().float().mean()


def crops(images: np.ndarray, rng: np.random.Generator, side: int) -> np.ndarray:
    """One (side, side) window of each picture, the livelier of two random places: most of a
    scene is plain ground, and a local model learns nothing more from more of it."""
    n, h = images.shape[:2]
    tries = []
    for _ in range(2):
        at = rng.integers(0, (h - side) // 4 + 1, (n, 2)) * 4
        tries.append(
            np.stack(
                [im[y : y + side, x : x + side] for im, (y, x) in zip(images, at, strict=True)]
            )
        )
    lively = tries[0].std((1, 2, 3)) >= tries[1].std((1, 2, 3))
    return np.where(lively[:, None, None, None], tries[0], tries[1])


@torch.no_grad()
def psnr(vae: Any, images: torch.Tensor) -> float:
    """Mean over pictures of 10 log10(1 / MSE), reconstruction from the posterior's mean, dB."""
    out = []
    for chunk in images.split(64):
        x = vae.decode(vae.encode(chunk * 2 - 1).latent_dist.mode()).sample
        mse = ((x.float() + 1) / 2).clamp(0, 1).sub(chunk).square().mean((1, 2, 3))
        out.append(-10 * torch.log10(mse.clamp_min(1e-10)))
    return float(torch.cat(out).mean())


def main() -> None:
    args = arguments(__doc__ or "", PRESETS)
    preset = PRESETS[args.preset]
    torch.manual_seed(0)
    vae = build(preset["channels"], preset["size"]).to(args.device)
    pool = Pool(preset["scenes"], seed=1, size=preset["size"], fragments=0.1)
    held = to_tensor(Pool(256, seed=2, size=preset["size"], split="test", fragments=0).images)
    schedule = scheduled(preset["schedule"], args)
    # three steps of four see half-size windows of three times as many scenes
    small = pool.batches(schedule.batch * 3, seed=3)
    whole = pool.batches(schedule.batch, seed=4)
    rng = np.random.default_rng(5)

    def step(i: int) -> torch.Tensor:
        if i % 4:
            batch = crops(pool.images[next(small)], rng, preset["size"] // 2)
        else:
            batch = pool.images[next(whole)]
        return loss(vae, to_tensor(batch).to(args.device))

    trainer = Trainer(vae, schedule, args.run, step, device=args.device)
    trainer.train(lambda _: {"psnr_db": psnr(vae, held.to(args.device))})
    if args.export:
        trainer.averaged(lambda: vae.half().save_pretrained(args.export))


if __name__ == "__main__":
    main()
