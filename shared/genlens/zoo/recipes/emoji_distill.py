"""Make ``emoji-diffusion`` fast: fold guidance and pairs of steps into the weights.

A student that starts as the trained model learns to make in one step, without guidance, what its
teacher makes in two guided DDIM steps: guidance distillation (Meng et al. 2023, arXiv 2210.03142,
section 3.1) and one round of progressive distillation (Salimans & Ho 2022, arXiv 2202.00512,
algorithm 2) in one go. An explanation of d words costs 2**d pictures, so this is what makes the
page usable: a picture then takes ``STEPS`` UNet passes instead of 4 * ``STEPS``.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch

from .common import Schedule, Trainer, arguments, scheduled
from .emoji_diffusion import (
    PRESETS as TEACHERS,
)
from .emoji_diffusion import (
    TRAIN_STEPS,
    Denoiser,
    augment,
    build_scheduler,
    build_text_encoder,
    build_unet,
    export,
    load_vae,
    prepare,
)
from .words import build_tokenizer, encode

STEPS = 8
GUIDANCE = 3.0
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {"schedule": Schedule(steps=500, batch=48, lr=2e-4, warmup=30, ema=0.98)},
    "gpu": {"schedule": Schedule(steps=8_000, batch=256, lr=2e-4, ema=0.999)},
}


def teacher_of(run: Any, preset: dict[str, Any], vocabulary: int) -> Denoiser:
    """The averaged weights of a finished ``emoji_diffusion`` run, frozen."""
    model = Denoiser(
        build_unet(preset["channels"], preset["text"], preset["size"] // 4),
        build_text_encoder(vocabulary, preset["text"]),
    )
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["module"])
    with torch.no_grad():
        for p, average in zip(model.parameters(), state["average"], strict=True):
            p.copy_(average)
    return model.eval().requires_grad_(False)


def clean(x: torch.Tensor, v: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    """The picture that ``v`` implies at signal level ``a``: sqrt(a) x - sqrt(1 - a) v."""
    return a.sqrt() * x - (1 - a).sqrt() * v


def ddim(x: torch.Tensor, v: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """One deterministic step from signal level ``a`` to ``b`` (Song et al. 2021, eq. 12)."""
    noise = a.sqrt() * v + (1 - a).sqrt() * x
    return b.sqrt() * clean(x, v, a) + (1 - b).sqrt() * noise


class Levels:
    """Time steps and signal levels of ``n`` trailing DDIM steps; level 0 is the clean picture."""

    def __init__(self, n: int) -> None:
        alphas = build_scheduler().alphas_cumprod
        self.times = torch.arange(1, n + 1) * (TRAIN_STEPS // n) - 1
        self.alphas = torch.cat([torch.ones(1), alphas[self.times]])


class Lesson:
    """What the student is asked to say at a noisy latent, worked out by the teacher."""

    def __init__(self, teacher: Denoiser, empty: torch.Tensor) -> None:
        self.teacher, self.empty, self.fine = teacher, empty, Levels(2 * STEPS)

    def guided(self, x: torch.Tensor, t: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        both = torch.cat([self.empty.expand_as(ids), ids])
        out = self.teacher(torch.cat([x, x]), torch.cat([t, t]), both).float()
        without, with_text = out.chunk(2)
        return without + GUIDANCE * (with_text - without)

    @torch.no_grad()
    def __call__(self, latents: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(noisy latents, times, the velocity that jumps two teacher steps at once)."""
        k = torch.randint(1, STEPS + 1, (len(latents),)) * 2  # fine level to start from
        a, b, c = (self.fine.alphas[k - j].view(-1, 1, 1, 1) for j in range(3))
        x = a.sqrt() * latents + (1 - a).sqrt() * torch.randn_like(latents)
        middle = ddim(x, self.guided(x, self.fine.times[k - 1], ids), a, b)
        end = ddim(middle, self.guided(middle, self.fine.times[k - 2], ids), b, c)
        # invert one DDIM step a -> c for the picture it must have predicted
        ratio = ((1 - c) / (1 - a)).sqrt()
        x0 = (end - ratio * x) / (c.sqrt() - ratio * a.sqrt())
        # v = (sqrt(a) x - x0) / sqrt(1 - a), the velocity with that prediction
        return x, self.fine.times[k - 1], (a.sqrt() * x - x0) / (1 - a).sqrt()


def main() -> None:
    args = arguments(__doc__ or "", PRESETS)
    base = TEACHERS[args.preset]
    torch.manual_seed(1)
    tokenizer = build_tokenizer()
    source = args.run.parent / "unet"
    vae = load_vae(args.run.parent / "ae" / "vae")
    args_of_teacher = copy.copy(args)
    args_of_teacher.run = source
    latents, ids, scale = prepare(args_of_teacher, base, vae, tokenizer)
    teacher = teacher_of(source, base, len(tokenizer)).to(args.device)
    student = copy.deepcopy(teacher).train().requires_grad_(True)
    lesson = Lesson(teacher, encode(tokenizer, [""]).to(args.device))
    schedule = scheduled(PRESETS[args.preset]["schedule"], args.steps)
    rng = np.random.default_rng(13)

    def step(_: int) -> torch.Tensor:
        i = torch.from_numpy(rng.integers(0, len(latents), schedule.batch))
        words = augment(ids[i]).to(args.device)
        x, t, target = lesson(latents[i].float().to(args.device), words)
        return (student(x, t, words).float() - target).square().mean()

    trainer = Trainer(student, schedule, args.run, step, device=args.device)
    trainer.train()
    if args.export:
        card = {"steps": STEPS, "guidance": 1.0, "batch_size": 32, "licence": "MIT"}
        trainer.averaged(lambda: export(student, vae, tokenizer, scale, args.export, **card))


if __name__ == "__main__":
    main()
