"""``emoji-referee``: per-pixel nouns of the world's scenes, cross-entropy in which a small thing
weighs as much as a larger one.

Pictures are blurred, brightened and given noise now and then, so that the referee judges what
a generator meant and not whether its edges are as sharp as ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from genlens.worlds import vocabulary
from genlens.worlds.emoji_scenes import Scene
from genlens.zoo.measures.referee import accuracy
from genlens.zoo.recipes.common import (
    Pool,
    Schedule,
    Trainer,
    arguments,
    scheduled,
    take_over,
    to_tensor,
)
from genlens.zoo.referee import Referee, RefereeNet

WIDTHS = (28, 56, 96, 136)
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {"scenes": 80_000, "schedule": Schedule(steps=8_000, batch=48, lr=3e-3, ema=0.998)},
    "gpu": {"scenes": 120_000, "schedule": Schedule(steps=20_000, batch=256, lr=4e-3)},
}


def label_map(scene: Scene) -> np.ndarray:
    """(32, 32) uint8 noun classes at half resolution, 0 for ground."""
    names = {n: i + 1 for i, n in enumerate(vocabulary.NOUNS)}
    label = np.zeros(scene.image.shape[:2], np.uint8)
    for o in scene.objects:
        label[o.mask] = names[o.noun]
    return label[::2, ::2]


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


def main() -> None:
    args = arguments(__doc__ or "", PRESETS)
    preset = PRESETS[args.preset]
    torch.manual_seed(0)
    net = RefereeNet(len(vocabulary.NOUNS) + 1, WIDTHS).to(args.device)
    take_over(net, args.init)
    pool = Pool(
        preset["scenes"],
        seed=args.scenes or (24 if args.init else 21),
        split="any",
        fragments=0.15,
        extra=label_map,
        keep=(0.1, 0.15, 0.6, 1.0),  # things beside and on each other are what is hard
    )
    held = Pool(400, seed=22, split="test", fragments=0, extra=lambda s: set(s.plan.nouns))
    drawn = held.extras
    schedule = scheduled(preset["schedule"], args)
    batches = pool.batches(schedule.batch, seed=23)
    labels = np.stack(pool.extras)

    def loss(_: int) -> torch.Tensor:
        i = next(batches)
        images = disturb(to_tensor(pool.images[i])).to(args.device)
        target = torch.from_numpy(labels[i].astype(np.int64)).to(args.device)
        weight = torch.from_numpy(pixel_weights(labels[i])).to(args.device)
        error = F.cross_entropy(net(images).float(), target, reduction="none")
        return (error * weight).sum() / weight.sum()

    def report(_: int) -> dict[str, float]:
        net.eval()
        out = {"accuracy": accuracy(Referee(net, list(vocabulary.NOUNS)), held.images, drawn)}
        net.train()
        return out

    trainer = Trainer(net, schedule, args.run, loss, device=args.device)
    trainer.train(report)
    if args.export:
        trainer.averaged(lambda: export(net.eval().cpu(), args.export))


if __name__ == "__main__":
    main()
