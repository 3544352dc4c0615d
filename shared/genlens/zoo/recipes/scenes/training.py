"""Training by the clock: how long is said in minutes, so that a stage fits where it has to.

The learning rate follows a warm-up and a cosine over the minutes of training (not over steps),
whatever the machine makes of them; SIGTERM, or the time said with ``--until``, saves and stops, and
the same line goes on.
"""

from __future__ import annotations

import argparse
import itertools
import math
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import torch

from genlens.zoo.recipes.common import Schedule, Trainer

T = TypeVar("T")


class ClockTrainer(Trainer):
    """A ``Trainer`` whose run lasts ``minutes``. At the time ``until`` (seconds since 1970) it
    saves and stops in any case; so it does on SIGTERM."""

    def __init__(
        self,
        module: torch.nn.Module,
        schedule: Schedule,
        run: Path,
        loss: Callable[[int], torch.Tensor],
        *,
        minutes: float,
        until: float | None = None,
        device: str = "cpu",
        bf16: bool = True,
        save_every: float = 240.0,
    ) -> None:
        self.minutes, self.until, self.stopped = minutes, until, False
        if device.startswith("cuda"):  # sizes do not change, and TF32 is exact enough
            torch.backends.cudnn.benchmark = True
            torch.backends.cudnn.benchmark_limit = 4  # of ten ways: trying them all takes long
            torch.set_float32_matmul_precision("high")
        super().__init__(
            module, schedule, run, loss, device=device, bf16=bf16, save_every=save_every
        )

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def train(self, report: Callable[[int], dict[str, float]] | None = None) -> None:
        """Until the run is complete, its time is over, or SIGTERM comes."""
        before = signal.signal(signal.SIGTERM, self._stop)
        try:
            super().train(report)
        finally:
            signal.signal(signal.SIGTERM, before)

    def make_optimizer(self) -> torch.optim.Optimizer:
        s = self.schedule
        decay = [p for p in self.params if p.ndim >= 2]
        rest = [p for p in self.params if p.ndim < 2]
        groups = [
            {"params": decay, "weight_decay": s.weight_decay},
            {"params": rest, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, s.lr, betas=(0.9, 0.95), fused=True)

    def progress(self) -> float:
        """Share of the run that is behind, in [0, 1]: of its minutes or its steps, whichever is
        further."""
        return min(1.0, max(self.seconds / (60 * self.minutes), self.step / self.schedule.steps))

    @property
    def complete(self) -> bool:
        """Whether nothing is left to train."""
        return self.progress() >= 1

    def save(self) -> None:
        """Write the checkpoint; a run that is over leaves a file ``complete`` beside it."""
        super().save()
        if self.complete:
            (self.run / "complete").touch()

    def finished(self) -> bool:
        late = self.until is not None and time.time() >= self.until
        return self.complete or self.stopped or late

    def _rate(self) -> float:
        s = self.schedule
        warm = min(1.0, (self.step + 1) / s.warmup) if s.warmup else 1.0
        return s.lr * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self.progress())))


def take_what_fits(module: torch.nn.Module, state: dict[str, torch.Tensor]) -> int:
    """Take over the tensors of an exported model that ``module`` has in the same shape; how many
    numbers that were."""
    own = module.state_dict()
    fits = {
        name: value.float() if value.is_floating_point() else value
        for name, value in state.items()
        if name in own and own[name].shape == value.shape
    }
    module.load_state_dict(fits, strict=False)
    return sum(value.numel() for value in fits.values())


def exported_weights(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of the safetensors in ``folder``, in one file or several."""
    from safetensors.torch import load_file

    found: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        found |= load_file(file)
    return found


class Recorded:
    """A loss and its backward pass, recorded once as a CUDA graph and then replayed.

    A small network makes thousands of short kernels, and starting them one by one takes a processor
    longer than they take the card. Every input is a tensor of the same shape at each step, and
    nothing in the loss may look at a value.
    """

    def __init__(
        self, loss: Callable[..., torch.Tensor], params: Sequence[torch.Tensor], bf16: bool
    ) -> None:
        self.loss, self.params, self.bf16 = loss, params, bf16
        self.graph: torch.cuda.CUDAGraph | None = None
        self.inputs: list[torch.Tensor] = []
        self.out = torch.zeros(())

    def _run(self) -> torch.Tensor:
        with torch.autocast("cuda", torch.bfloat16, enabled=self.bf16):
            out = self.loss(*self.inputs)
        out.backward()
        return out.detach()

    def _forget(self) -> None:
        for p in self.params:
            p.grad = None

    def _record(self, inputs: Sequence[torch.Tensor]) -> torch.cuda.CUDAGraph:
        self.inputs = [x.clone() for x in inputs]
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(3):  # what is chosen or loaded at first use must not be recorded
                self._forget()
                self._run()
        torch.cuda.current_stream().wait_stream(beside)
        self._forget()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.out = self._run()
        return graph

    def __call__(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """The loss; its gradients are left with the parameters."""
        if self.graph is None:
            self.graph = self._record(inputs)
        for kept, new in zip(self.inputs, inputs, strict=True):
            kept.copy_(new)
        self.graph.replay()
        return self.out


class Ahead(Generic[T]):
    """Makes what ``make(i)`` returns for i = 0, 1, ... a few calls ahead, in a thread, so that the
    card does not wait for pictures to be cut out."""

    def __init__(self, make: Callable[[int], T], ahead: int = 4) -> None:
        self.queue: queue.Queue[T | Exception] = queue.Queue(ahead)
        self.make = make
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for i in itertools.count():
            try:
                self.queue.put(self.make(i))
            except Exception as error:
                self.queue.put(error)
                return

    def __call__(self) -> T:
        made = self.queue.get()
        if isinstance(made, Exception):
            raise made
        return made


def by_clock(parser: argparse.ArgumentParser) -> None:
    """The options of a recipe that is trained by the clock."""
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and log")
    parser.add_argument("--minutes", type=float, help="length of the run instead of the preset's")
    parser.add_argument("--until", type=float, help="save and stop then, in seconds since 1970")
    parser.add_argument("--steps", type=int, help="at most this many steps")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")


def existing(text: str) -> Path:
    """A path that an option names, which has to be there: said before anything is drawn."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is no {path}")
    return path


def recipe(
    description: str | None, presets: Iterable[str], *, scenes: bool = True
) -> argparse.ArgumentParser:
    """The options that all trainings have; ``scenes``: it reads the folder of drawn scenes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--preset", choices=sorted(presets), default="cpu")
    by_clock(parser)
    if scenes:
        parser.add_argument(
            "--scenes", type=Path, required=True, help="folder the scenes are kept in"
        )
    parser.add_argument("--workers", type=int, default=1, help="processes that draw scenes")
    parser.add_argument("--export", type=Path, help="write the model here when it stops")
    return parser
