"""What a model of the catalog will take, known before anything is downloaded: bytes, memory, time.

Time is arithmetic over speed: the operations of one image are counted once (``catalog.toml``), and
this machine's speed is measured on one convolution of the kind that such networks consist of. That
is the least it can take: on two shared CPU cores, networks of Stable Diffusion's size with random
weights took 1.3 times (its decoder), 2.0 times (TAESD) and 2.8 times (a step of the UNet) as long.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from genlens.models.catalog import PARTS, Entry, find
from genlens.models.devices import pick_device, pick_precision
from genlens.models.download import hub

if TYPE_CHECKING:
    import torch

_WIDTH, _SIDE, _IMAGES = 320, 64, 2
"""Of the convolution that is timed: Stable Diffusion's widest maps."""


@dataclass(frozen=True)
class Needs:
    """``download`` bytes that are not on this machine yet (at most; 0 where all are), ``memory``
    bytes of weights as they will be held, ``step`` and ``decode`` 10^12 operations of one image, 0
    where they were not counted."""

    model: str
    download: int
    memory: int
    step: float
    decode: float
    device: str

    def seconds(self, images: int, steps: int, guidance: float) -> float | None:
        """How long ``images`` would take here at least; None where nothing was counted."""
        if not self.step:
            return None
        passes = 2 if guidance > 1 else 1
        operations = images * (steps * passes * self.step + self.decode)
        return operations / speed(self.device)


def needs_of(name: str, device: str | None = None) -> Needs | None:
    """What loading and running ``name`` will take; None for models that ship or are not listed."""
    entry = find(name)
    if entry is None or entry.source != "hub":
        return None
    where = pick_device(device)
    wanted = str(entry.settings.get("precision", "auto"))
    bits = 2 if pick_precision(wanted, where) == "fp16" else 4
    stored = 2 if entry.settings.get("variant") == "fp16" else 4
    return Needs(
        model=entry.id,
        download=0 if _is_here(entry) else entry.bytes,
        memory=entry.bytes * bits // stored,
        step=float(entry.tflop.get("step", 0)),
        decode=float(entry.tflop.get("decode", 0)),
        device=where,
    )


def said(needs: Needs, images: int, steps: int, guidance: float) -> str:
    """One or two sentences for a reader who is about to begin."""
    place = "graphics memory" if needs.device.startswith("cuda") else "memory"
    parts = [
        f"{needs.model}: "
        + (f"a download of {needs.download / 1e9:.1f} GB, " if needs.download else "")
        + f"at least {needs.memory / 1e9:.1f} GB of {place} for its weights."
    ]
    seconds = needs.seconds(images, steps, guidance)
    if seconds is None:
        parts.append("How long an image takes is known after the first ones.")
    else:
        parts.append(
            f"{images:,} images will take at least {in_words(seconds)} here, and perhaps three "
            f"times that: their arithmetic ({needs.step:g} · 10¹² operations a step, "
            f"{needs.decode:g} to decode) at this machine’s speed "
            f"({speed(needs.device):.2g} · 10¹² a second)."
        )
    return " ".join(parts)


def in_words(seconds: float) -> str:
    """ "40 s", "12 min" or "3.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


@lru_cache(maxsize=4)
def speed(device: str) -> float:
    """10^12 operations a second that ``device`` does in a convolution, measured once."""
    import torch

    half = torch.float16 if device.startswith("cuda") else torch.float32
    with torch.no_grad():
        layer = torch.nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1).to(device, half)
        maps = torch.zeros(_IMAGES, _WIDTH, _SIDE, _SIDE, device=device, dtype=half)
        rounds = 20 if device.startswith("cuda") else 2
        took = min(_timed(layer, maps, rounds) for _ in range(3))
    operations = 2 * _IMAGES * _SIDE * _SIDE * _WIDTH * _WIDTH * 9
    return operations * rounds / took / 1e12


def _timed(layer: torch.nn.Module, maps: torch.Tensor, rounds: int) -> float:
    import torch

    def wait() -> None:
        if maps.is_cuda:
            torch.cuda.synchronize()

    wait()
    started = time.perf_counter()
    for _ in range(rounds):
        layer(maps)
    wait()
    return time.perf_counter() - started


def _is_here(entry: Entry) -> bool:
    """Whether all of it was downloaded already; of a single file nobody keeps a record."""
    variant = str(entry.settings.get("variant", ""))
    return not entry.file and hub.is_here(
        entry.repo or entry.id, entry.revision, variant=variant, part=PARTS.get(entry.contract, "")
    )
