"""Training faces of ``worlds/avatars``: pictures, the truth about them, and where details are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from genlens.worlds.avatars import CHOICES, draw_faces

VALUES = [len(values) for values in CHOICES.values()]
DETAILS = ("mouth", "eyes", "brows", "glasses", "nose")
"""Parts of few pixels that say much: a squared error weighs them ``DETAIL`` times."""
DETAIL = 10.0
CHUNK = 4_000


@dataclass(frozen=True)
class FacePool:
    """``images`` (n, 3, side, side) uint8; ``detail`` (n, 1, side, side) bool; ``codes`` (n,
    factors) int64, in the order of ``CHOICES``."""

    images: torch.Tensor
    detail: torch.Tensor
    codes: torch.Tensor

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, rows: np.ndarray, device: str
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pictures in [0, 1], weights of their pixels with mean about 1, codes."""
        at = torch.from_numpy(rows)
        images = self.images[at].to(device).float() / 255
        weights = 1 + (DETAIL - 1) * self.detail[at].to(device).float()
        return images, weights / weights.mean(), self.codes[at].to(device)


def draw_pool(n: int, seed: int, side: int, cache: Path) -> FacePool:
    """``n`` faces; drawn once and kept in ``cache`` (.npz)."""
    if not cache.is_file():
        images, details, codes = [], [], []
        for start in range(0, n, CHUNK):
            faces = draw_faces(min(CHUNK, n - start), seed * 1_000 + start // CHUNK, size=side)
            images.append(faces.images.transpose(0, 3, 1, 2))
            details.append(np.any([faces.masks[part] for part in DETAILS], axis=0)[:, None])
            codes.append(np.stack([faces.codes[factor] for factor in CHOICES], axis=1))
        cache.parent.mkdir(parents=True, exist_ok=True)
        whole = [np.concatenate(parts) for parts in (images, details, codes)]
        np.savez(cache, images=whole[0], detail=whole[1], codes=whole[2])
    with np.load(cache, allow_pickle=False) as kept:
        return FacePool(*(torch.from_numpy(kept[name]) for name in ("images", "detail", "codes")))


def one_hot(codes: torch.Tensor) -> torch.Tensor:
    """(n, factors) int64 -> (n, all values) float32, a 1 a factor."""
    parts = [torch.nn.functional.one_hot(codes[:, i], count) for i, count in enumerate(VALUES)]
    return torch.cat(parts, 1).float()
