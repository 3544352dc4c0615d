"""``emoji-clip`` and ``emoji-sam`` for the new scenes: 128 pixels, things that fill their canvas.

Objectives and formats are ``emoji_clip``'s and ``emoji_sam``'s; only the size, the layout and the
clock are new.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch

from genlens.models.devices import multiplies_bf16
from genlens.models.encoders.openclip import build_clip
from genlens.models.segmenters.build import build_sam
from genlens.worlds.layout_full import FULL
from genlens.zoo.recipes import emoji_clip, emoji_sam
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.emoji_clip_data import Items, make_items
from genlens.zoo.recipes.scenes.data import SIDE
from genlens.zoo.recipes.scenes.training import (
    ClockTrainer,
    existing,
    exported_weights,
    recipe,
    take_what_fits,
)

T = TypeVar("T")
CHUNK = 500  # scenes drawn from one random generator
APART = 10_000  # between the generators of two seeds


@dataclass(frozen=True)
class Preset:
    """``scenes`` drawn at the start, ``minutes`` of training of each model."""

    scenes: int
    minutes: float
    clip: Schedule
    sam: Schedule


PRESETS = {
    "cpu": Preset(
        12_000,
        30,
        Schedule(10**6, 128, 2e-3, warmup=100, ema=0.99, weight_decay=0.02),
        Schedule(10**6, 12, 1.5e-3, warmup=100, ema=0.99, weight_decay=0.02),
    ),
    "gpu": Preset(
        24_000,
        1.5,
        Schedule(10**6, 512, 2e-3, warmup=100, ema=0.995, weight_decay=0.02),
        Schedule(10**6, 64, 1.5e-3, warmup=100, ema=0.998, weight_decay=0.02),
    ),
    "tiny": Preset(
        24,
        60,
        Schedule(2, 12, 1e-3, warmup=1),
        Schedule(2, 2, 1e-3, warmup=1),
    ),
}


def _items(seed: int, n: int) -> Items:
    torch.set_num_threads(1)
    return make_items(n, seed, SIDE, FULL)


def _clicks(seed: int, n: int) -> emoji_sam.Clicks:
    torch.set_num_threads(1)
    return emoji_sam.Clicks(n, seed, SIDE, FULL)


def drawn(make: Callable[[int, int], T], n: int, seed: int, workers: int) -> list[T]:
    """``make(seed + i, CHUNK)`` until there are ``n`` scenes, by several processes."""
    jobs = [(seed + i, min(CHUNK, n - at)) for i, at in enumerate(range(0, n, CHUNK))]
    if workers < 2:
        return [make(*job) for job in jobs]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return pool.starmap(make, jobs)


def all_items(preset: Preset, workers: int, seed: int = 0) -> Items:
    """What the CLIP learns from."""
    made = drawn(_items, preset.scenes, 1100 + APART * seed, workers)
    return [pair for pairs, _ in made for pair in pairs], [
        crop for _, some in made for crop in some
    ]


def all_clicks(preset: Preset, workers: int, seed: int = 0) -> emoji_sam.Clicks:
    """What the SAM learns from."""
    made = drawn(_clicks, preset.scenes, 2100 + APART * seed, workers)
    whole = made[0]
    whole.images = np.concatenate([part.images for part in made])
    whole.owner = np.concatenate([part.owner for part in made])
    return whole


def options() -> argparse.ArgumentParser:
    parser = recipe(__doc__, PRESETS, scenes=False)
    parser.add_argument("which", choices=("clip", "sam"))
    parser.add_argument(
        "--learn-from", type=existing, help="take over what fits of this exported model"
    )
    parser.add_argument("--seed", type=int, default=0, help="another one draws other scenes")
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset, clip = PRESETS[args.preset], args.which == "clip"
    schedule = preset.clip if clip else preset.sam
    schedule = replace(schedule, steps=args.steps or schedule.steps)
    shape = emoji_clip.SETTINGS if clip else emoji_sam.config(SIDE, 4, 96, 64)
    torch.manual_seed(0)
    made = build_clip(emoji_clip.config(shape)) if clip else build_sam(shape)
    if args.learn_from:
        taken = take_what_fits(made, exported_weights(args.learn_from))
        print(f"{taken / 1e6:.2f} M numbers taken over", flush=True)
    model: torch.nn.Module = made.to(args.device).train()
    objective: emoji_clip.Objective | emoji_sam.Objective
    if clip:
        items = all_items(preset, args.workers, args.seed)
        crops = schedule.batch // 3
        objective = emoji_clip.Objective(model, items, schedule.batch, crops, args.device)
    else:
        clicks = all_clicks(preset, args.workers, args.seed)
        objective = emoji_sam.Objective(model, clicks, schedule.batch, args.device)
    trainer = ClockTrainer(
        model,
        schedule,
        args.run,
        objective,
        minutes=args.minutes or preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or multiplies_bf16(),
    )
    trainer.train()

    def finish() -> None:
        if isinstance(objective, emoji_clip.Objective):
            emoji_clip.settle(objective, min(60, trainer.step))
            emoji_clip.export(model, shape, args.export)
        else:
            emoji_sam.export(model, shape, args.export)

    if args.export:
        trainer.averaged(finish)
    return trainer.complete


if __name__ == "__main__":
    main()
