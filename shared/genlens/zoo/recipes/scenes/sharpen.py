"""The decoder's last touch: ``python -m genlens.zoo.recipes.scenes.sharpen``.

Errors of pixels are smallest where a doubtful edge is left soft. So a discriminator of patches asks
for edges like the true scenes' (Rombach et al. 2022, arXiv 2112.10752, section 3.1), weighed
against the errors as in Esser et al. 2021 (VQGAN, arXiv 2012.09841, equation 7), with the
relativistic pairs of ``gan``. The encoder stays, so latents made by it stay valid.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from genlens.models.devices import multiplies_bf16
from genlens.models.distances.lpips import Lpips
from genlens.zoo.recipes.common import Schedule, to_tensor
from genlens.zoo.recipes.gan import SLOPE, Residual, gradient_penalty, relativistic
from genlens.zoo.recipes.scenes.autoencoder import Batches, apart, freeze_encoder, quality
from genlens.zoo.recipes.scenes.data import SEED, held_out, prepare
from genlens.zoo.recipes.scenes.training import ClockTrainer, existing, recipe
from genlens.zoo.recipes.scenes.vae import decode, encode, load_vae


@dataclass(frozen=True)
class Preset:
    """``scenes`` drawn once, ``minutes`` of training, ``widths`` of the discriminator."""

    scenes: int
    minutes: float
    widths: tuple[int, ...]
    schedule: Schedule


PRESETS = {
    "cpu": Preset(16_000, 45, (32, 64, 96), Schedule(10**6, 8, 4e-4, warmup=100, ema=0.998)),
    "gpu": Preset(120_000, 2, (48, 96, 128), Schedule(10**6, 64, 4e-4, warmup=100, ema=0.998)),
    "tiny": Preset(48, 60, (8, 8), Schedule(2, 2, 1e-4, warmup=1)),
}
LPIPS = 0.3  # three times the autoencoder's: it does not mind soft edges less than pixels do
ADVERSARIAL = 0.3  # the discriminator's part of the gradient at the last layer, of the errors'
GAMMA, LAZY = 0.01, 8  # weight of the gradient penalties, and the steps between two of them
LEAD = 200  # steps in which only the discriminator learns from both


class Patches(nn.Module):
    """Pictures (n, 3, h, w) in [0, 1] -> how true each patch looks; with two blocks
    (n, h / 8, w / 8)."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(12, widths[0], 3, padding=1)  # 2 x 2 pixels are one place
        self.blocks = nn.Sequential(*(Residual(a, b) for a, b in itertools.pairwise(widths)))
        self.realness = nn.Conv2d(widths[-1], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.leaky_relu(self.stem(F.pixel_unshuffle(x * 2 - 1, 2)), SLOPE)
        return torch.as_tensor(self.realness(self.blocks(x))[:, 0].float())


class Sharpening:
    """The decoder's loss at a step; a call also trains the discriminator."""

    def __init__(
        self,
        vae: nn.Module,
        lpips: Lpips | None,
        batches: Callable[[int], torch.Tensor],
        preset: Preset,
        device: str,
    ) -> None:
        self.vae, self.lpips, self.batches, self.device = vae, lpips, batches, device
        self.judge = Patches(preset.widths).to(device)
        self.judging = torch.optim.AdamW(self.judge.parameters(), 4e-4, betas=(0.5, 0.95))
        self.calls = 0
        self.last: torch.Tensor = vae.decoder.conv_out.weight  # type: ignore[assignment, union-attr]

    def __call__(self, step: int) -> torch.Tensor:
        images = self.batches(step)
        with torch.no_grad():
            latents = encode(self.vae, images).sample()
        out = decode(self.vae, latents)
        self._judge(images, out.detach())
        errors = apart(out, images, self.lpips, LPIPS)
        if self.calls <= LEAD:
            return errors
        self.judge.requires_grad_(False)
        with torch.no_grad():
            real = self.judge(images)
        wish = relativistic(self.judge(out), real)
        self.judge.requires_grad_(True)
        return errors + ADVERSARIAL * self._balance(errors, wish) * wish

    def _judge(self, images: torch.Tensor, out: torch.Tensor) -> None:
        """One step of the discriminator. The penalties are per patch, so that they mean the same
        whatever the pictures' size."""
        real, made = self.judge(torch.cat([images, out])).chunk(2)
        loss = relativistic(real, made)
        if self.calls % LAZY == 0:
            penalty = gradient_penalty(self.judge, images) + gradient_penalty(self.judge, out)
            loss = loss + GAMMA * LAZY * penalty / real[0].numel()
        self.judging.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.judge.parameters(), 1.0)
        self.judging.step()
        self.calls += 1

    def _balance(self, errors: torch.Tensor, wish: torch.Tensor) -> torch.Tensor:
        """The ratio of both gradients' sizes at the decoder's last layer."""
        sizes = [
            torch.autograd.grad(part, self.last, retain_graph=True)[0].float().norm()
            for part in (errors, wish)
        ]
        return (sizes[0] / (sizes[1] + 1e-6)).clamp(max=1e4).detach()


def options() -> argparse.ArgumentParser:
    parser = recipe(__doc__, PRESETS)
    parser.add_argument("--init", type=existing, required=True, help="exported autoencoder")
    parser.add_argument("--lpips", type=existing, help="file that `genlens fetch lpips` brings")
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = PRESETS[args.preset]
    torch.manual_seed(3)
    vae = load_vae(args.init, args.device).requires_grad_(True)
    freeze_encoder(vae)
    lpips = Lpips.load(args.lpips).to(args.device) if args.lpips else None
    scenes = prepare(args.scenes, preset.scenes, SEED, workers=args.workers)
    held = to_tensor(np.stack([s.image for s in held_out(min(32, preset.scenes))])).to(args.device)
    schedule = replace(preset.schedule, steps=args.steps or preset.schedule.steps)
    batches = Batches(scenes, schedule.batch, 41, args.device)
    trainer = ClockTrainer(
        vae,
        schedule,
        args.run,
        Sharpening(vae, lpips, batches, preset, args.device),
        minutes=args.minutes or preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or multiplies_bf16(),
    )
    trainer.train(lambda _: quality(vae, held))
    print(json.dumps({"end": trainer.step, **trainer.averaged(lambda: quality(vae, held))}))
    if args.export:
        trainer.averaged(lambda: vae.half().save_pretrained(args.export))  # type: ignore[operator]
    return trainer.complete


if __name__ == "__main__":
    main()
