"""The scenes all recipes learn from: drawn once, by all cores, and kept on disk.

One folder holds ``images.npy`` (n, side, side, 3) uint8, ``labels.npy`` (n, side / 2, side / 2)
uint8, the noun drawn at every second pixel (0: ground), and ``captions.json``. It is read without
being copied into memory.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.layout_full import FULL
from genlens.zoo.recipes.emoji_referee import label_map
from genlens.zoo.recipes.scenes.captions import FullCaptions

SIDE = 128
SEED = 31  # of the training scenes
CHUNK = 500  # scenes drawn from one random generator: the same whatever the number of cores


@dataclass(frozen=True)
class Scenes:
    """Scenes on disk."""

    images: np.ndarray
    labels: np.ndarray
    captions: list[str]

    def __len__(self) -> int:
        return len(self.captions)

    def first(self, n: int) -> Scenes:
        """The first ``n`` of them."""
        return Scenes(self.images[:n], self.labels[:n], self.captions[:n])

    def batches(self, batch: int, seed: int) -> Iterator[np.ndarray]:
        """Endless batches of indices, reshuffled each epoch."""
        rng = np.random.default_rng(seed)
        while True:
            order = rng.permutation(len(self))
            yield from np.sort(order[: len(order) // batch * batch].reshape(-1, batch), 1)


def _draw(
    at: int, *, n: int, seed: int, split: str, fragments: float
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Scenes ``at`` to ``at + CHUNK`` of ``n``."""
    torch.set_num_threads(1)
    sampler = FullCaptions(seed * 100_003 + at, split, fragments)
    captions = [sampler() for _ in range(min(CHUNK, n - at))]
    scenes = [
        draw(seed * 1_000_003 + at + i, caption, SIDE, FULL) for i, caption in enumerate(captions)
    ]
    return np.stack([s.image for s in scenes]), np.stack([label_map(s) for s in scenes]), captions


def prepare(
    folder: Path,
    n: int,
    seed: int,
    *,
    split: str = "train",
    fragments: float = 0.33,
    workers: int = 1,
) -> Scenes:
    """Draw ``n`` scenes into ``folder`` if they are not there, and open them."""
    done = folder / "captions.json"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shape, half = (n, SIDE, SIDE, 3), (n, SIDE // 2, SIDE // 2)
        images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, shape)
        labels = np.lib.format.open_memmap(folder / "labels.npy", "w+", np.uint8, half)
        captions: list[str] = []
        part = partial(_draw, n=n, seed=seed, split=split, fragments=fragments)
        starts = range(0, n, CHUNK)
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            drawn = pool.imap(part, starts) if workers > 1 else map(part, starts)
            for at, (image, label, text) in zip(starts, drawn, strict=True):
                images[at : at + len(text)], labels[at : at + len(text)] = image, label
                captions += text
        images.flush()
        labels.flush()
        done.write_text(json.dumps(captions), encoding="utf-8")
    return Scenes(
        np.load(folder / "images.npy", mmap_mode="r"),
        np.load(folder / "labels.npy", mmap_mode="r"),
        json.loads(done.read_text(encoding="utf-8")),
    )


def held_out(n: int, seed: int = 2) -> list[Scene]:
    """Scenes with a pair of nouns that training never sees."""
    sampler = FullCaptions(seed, "test", fragments=0.0)
    return [draw(seed * 1_000_003 + i, sampler(), SIDE, FULL) for i in range(n)]
