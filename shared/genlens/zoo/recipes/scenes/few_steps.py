"""Few steps: a student that makes in one step, and one pass, what its guided teacher makes in two
steps of two passes.

Progressive distillation (Salimans & Ho 2022, arXiv 2202.00512, algorithm 2): the teacher takes
``FINE`` DDIM steps, the student learns to land where it does in ``STEPS``. A share of each batch
learns the teacher's velocity at any time, so that other numbers of steps still work. An explanation
of d words costs 2 ** d pictures: this is what makes the page quick.

The teacher is guided (Ho and Salimans 2022, arXiv 2207.12598), and the student learns what guidance
does (Meng et al. 2023, arXiv 2210.03142): pictures come out as fine as the scenes they were learnt
from. Guided away from the same caption without its things, not from the empty prompt: only what is
drawn is made clearer, and the ground keeps its colour.
"""

from __future__ import annotations

import argparse
import copy
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from genlens.common.limits import MAX_GUIDANCE
from genlens.models.devices import multiplies_bf16
from genlens.worlds.captions import parse
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.scenes.data import SEED
from genlens.zoo.recipes.scenes.data import prepare as prepare_scenes
from genlens.zoo.recipes.scenes.denoiser import (
    TRAIN_STEPS,
    Denoiser,
    build_scheduler,
    pick_times,
    use_plain_attention,
)
from genlens.zoo.recipes.scenes.diffusion import PRESETS as TEACHERS
from genlens.zoo.recipes.scenes.diffusion import Batches, DenoiserTrainer, export, start_from
from genlens.zoo.recipes.scenes.latents import prepare as prepare_latents
from genlens.zoo.recipes.scenes.training import existing, recipe
from genlens.zoo.recipes.scenes.vae import load_vae
from genlens.zoo.recipes.words import build_tokenizer
from genlens.zoo.recipes.words import encode as encode_words

STEPS, FINE = 4, 8
KEEP = 0.25  # share of a batch that learns velocities at any time
GUIDANCE = 1.25


@dataclass(frozen=True)
class Preset:
    """``minutes`` of training; what is learnt from is the teacher's."""

    minutes: float
    schedule: Schedule


PRESETS = {
    "cpu": Preset(20, Schedule(10**6, 32, 2e-4, warmup=20, ema=0.99)),
    "gpu": Preset(3, Schedule(10**6, 512, 3e-4, warmup=50, ema=0.998)),
    "tiny": Preset(60, Schedule(2, 4, 1e-4, warmup=1)),
}


def clean(x: torch.Tensor, v: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    """The picture that ``v`` implies at signal level ``a``: sqrt(a) x - sqrt(1 - a) v."""
    return a.sqrt() * x - (1 - a).sqrt() * v


def ddim(x: torch.Tensor, v: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """One deterministic step from signal level ``a`` to ``b`` (Song et al. 2021, arXiv 2010.02502,
    equation 12)."""
    noise = a.sqrt() * v + (1 - a).sqrt() * x
    return b.sqrt() * clean(x, v, a) + (1 - b).sqrt() * noise


def implied(x: torch.Tensor, end: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The velocity with which one DDIM step from ``x`` at level ``a`` lands on ``end`` at ``b``:
    ``ddim(x, implied(x, end, a, b), a, b) == end``."""
    ratio = ((1 - b) / (1 - a)).sqrt()
    picture = (end - ratio * x) / (b.sqrt() - ratio * a.sqrt())
    return (a.sqrt() * x - picture) / (1 - a).sqrt()


class Lesson:
    """What the student is to say at a noisy latent, worked out by the teacher."""

    def __init__(self, teacher: Denoiser, device: str, guidance: float = 1.0) -> None:
        alphas = build_scheduler().alphas_cumprod
        self.teacher, self.guidance = teacher.eval().requires_grad_(False), guidance
        self.alphas = alphas.to(device)
        # trailing steps as the scheduler takes them: the noisiest one is pure noise
        spaced = torch.arange(TRAIN_STEPS, 0, -TRAIN_STEPS / FINE).round().long() - 1
        self.times = spaced.flip(0).to(device)
        # level 0 is the clean picture
        self.levels = torch.cat([torch.ones(1), alphas[spaced.flip(0)]]).to(device)

    @torch.no_grad()
    def velocity(
        self, x: torch.Tensor, t: torch.Tensor, ids: torch.Tensor, bare: torch.Tensor
    ) -> torch.Tensor:
        """The teacher's, guided away from the words ``bare``: u + w (v - u)."""
        if self.guidance == 1:
            return self.teacher(x, t, ids)
        both = self.teacher(torch.cat([x, x]), torch.cat([t, t]), torch.cat([ids, bare]))
        v, u = both.chunk(2)
        return u + self.guidance * (v - u)

    @torch.no_grad()
    def anywhere(
        self, latents: torch.Tensor, ids: torch.Tensor, bare: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(noisy latents, time steps, velocities) at times between the steps too."""
        t = pick_times(len(latents), 0.0, latents.device)
        a = self.alphas[t].view(-1, 1, 1, 1)
        x = a.sqrt() * latents + (1 - a).sqrt() * torch.randn_like(latents)
        return x, t, self.velocity(x, t, ids, bare)

    @torch.no_grad()
    def __call__(
        self, latents: torch.Tensor, ids: torch.Tensor, bare: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(noisy latents, time steps, velocities that jump ``FINE / STEPS`` steps at once)."""
        jump = FINE // STEPS
        k = torch.randint(1, STEPS + 1, (len(latents),), device=latents.device) * jump
        level = [self.levels[k - j].view(-1, 1, 1, 1) for j in range(jump + 1)]
        start = level[0].sqrt() * latents
        start = start + (1 - level[0]).sqrt() * torch.randn_like(latents)
        x = start
        for j in range(jump):
            v = self.velocity(x, self.times[k - j - 1], ids, bare)
            x = ddim(x, v, level[j], level[j + 1])
        return start, self.times[k - 1], implied(start, x, level[0], level[jump])


def without_things(caption: str) -> str:
    """What a caption says of its ground: "blue background" of "a cat on a blue background"."""
    plan = parse(caption)
    return " ".join(plan.words[i] for i in sorted(plan.background_words))


def scale(text: str) -> float:
    """A guidance from the command line; a NaN would only show after the training."""
    value = float(text)
    if not 1 <= value <= MAX_GUIDANCE:
        raise argparse.ArgumentTypeError(f"{text}: take 1 to {MAX_GUIDANCE:g}")
    return value


def options() -> argparse.ArgumentParser:
    parser = recipe(__doc__, PRESETS)
    parser.add_argument("--teacher", type=existing, required=True, help="exported pipeline")
    parser.add_argument("--vae", type=existing, required=True, help="exported autoencoder")
    parser.add_argument("--latents", type=Path, required=True, help="latents.pt of the teacher")
    parser.add_argument("--guidance", type=scale, default=GUIDANCE, help="of the teacher; 1: none")
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset, base = PRESETS[args.preset], TEACHERS[args.preset]
    torch.manual_seed(1)
    vae = load_vae(args.vae, args.device)
    scenes = prepare_scenes(args.scenes, base.scenes, SEED, workers=args.workers)
    data = prepare_latents(scenes, vae, args.latents, args.device)
    student = Denoiser(replace(base.shape, latent=data.latents.shape[1]))
    start_from(student, args.teacher)
    student = student.to(args.device)
    if args.device == "cpu":
        use_plain_attention(student)
    student.where.requires_grad_(False)
    lesson = Lesson(copy.deepcopy(student), args.device, args.guidance)
    schedule = replace(preset.schedule, steps=args.steps or preset.schedule.steps)
    batches = Batches(data, scenes.captions, schedule.batch, args.device, 13)
    kept = max(1, round(schedule.batch * KEEP))
    grounds = [without_things(caption) for caption in scenes.captions[: len(data)]]
    bare = encode_words(build_tokenizer(), grounds)

    def inputs() -> tuple[torch.Tensor, ...]:
        i = batches.indices(1.0)
        return *batches.of(i)[:2], bare[i].to(args.device)

    def objective(latents: torch.Tensor, ids: torch.Tensor, bare: torch.Tensor) -> torch.Tensor:
        anywhere = lesson.anywhere(latents[:kept], ids[:kept], bare[:kept])
        jumps = lesson(latents[kept:], ids[kept:], bare[kept:])
        x, t, target = (torch.cat(pair) for pair in zip(anywhere, jumps, strict=True))
        return (student(x, t, ids) - target).square().mean()

    trainer = DenoiserTrainer(
        student,
        schedule,
        args.run,
        lambda _: objective(*inputs()),
        minutes=args.minutes or preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or multiplies_bf16(),
    )
    if args.device.startswith("cuda"):
        trainer.record(objective, inputs)
    trainer.train()
    if args.export:
        trainer.averaged(lambda: export(student, vae, data.scale, args.export, STEPS))
    return trainer.complete


if __name__ == "__main__":
    main()
