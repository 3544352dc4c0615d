"""``emoji-referee``: per-pixel nouns of the world's scenes, cross-entropy in which a small thing
weighs as much as a larger one.

Pictures are blurred, brightened and given noise now and then, so that the referee judges what a
generator meant and not whether its edges are as sharp as ours. No pair of nouns it is judged on is
ever seen together in training.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from genlens.models.devices import multiplies_bf16
from genlens.worlds import vocabulary
from genlens.worlds.emoji_scenes import Scene
from genlens.zoo.measures.referee import MIN_SHARE, accuracy
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.scenes.data import SEED, Scenes, held_out, prepare
from genlens.zoo.recipes.scenes.training import (
    Ahead,
    ClockTrainer,
    existing,
    exported_weights,
    recipe,
    take_what_fits,
)
from genlens.zoo.referee import Referee, RefereeNet


@dataclass(frozen=True)
class Preset:
    """``scenes`` drawn once, ``minutes`` of training."""

    scenes: int
    minutes: float
    schedule: Schedule


WIDTHS = (28, 56, 96, 136)
PRESETS = {
    "cpu": Preset(16_000, 40, Schedule(10**6, 48, 3e-3, ema=0.998)),
    "gpu": Preset(120_000, 2.5, Schedule(10**6, 256, 4e-3, ema=0.999)),
    "tiny": Preset(48, 60, Schedule(2, 4, 1e-3, warmup=1)),
}


def pixel_weights(labels: np.ndarray) -> np.ndarray:
    """(n, h, w) float32: 1 on the ground, up to 4 on things that cover little of the picture (a
    crown that is worn must not be lost beside who wears it)."""
    n, h, w = labels.shape
    classes = len(vocabulary.NOUNS) + 1
    index = labels.reshape(n, -1).astype(np.int64) + classes * np.arange(n)[:, None]
    area = np.bincount(index.ravel(), minlength=n * classes).reshape(n, classes) / (h * w)
    weight = np.sqrt(0.1 / np.maximum(area, 1e-6)).clip(1, 4).astype(np.float32)
    weight[:, 0] = 1
    return np.take_along_axis(weight, labels.reshape(n, -1).astype(np.int64), 1).reshape(n, h, w)


def disturb(images: torch.Tensor) -> torch.Tensor:
    """What a generator may do to a picture without changing what is in it."""
    if torch.rand(()) < 0.4:
        k = 3 if torch.rand(()) < 0.75 else 5
        images = F.avg_pool2d(images, k, 1, k // 2, count_include_pad=False)
    n, device = len(images), images.device
    gain = 1 + 0.1 * torch.randn(n, 1, 1, 1, device=device)
    shift = 0.04 * torch.randn(n, 3, 1, 1, device=device)
    noise = 0.06 * torch.rand(n, 1, 1, 1, device=device) * torch.randn_like(images)
    return (images * gain + shift + noise).clamp(0, 1)


def export(net: torch.nn.Module, folder: Path) -> None:
    """fp16 safetensors and the list of nouns."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors")
    config = {"nouns": list(vocabulary.NOUNS), "widths": list(WIDTHS)}
    (folder / "config.json").write_text(json.dumps(config) + "\n")


class Batches:
    """Pictures of 64 pixels, (n, 3, 64, 64), the nouns (n, 32, 32) at every second of them, and how
    much each counts."""

    def __init__(self, scenes: Scenes, batch: int, seed: int, device: str) -> None:
        self.pictures, self.device = scenes.pictures(device), device
        self.labels, rows = scenes.labels, scenes.batches(batch, seed)
        self.ahead = Ahead(lambda _: self._weighed(next(rows)))

    def _weighed(self, rows: np.ndarray) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
        labels = np.ascontiguousarray(self.labels[rows][:, ::2, ::2])
        target = torch.from_numpy(labels.astype(np.int64))
        return rows, target, torch.from_numpy(pixel_weights(labels))

    def __call__(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rows, target, weight = self.ahead()
        images = disturb(F.avg_pool2d(self.pictures(rows), 2))
        return images, target.to(self.device), weight.to(self.device)


def objective(net: torch.nn.Module, batches: Batches) -> Callable[[int], torch.Tensor]:
    """The loss of a step."""

    def loss(_: int) -> torch.Tensor:
        images, target, weight = batches()
        error = F.cross_entropy(net(images).float(), target, reduction="none")
        return (error * weight).sum() / weight.sum()

    return loss


def judged(net: RefereeNet, scenes: list[Scene]) -> float:
    """``accuracy`` on scenes, those nouns left out of which next to nothing can be seen."""
    visible, hidden = [], []
    for scene in scenes:
        shares: dict[str, float] = {}
        for o in scene.objects:
            shares[o.noun] = shares.get(o.noun, 0.0) + float(o.mask.mean())
        visible.append({n for n, share in shares.items() if share >= MIN_SHARE})
        hidden.append(set(shares) - visible[-1])
    images = np.stack([s.image for s in scenes])
    device = next(net.parameters()).device
    referee = Referee(net.cpu(), list(vocabulary.NOUNS))
    found = accuracy(referee, images, visible, hidden)
    net.to(device)
    return found


def options() -> argparse.ArgumentParser:
    parser = recipe(__doc__, PRESETS)
    parser.add_argument("--learn-from", type=existing, help="go on from this exported referee")
    parser.add_argument("--rate", type=float, help="peak learning rate instead of the preset's")
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = PRESETS[args.preset]
    torch.manual_seed(0)
    net = RefereeNet(len(vocabulary.NOUNS) + 1, WIDTHS).to(args.device)
    if args.learn_from:
        take_what_fits(net, exported_weights(args.learn_from))
    scenes = prepare(args.scenes, preset.scenes, SEED, workers=args.workers)
    held = held_out(min(300, preset.scenes))
    schedule = replace(
        preset.schedule,
        steps=args.steps or preset.schedule.steps,
        lr=args.rate or preset.schedule.lr,
    )

    def report(_: int) -> dict[str, float]:
        net.eval()
        found = judged(net, held)
        net.train()
        return {"accuracy": found}

    trainer = ClockTrainer(
        net,
        schedule,
        args.run,
        objective(net, Batches(scenes, schedule.batch, 23, args.device)),
        minutes=args.minutes or preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or multiplies_bf16(),
    )
    trainer.train()
    print(json.dumps({"end": trainer.step, **trainer.averaged(lambda: report(0))}), flush=True)
    if args.export:
        trainer.averaged(lambda: export(net.eval().cpu(), args.export))
    return trainer.complete


if __name__ == "__main__":
    main()
