"""The referee: a small network that says what is drawn where, used only to judge other models.

It labels every second pixel of a picture with a noun or "ground" (a per-pixel classifier, so
that it can say both whether a noun is present and where). It never sees a prompt, and it is
never the model that is being explained.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from genlens.errors import InputError
from genlens.models.memory import MEMORY
from genlens.models.weights import folder_sha256

WEIGHTS = Path(__file__).with_name("weights") / "emoji-referee"
SIDE = 64  # pictures are resized to this before they are judged
# A noun counts as present from this share of the picture on, in pixels labelled with it by at least
# this probability: chosen on 400 scenes of the training split.
MIN_AREA, SURE = 0.008, 0.6


def _block(a: int, b: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)
    )


class RefereeNet(nn.Module):
    """A U-shaped network: (n, 3, 64, 64) in [0, 1] -> logits (n, classes, 32, 32)."""

    def __init__(self, classes: int, widths: Sequence[int] = (28, 56, 96, 136)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.s1 = nn.Sequential(_block(3, a, 2), _block(a, b))  # 32 x 32
        self.s2 = nn.Sequential(_block(b, c, 2), _block(c, c))  # 16 x 16
        self.s3 = nn.Sequential(_block(c, d, 2), _block(d, d))  # 8 x 8
        self.u2 = _block(c + d, c)
        self.u1 = _block(b + c, b)
        self.head = nn.Conv2d(b, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = self.s1(x * 2 - 1)
        two = self.s2(one)
        three = self.s3(two)
        two = self.u2(torch.cat([two, F.interpolate(three, scale_factor=2.0)], 1))
        one = self.u1(torch.cat([one, F.interpolate(two, scale_factor=2.0)], 1))
        return self.head(one)


class Referee:
    """Which nouns are in a picture, and where.

    ``nouns`` are the names it can tell apart; class 0 is the ground.
    """

    def __init__(self, net: RefereeNet, nouns: Sequence[str]) -> None:
        self.net, self.nouns = net.eval(), tuple(nouns)
        self._index = {n: i + 1 for i, n in enumerate(self.nouns)}

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Referee:
        """The shipped referee."""
        from safetensors.torch import load_file

        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        net = RefereeNet(len(config["nouns"]) + 1, config["widths"])
        state = load_file(folder / "model.safetensors")
        net.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        )
        return cls(net, config["nouns"])

    def labels(self, images: np.ndarray) -> np.ndarray:
        """(n, h, w, 3) uint8 -> (n, h, w) int64: 0 for ground, i + 1 for ``nouns[i]``."""
        return self._read(images)[0]

    @torch.no_grad()
    def _read(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """``labels`` and, (n, h, w) bool, where the referee is sure of them."""
        if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8:
            raise InputError(f"pictures are (n, h, w, 3) uint8, not {images.dtype} {images.shape}")
        h, w = images.shape[1:3]
        if not len(images):
            return np.zeros((0, h, w), np.int64), np.zeros((0, h, w), bool)
        out, sure = [], []
        for chunk in np.array_split(images, max(1, len(images) // 64)):
            x = torch.from_numpy(np.ascontiguousarray(chunk)).permute(0, 3, 1, 2).float() / 255
            if (h, w) != (SIDE, SIDE):
                x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
            logits = F.interpolate(self.net(x), (h, w), mode="bilinear")
            best, label = logits.softmax(1).max(1)
            out.append(label.numpy())
            sure.append((best >= SURE).numpy())
        return np.concatenate(out), np.concatenate(sure)

    def locate(self, image: np.ndarray, nouns: Sequence[str]) -> dict[str, np.ndarray | None]:
        """Where each of ``nouns`` is: a mask (h, w) bool, or None where it is not present."""
        (label,), (sure,) = self._read(image[None])
        masks: dict[str, np.ndarray | None] = {}
        for noun in nouns:
            mask = label == self._index.get(noun, -1)
            masks[noun] = mask if (mask & sure).mean() >= MIN_AREA else None
        return masks

    def present(self, images: np.ndarray) -> list[dict[str, float]]:
        """The nouns that are present in each of (n, h, w, 3) uint8 pictures, with the share of its
        pixels that are surely theirs."""
        shares = []
        for label, sure in zip(*self._read(images), strict=True):
            count = np.bincount(label[sure], minlength=len(self.nouns) + 1)
            share = count / label.size
            shares.append(
                {n: float(share[i]) for n, i in self._index.items() if share[i] >= MIN_AREA}
            )
        return shares


def load_referee() -> Referee:
    """The shipped referee, loaded once."""
    return MEMORY.get(("referee", folder_sha256(WEIGHTS)), Referee.load)
