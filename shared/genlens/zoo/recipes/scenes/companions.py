"""``emoji-clip`` and ``emoji-sam`` for the new scenes: 128 pixels, things that fill their canvas.

Objectives and formats are ``emoji_clip``'s and ``emoji_sam``'s; only the size, the layout and the
clock are new.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from genlens.models.openclip import build_clip
from genlens.models.sam import build_sam
from genlens.worlds.layout_full import FULL

from .. import emoji_clip, emoji_sam
from ..common import Schedule
from .data import SIDE
from .training import ClockTrainer, by_clock, fast_bf16


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
        16_000,
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


def settings(which: str, preset: Preset) -> dict[str, Any]:
    """The settings ``emoji_clip`` or ``emoji_sam`` is run with."""
    if which == "clip":
        base = emoji_clip.PRESETS["cpu"]
        crops = preset.clip.batch // 3
        return {**base, "size": SIDE, "layout": FULL, "scenes": preset.scenes, "crops": crops}
    base = emoji_sam.PRESETS["cpu"]
    config = emoji_sam.config(SIDE, 4, 96, 64)
    return {**base, "config": config, "layout": FULL, "scenes": preset.scenes}


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=("clip", "sam"))
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    by_clock(parser)
    parser.add_argument("--export", type=Path, help="write the model here when it stops")
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset, clip = PRESETS[args.preset], args.which == "clip"
    schedule = preset.clip if clip else preset.sam
    schedule = replace(schedule, steps=args.steps or schedule.steps)
    chosen = {**settings(args.which, preset), "schedule": schedule}
    torch.manual_seed(0)
    made = build_clip(emoji_clip.config(chosen)) if clip else build_sam(chosen["config"])
    model: torch.nn.Module = made.to(args.device).train()
    kind = emoji_clip.Objective if clip else emoji_sam.Objective
    objective = kind(model, chosen, args.device)
    trainer = ClockTrainer(
        model,
        schedule,
        args.run,
        objective,
        minutes=args.minutes or preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or fast_bf16(),
    )
    trainer.train()

    def finish() -> None:
        if isinstance(objective, emoji_clip.Objective):
            emoji_clip.settle(objective, min(60, trainer.step))
            emoji_clip.export(model, chosen, args.export)
        else:
            emoji_sam.export(model, chosen["config"], args.export)

    if args.export:
        trainer.averaged(finish)
    return trainer.complete


if __name__ == "__main__":
    main()
