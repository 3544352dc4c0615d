"""``avatars-parts``: a small network that labels each pixel of a cartoon face with its part.

``python -m genlens.zoo.recipes.steering.parts --run runs/avatars-parts --export
shared/genlens/zoo/weights/avatars-parts``; stopped at any time, the same line goes on. Pictures are
blurred and disturbed in training, as a generator's are.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from genlens.worlds.avatars import Faces, draw_faces
from genlens.zoo.face_parts import NAMES, SIDE, FaceParts, PartsNet, save
from genlens.zoo.recipes.emoji_referee import disturb
from genlens.zoo.recipes.rounds import Rounds

SEED, BATCH, RATE = 41, 16, 4e-3
PRESETS = {"cpu": (3_000, 500), "gpu": (40_000, 20_000)}
"""Faces, and steps of 16."""


class PartRounds(Rounds):
    """The training."""

    def __init__(self, faces: Faces, run: Path, steps: int, device: str) -> None:
        torch.manual_seed(SEED)
        self.images = torch.from_numpy(faces.images).permute(0, 3, 1, 2)
        self.labels = part_labels(faces)
        share = torch.bincount(self.labels.flatten(), minlength=len(NAMES)) / self.labels.numel()
        # parts of few pixels count more, but not as much as they are rare
        self.weight = (share.clamp_min(1e-4) ** -0.4).to(device)
        self.net = PartsNet().to(device)
        self.adam = torch.optim.AdamW(self.net.parameters(), weight_decay=1e-3)
        super().__init__({"net": self.net, "adam": self.adam}, run, steps, device)

    def update(self) -> dict[str, float]:
        """One step, named by its cross-entropy in nats a pixel."""
        torch.manual_seed(1_000_003 * SEED + self.step)
        rows = np.random.default_rng([SEED, self.step]).choice(len(self.images), BATCH, False)
        at = torch.from_numpy(rows)
        images = disturb(self.images[at].float() / 255).to(self.device)
        for group in self.adam.param_groups:
            warm = min(1.0, (self.step + 1) / 40)
            group["lr"] = RATE * warm * 0.5 * (1 + math.cos(math.pi * self.step / self.steps))
        loss = F.cross_entropy(self.net(images), self.labels[at].to(self.device), self.weight)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        return {"nats": float(loss.detach())}


def part_labels(faces: Faces) -> torch.Tensor:
    """(n, h, w) int64: which part one sees at each pixel; 0 is the background."""
    labels = np.zeros(faces.images.shape[:3], np.int64)
    for index, name in enumerate(NAMES[1:], 1):
        labels[faces.masks[name]] = index
    return torch.from_numpy(labels)


def ious(reader: FaceParts, faces: Faces) -> dict[str, float]:
    """Intersection over union of each part's pixels, read and true, over all ``faces``."""
    read, true = reader.labels(faces.tensor()), part_labels(faces)
    found = {}
    for index, name in enumerate(NAMES):
        a, b = read == index, true == index
        found[name] = round(float((a & b).sum() / (a | b).sum().clamp_min(1)), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, help="in all, instead of the preset's")
    parser.add_argument("--export", type=Path, help="write the model to this folder")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    count, steps = PRESETS[args.preset]
    faces = draw_faces(count, SEED, size=SIDE)
    rounds = PartRounds(faces, args.run, args.steps or steps, args.device)
    rounds.train()
    held = draw_faces(200, SEED + 1, size=SIDE)
    print(json.dumps({"iou": ious(FaceParts(rounds.net.cpu()), held)}))
    if args.export and rounds.step == rounds.steps:
        save(rounds.net.cpu(), args.export)


if __name__ == "__main__":
    main()
