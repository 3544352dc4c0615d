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

from genlens.worlds import vocabulary
from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.layout_full import FULL
from genlens.zoo.recipes.scenes.captions import FullCaptions
from genlens.zoo.recipes.scenes.training import recipe

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

    def pictures(self, device: str) -> Pictures:
        """The images, where a training takes its batches from."""
        return Pictures(self.images, device)

    def batches(self, batch: int, seed: int) -> Iterator[np.ndarray]:
        """Endless batches of indices, reshuffled each epoch."""
        rng = np.random.default_rng(seed)
        while True:
            order = rng.permutation(len(self))
            yield from np.sort(order[: len(order) // batch * batch].reshape(-1, batch), 1)


class Pictures:
    """Batches of uint8 images (n, h, w, 3) as (b, 3, h, w) in [0, 1] on ``device``. A card holds
    all of them: it would wait for what a processor cuts out."""

    def __init__(self, images: np.ndarray, device: str) -> None:
        self.images, self.device = images, device
        self.held: torch.Tensor | None = None
        if device.startswith("cuda"):
            self.held = torch.empty(images.shape, dtype=torch.uint8, device=device)
            for i in range(0, len(images), CHUNK):
                self.held[i : i + CHUNK] = torch.from_numpy(np.array(images[i : i + CHUNK]))

    def _at(self, rows: np.ndarray) -> torch.Tensor:
        if self.held is not None:
            return self.held[torch.from_numpy(rows).to(self.device)]
        return torch.from_numpy(self.images[rows]).to(self.device)

    def __call__(self, rows: np.ndarray) -> torch.Tensor:
        """The images of these rows."""
        return self._at(rows).permute(0, 3, 1, 2).float() / 255

    def windows(self, rows: np.ndarray, rng: np.random.Generator, side: int) -> torch.Tensor:
        """One (side, side) window of each, the livelier of two random places: most of a scene is
        plain ground, and a local model learns nothing more from more of it."""
        whole = self._at(rows)
        n, h = whole.shape[:2]
        line = torch.arange(side, device=whole.device)
        tries = []
        for _ in range(2):
            corner = torch.from_numpy(rng.integers(0, (h - side) // 4 + 1, (n, 2)) * 4)
            y, x = (corner.to(whole.device)[:, :, None] + line).unbind(1)  # each (n, side)
            index = torch.arange(n, device=whole.device)[:, None, None]
            cut = whole[index, y[:, :, None], x[:, None, :]]
            tries.append(cut.permute(0, 3, 1, 2).float() / 255)
        lively = tries[0].flatten(1).std(1) >= tries[1].flatten(1).std(1)
        return torch.where(lively.view(-1, 1, 1, 1), tries[0], tries[1])


def label_map(scene: Scene) -> np.ndarray:
    """Noun classes at half resolution, uint8, 0 for ground."""
    names = {n: i + 1 for i, n in enumerate(vocabulary.NOUNS)}
    label = np.zeros(scene.image.shape[:2], np.uint8)
    for o in scene.objects:
        label[o.mask] = names[o.noun]
    return label[::2, ::2]


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


COUNTS = {"gpu": 120_000, "cpu": 64_000, "tiny": 48}  # as many as the training that wants most


def main(arguments: list[str] | None = None) -> bool:
    """Draw the scenes of a preset."""
    parser = recipe(__doc__, COUNTS)
    parser.add_argument("--n", type=int, help="so many instead of the preset's")
    args = parser.parse_args(arguments)
    scenes = prepare(args.scenes, args.n or COUNTS[args.preset], SEED, workers=args.workers)
    print(f"{len(scenes)} scenes", flush=True)
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "complete").touch()
    return True


if __name__ == "__main__":
    main()
