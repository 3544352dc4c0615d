"""The control of edits that change pixels: the same change, somewhere else."""

from __future__ import annotations

import numpy as np
import torch


def moved_change(before: torch.Tensor, after: torch.Tensor, start: int, seed: int) -> torch.Tensor:
    """``before`` (n, c, h, w) with each face's change of pixels rolled to another place, at least a
    quarter of the picture away in height or width: as many pixels change by as much, but not those
    that the claim is about. Face ``start + i`` of ``seed`` is always rolled alike.

    What would leave [0, 1] is cut off, so that the control can be a little smaller than the edit.
    """
    change = after - before
    height, width = before.shape[2:]
    rolled = torch.empty_like(change)
    for i, one in enumerate(change):
        rng = np.random.default_rng([seed, start + i, 17])
        down = int(rng.integers(height // 4, height - height // 4 + 1))
        across = int(rng.integers(0, width))
        rolled[i] = torch.roll(one, (down, across), (1, 2))
    return (before + rolled).clamp(0, 1)
