"""What every recipe shares: a command line, a resumable training loop.

A recipe is run as ``python -m genlens.zoo.recipes.<name> --preset cpu --run runs/<name>``; stopped
at any time, the same line picks it up from its last checkpoint. ``torchrun --nproc_per_node 2 -m
genlens.zoo.recipes.<name> --folder runs/<name> ...`` shares a batch between processes.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

WEIGHTS = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class Schedule:
    """``warmup`` steps of linear rise, then a cosine to 1 % of ``lr``; ``ema`` is the decay of the
    averaged weights that get exported (0: none)."""

    steps: int
    batch: int
    lr: float
    warmup: int = 200
    ema: float = 0.999
    weight_decay: float = 0.01
    clip: float = 1.0


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """(n, h, w, 3) uint8 -> (n, 3, h, w) float32 in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255


def soften(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blur a quarter of (n, 3, h, w) images in [0, 1] and add faint noise to half of the batches:
    a generator's pictures are not as crisp as drawn ones."""
    some = torch.from_numpy(rng.random(len(images)) < 0.25).to(images.device)
    if some.any():
        side = images.shape[-2:]
        resize = torch.nn.functional.interpolate
        small = resize(images[some], scale_factor=0.6, mode="bilinear", antialias=True)
        images = images.clone()
        images[some] = resize(small, side, mode="bilinear")
    if rng.random() < 0.5:
        return images
    level = torch.from_numpy(rng.random(len(images)).astype(np.float32) * 0.03).to(images.device)
    return (images + level.view(-1, 1, 1, 1) * torch.randn_like(images)).clamp(0, 1)


def arguments(description: str, presets: dict[str, Any]) -> argparse.Namespace:
    """The command line all recipes share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--preset", choices=sorted(presets), default="cpu")
    parser.add_argument(
        "--run",
        "--folder",  # torchrun takes "--run" for an option of its own
        dest="run",
        type=Path,
        required=True,
        help="folder for checkpoints and log",
    )
    parser.add_argument("--steps", type=int, help="train this many steps instead of the preset's")
    parser.add_argument("--rate", type=float, help="peak learning rate instead of the preset's")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
    parser.add_argument("--init", type=Path, help="start from this exported model's weights")
    parser.add_argument("--export", type=Path, help="write the finished model to this folder")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        dist.init_process_group("nccl" if args.device.startswith("cuda") else "gloo")
    return args


def scheduled(schedule: Schedule, args: argparse.Namespace) -> Schedule:
    """``schedule`` with the steps and the learning rate that the command line asked for."""
    return replace(schedule, steps=args.steps or schedule.steps, lr=args.rate or schedule.lr)


def workers() -> tuple[int, int]:
    """(this process's rank, number of processes) of a torchrun, or (0, 1)."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def average_gradients(params: Sequence[torch.Tensor]) -> None:
    """Replace each gradient by its mean over the processes, in one exchange."""
    grads = [p.grad for p in params if p.grad is not None]
    flat = torch.cat([g.flatten() for g in grads])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for g, part in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
        g.copy_(part.view_as(g))


class Trainer:
    """AdamW with warm-up, cosine, EMA, bf16 autocast, checkpoints and a CSV log.

    ``loss(step)`` returns the scalar to minimise. Everything random in it should come from the
    global torch generator or from ``step``; both are restored on resume.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        schedule: Schedule,
        run: Path,
        loss: Callable[[int], torch.Tensor],
        *,
        device: str = "cpu",
        bf16: bool = True,
        save_every: float = 120.0,
    ) -> None:
        self.module, self.schedule, self.run, self.loss = module, schedule, run, loss
        self.device, self.bf16, self.save_every = device, bf16, save_every
        self.step, self.seconds = 0, 0.0
        params = [p for p in module.parameters() if p.requires_grad]
        self.params = params
        self.optimizer = self.make_optimizer()
        self.average = [p.detach().clone() for p in params] if schedule.ema else None
        run.mkdir(parents=True, exist_ok=True)
        self._resume()

    def make_optimizer(self) -> torch.optim.Optimizer:
        s = self.schedule
        return torch.optim.AdamW(
            self.params, s.lr, betas=(0.9, 0.99), weight_decay=s.weight_decay, fused=True
        )

    def finished(self) -> bool:
        return self.step >= self.schedule.steps

    def _rate(self) -> float:
        s = self.schedule
        if self.step < s.warmup:
            return s.lr * (self.step + 1) / s.warmup
        done = (self.step - s.warmup) / max(1, s.steps - s.warmup)
        return s.lr * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    def _resume(self) -> None:
        path = self.run / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.average is not None:
            self.average = [a.to(self.device) for a in state["average"]]
        self.step, self.seconds = state["step"], state["seconds"]
        torch.set_rng_state(state["rng"].cpu())
        rank, world = workers()
        if world > 1:  # every process must draw other noise
            torch.manual_seed(1_000 * self.step + rank)

    def save(self) -> None:
        """Write the checkpoint, atomically (the first process does)."""
        if workers()[0]:
            return
        state = {
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "step": self.step,
            "seconds": self.seconds,
            "rng": torch.get_rng_state(),
        }
        part = self.run / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.run / "checkpoint.pt")

    def _gradients(self) -> torch.Tensor:
        """The loss of this step; its gradients are left with the parameters."""
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device, torch.bfloat16) if self.bf16 else nullcontext():
            loss = self.loss(self.step)
        loss.backward()
        return loss.detach()

    def _update(self) -> None:
        if workers()[1] > 1:
            average_gradients(self.params)
        torch.nn.utils.clip_grad_norm_(self.params, self.schedule.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.optimizer.step()
        if self.average is not None:
            # early on the average must not remember the random start
            decay = min(self.schedule.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(self.average, [p.detach() for p in self.params], 1 - decay)

    def train(self, report: Callable[[int], dict[str, float]] | None = None) -> None:
        """Run to the schedule's end, checkpointing every ``save_every`` seconds."""
        log = self.run / "log.csv"
        last_save = last = time.perf_counter()
        running: torch.Tensor | None = None  # stays on the device: a card must not be waited for
        while not self.finished():
            loss = self._gradients()
            self._update()
            running = loss.clone() if running is None else running.lerp(loss, 0.02)
            self.step += 1
            now = time.perf_counter()
            self.seconds += now - last
            last = now
            if self.step % 100 == 0 and not workers()[0]:
                row = {"step": self.step, "loss": float(running), "seconds": self.seconds}
                with log.open("a", newline="") as f:
                    csv.writer(f).writerow([f"{v:.5g}" for v in row.values()])
                print(json.dumps(row), flush=True)
            if report and self.step % 500 == 0:
                print(json.dumps(self.averaged(lambda: report(self.step))), flush=True)
            if now - last_save > self.save_every:
                self.save()
                last_save = now
        self.save()

    def averaged(self, call: Callable[[], Any]) -> Any:
        """Run ``call`` with the averaged weights in place."""
        if self.average is None:
            return call()
        kept = [p.detach().clone() for p in self.params]
        with torch.no_grad():
            for p, a in zip(self.params, self.average, strict=True):
                p.copy_(a)
        try:
            return call()
        finally:
            with torch.no_grad():
                for p, k in zip(self.params, kept, strict=True):
                    p.copy_(k)
