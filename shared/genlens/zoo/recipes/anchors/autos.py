"""``autos-introvae``: PXGen's model B, a Soft-IntroVAE that has seen CIFAR-10's automobiles only.

``python -m genlens.zoo.recipes.anchors.autos --run runs/autos-introvae --export
shared/genlens/zoo/weights/autos-introvae``. The 5,000 training pictures of that class come by
``genlens fetch cifar10``, each also mirrored; stopped at any time, the same line goes on. The
network is far smaller than the paper's, so that it fits a file of about a megabyte and an hour on
two cores; ``--preset gpu`` trains it for as many steps as it needs.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.pictures.datasets import read_dataset
from genlens.training.loss import measure
from genlens.zoo.recipes.anchors.intro_vae import (
    Betas,
    Halves,
    decoder_loss,
    encoder_loss,
    folded,
    settle,
    vae_loss,
)
from genlens.zoo.recipes.common import to_tensor

CLASS = 1  # automobile
LATENTS, WIDTHS, HIDDEN = 64, (32, 64, 96), 96
RATE, DECAY, SAVE_SECONDS = 5e-4, 0.999, 60.0


@dataclass(frozen=True)
class Preset:
    """``plain`` steps as a VAE, then ``steps`` as a Soft-IntroVAE, of ``batch`` pictures."""

    plain: int
    steps: int
    batch: int


PRESETS = {"cpu": Preset(3_000, 6_000, 32), "gpu": Preset(5_000, 200_000, 64)}


def build() -> ConvVAE:
    """The untrained network."""
    return ConvVAE((3, 32, 32), LATENTS, WIDTHS, HIDDEN)


class Rounds:
    """A training with its checkpoint: two Adams, and an average of the weights that is exported.

    Everything random in a step is drawn from its number, so that a resumed run goes on as an
    unbroken one would.
    """

    def __init__(self, images: torch.Tensor, run: Path, preset: Preset, device: str) -> None:
        torch.manual_seed(1)
        self.images, self.run, self.preset, self.device = images, run, preset, device
        self.net = Halves(build()).to(device)
        self.average = copy.deepcopy(self.net)
        self.encoder = torch.optim.Adam(self.net.encoder.parameters(), RATE)
        self.decoder = torch.optim.Adam(self.net.decoder.parameters(), RATE)
        self.step, self.seconds = 0, 0.0
        run.mkdir(parents=True, exist_ok=True)
        if (run / "checkpoint.pt").is_file():
            state = torch.load(run / "checkpoint.pt", map_location=device, weights_only=True)
            for name in ("net", "average", "encoder", "decoder"):
                getattr(self, name).load_state_dict(state[name])
            self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state: dict[str, Any] = {"step": self.step, "seconds": self.seconds}
        for name in ("net", "average", "encoder", "decoder"):
            state[name] = getattr(self, name).state_dict()
        part = self.run / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.run / "checkpoint.pt")

    def train(self) -> None:
        """Run to the preset's end."""
        started = saved = time.perf_counter()
        before, losses = self.seconds, [0.0, 0.0]
        while self.step < self.preset.plain + self.preset.steps:
            for i, value in enumerate(self._update()):
                losses[i] += value / 100
            self.step += 1
            self.seconds = before + time.perf_counter() - started
            if self.step % 100 == 0:
                row = {"step": self.step, "losses": losses, "seconds": round(self.seconds)}
                print(json.dumps(row), flush=True)
                losses = [0.0, 0.0]
            if time.perf_counter() - saved > SAVE_SECONDS:
                self.save()
                saved = time.perf_counter()
        self.save()

    def _update(self) -> tuple[float, float]:
        """One step of both halves; their losses."""
        torch.manual_seed(1_000_003 + self.step)
        x = self._batch()
        noise = torch.randn(len(x), LATENTS, device=self.device)
        self.net.train()
        if self.step < self.preset.plain:
            loss = vae_loss(self.net, x, Betas())
            self._descend(loss, self.encoder, self.decoder)
            losses = (loss.item(), 0.0)
        else:
            first = encoder_loss(self.net, x, noise, Betas())
            self._descend(first, self.encoder)
            second = decoder_loss(self.net, x, noise, Betas())
            self._descend(second, self.decoder)
            losses = (first.item(), second.item())
        decay = min(DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.net.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        return losses

    def _descend(self, loss: torch.Tensor, *optimizers: torch.optim.Optimizer) -> None:
        self.net.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    def _batch(self) -> torch.Tensor:
        """This step's pictures, half of them mirrored."""
        rng = np.random.default_rng([1, self.step])
        rows = rng.choice(len(self.images), self.preset.batch, replace=False)
        x = self.images[torch.from_numpy(rows)]
        mirrored = torch.from_numpy(rng.random(len(x)) < 0.5).view(-1, 1, 1, 1)
        return torch.where(mirrored.to(x.device), x.flip(-1), x)

    def model(self) -> ConvVAE:
        """The averaged network without batch norms."""
        net = copy.deepcopy(self.average)
        settle(net, self.images)
        return folded(net, build().to(self.device)).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--export", type=Path, help="write the model to this folder")
    parser.add_argument("--now", action="store_true", help="export as it is, train no further")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    autos = {}
    for split in ("train", "test"):
        found = read_dataset("cifar10", split)
        autos[split] = to_tensor(found.images[found.labels == CLASS]).to(args.device)
    rounds = Rounds(autos["train"], args.run, PRESETS[args.preset], args.device)
    if not args.now:
        rounds.train()
    if args.export:
        vae = rounds.model()
        figures = measure(vae, autos["test"])
        print(rounds.step, figures)
        about = {"data": "cifar10", "trained_on": "5,000 automobiles", "steps": rounds.step}
        vae.save(args.export, about={**about, "measured": figures})


if __name__ == "__main__":
    main()
