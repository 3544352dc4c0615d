"""``avatars-attributes``: a small network that names all eleven factors of a cartoon face.

``python -m genlens.zoo.recipes.steering.attributes --run runs/avatars-attributes --export
shared/genlens/zoo/weights/avatars-attributes``; stopped at any time, the same line goes on.

It judges what generators draw, so it is trained on blurred and noisy faces too. Some are blurred
until small parts are gone, and some are two faces laid over each other with both names as the
answer (mixup, Zhang et al. 2018, arXiv:1710.09412): a face that is none should leave it in doubt.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from genlens.models.assessors.classifiers.backbones import SmallBackbone
from genlens.models.assessors.classifiers.files import ClassifierNet, save
from genlens.models.assessors.classifiers.heads import Ask
from genlens.training.classifiers.disturb import blurred, softened
from genlens.worlds.avatars import CHOICES, PROPERTIES, Faces, draw_faces
from genlens.zoo.recipes.common import to_tensor
from genlens.zoo.recipes.rounds import Rounds, Stateful

SEED, HELD_SEED = 41, 42
SIDE = 64
STRONG = (1.0, 5.0)  # standard deviations of strong blurs, pixels
SMILE = Ask("mouth", PROPERTIES["smile"][1], title="Smile (attributes classifier)")


@dataclass(frozen=True)
class Preset:
    """``faces`` drawn once; ``steps`` of ``batch`` of them, at a rate that falls to 1 % by a
    cosine."""

    widths: tuple[int, ...] = (24, 48, 64)
    faces: int = 12_000
    steps: int = 2_500
    batch: int = 64
    rate: float = 2e-3


PRESETS = {"cpu": Preset(), "gpu": Preset(faces=100_000, steps=30_000, batch=256)}


class AttributeRounds(Rounds):
    """The training of one network with a head for each factor."""

    def __init__(self, faces: Faces, run: Path, preset: Preset, device: str) -> None:
        torch.manual_seed(SEED)
        self.preset = preset
        self.pictures = torch.from_numpy(faces.images).permute(0, 3, 1, 2).contiguous()
        self.codes = codes_of(faces)
        self.net = ClassifierNet(SmallBackbone(SIDE, preset.widths), CHOICES).to(device)
        self.optimizer = torch.optim.Adam(self.net.parameters(), preset.rate)
        parts: dict[str, Stateful] = {"net": self.net, "optimizer": self.optimizer}
        super().__init__(parts, run, preset.steps, device)

    def update(self) -> dict[str, float]:
        """One step of Adam."""
        rng = np.random.default_rng([SEED, self.step])
        rows = rng.choice(len(self.pictures), self.preset.batch, replace=False)
        at = torch.from_numpy(rows)
        images = self.pictures[at].to(self.device).float() / 255
        codes, other = self.codes[at].to(self.device), self.codes[at].to(self.device)
        images, other, share = disturbed(images, other, rng)
        logits = self.net.train()(images)
        loss = mixed_loss(self.net, logits, codes, other, share)
        for group in self.optimizer.param_groups:
            done = self.step / self.preset.steps
            group["lr"] = self.preset.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return {"nats a factor": loss.item()}


def codes_of(faces: Faces) -> torch.Tensor:
    """(n, factors) int64, in the order of ``CHOICES``."""
    return torch.from_numpy(np.stack([faces.codes[factor] for factor in CHOICES], axis=1))


def disturbed(
    images: torch.Tensor, codes: torch.Tensor, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """``images`` (n, 3, h, w), disturbed; the codes of what was laid over each, and its share (n,):
    0 where nothing was.

    Half get a light blur and noise, an eighth a strong blur, a quarter another face; the rest
    stays.
    """
    n = len(images)
    half, eighth = n // 2, n // 8
    mixed = slice(half + eighth, half + eighth + n // 4)
    out, codes, share = images.clone(), codes.clone(), torch.zeros(n, device=images.device)
    out[:half] = softened(images[:half], rng)
    out[half : half + eighth] = blurred(images[half : half + eighth], rng.uniform(*STRONG))
    drawn = torch.from_numpy(rng.uniform(0, 0.5, n // 4).astype(np.float32)).to(out.device)
    amount = drawn[:, None, None, None]
    partners = slice(0, n // 4)  # not among the mixed
    out[mixed] = (1 - amount) * images[mixed] + amount * images[partners]
    codes[mixed], share[mixed] = codes[partners].clone(), drawn
    return out, codes, share


def mixed_loss(
    net: ClassifierNet,
    logits: torch.Tensor,
    codes: torch.Tensor,
    other: torch.Tensor,
    share: torch.Tensor,
) -> torch.Tensor:
    """Mean cross-entropy over factors, in nats, of ``codes`` (n, factors) and, by ``share`` (n,),
    of ``other``."""
    losses = []
    for i, rows in enumerate(net.split(logits).values()):
        own = F.cross_entropy(rows, codes[:, i], reduction="none")
        second = F.cross_entropy(rows, other[:, i], reduction="none")
        losses.append(((1 - share) * own + share * second).mean())
    return torch.stack(losses).mean()


@torch.no_grad()
def measured(net: ClassifierNet, faces: Faces, device: str) -> dict[str, float]:
    """ "accuracy FACTOR" on ``faces`` as drawn, and "... blurred" under a blur of 1 pixel."""
    codes, found = codes_of(faces), {}
    for name, sigma in (("accuracy {}", 0.0), ("accuracy {} blurred", 1.0)):
        logits = []
        for part in np.array_split(faces.images, max(1, len(faces) // 200)):
            images = to_tensor(part).to(device)
            logits.append(net.eval()(blurred(images, sigma) if sigma else images).cpu())
        for i, (factor, rows) in enumerate(net.split(torch.cat(logits)).items()):
            right = (rows.argmax(1) == codes[:, i]).double().mean()
            found[name.format(factor)] = round(float(right), 4)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, help="instead of the preset's")
    parser.add_argument("--export", type=Path, help="write the model to this folder")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    preset = PRESETS[args.preset]
    preset = replace(preset, steps=args.steps or preset.steps)
    faces = draw_faces(preset.faces, SEED, size=SIDE)
    rounds = AttributeRounds(faces, args.run, preset, args.device)
    rounds.train()
    figures: dict[str, Any] = measured(
        rounds.net, draw_faces(2_000, HELD_SEED, size=SIDE), args.device
    )
    print(json.dumps(figures))
    if args.export:
        about = {"data": "avatars", "steps": rounds.step, "measured": figures}
        save(args.export, rounds.net, SMILE, about)


if __name__ == "__main__":
    main()
