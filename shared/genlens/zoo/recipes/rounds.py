"""A training of several networks in turns, with a checkpoint: what GANs and their kin need.

Everything random in a step should come from its number, so that a run that was stopped (SIGTERM
saves and stops) and goes on computes what an unbroken one would.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

SAVE_SECONDS, PRINTED_EVERY = 120.0, 100


class Stateful(Protocol):
    """A network or an optimiser."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...


class Rounds:
    """Steps until ``steps``; :meth:`update` does one and names its losses.

    ``parts`` are the networks and optimisers that the checkpoint in ``run`` holds.
    """

    def __init__(self, parts: Mapping[str, Stateful], run: Path, steps: int, device: str) -> None:
        self.parts, self.run, self.steps, self.device = dict(parts), run, steps, device
        self.step, self.seconds, self._stopped = 0, 0.0, False
        run.mkdir(parents=True, exist_ok=True)
        if (run / "checkpoint.pt").is_file():
            state = torch.load(run / "checkpoint.pt", map_location=device, weights_only=True)
            for name, part in self.parts.items():
                part.load_state_dict(state[name])
            self.step, self.seconds = state["step"], state["seconds"]

    def update(self) -> dict[str, float]:
        """One step; its losses by name."""
        raise NotImplementedError

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state: dict[str, Any] = {"step": self.step, "seconds": self.seconds}
        state |= {name: part.state_dict() for name, part in self.parts.items()}
        part = self.run / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.run / "checkpoint.pt")

    def train(self) -> None:
        """Run to the end, printing mean losses now and then."""
        before = signal.signal(signal.SIGTERM, self._stop)
        started = saved = time.perf_counter()
        spent, sums = self.seconds, dict[str, list[float]]()
        try:
            while self.step < self.steps and not self._stopped:
                for name, value in self.update().items():
                    sums.setdefault(name, []).append(value)
                self.step += 1
                self.seconds = spent + time.perf_counter() - started
                if self.step % PRINTED_EVERY == 0:
                    means = {name: round(sum(v) / len(v), 4) for name, v in sums.items()}
                    row = {"step": self.step, **means, "seconds": round(self.seconds)}
                    print(json.dumps(row), flush=True)
                    sums.clear()
                if time.perf_counter() - saved > SAVE_SECONDS:
                    self.save()
                    saved = time.perf_counter()
        finally:
            signal.signal(signal.SIGTERM, before)
        self.save()

    def _stop(self, *_: object) -> None:
        self._stopped = True
