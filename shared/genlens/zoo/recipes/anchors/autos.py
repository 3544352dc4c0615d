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
from dataclasses import dataclass
from pathlib import Path

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
from genlens.zoo.recipes.rounds import Rounds, Stateful

CLASS = 1  # automobile
LATENTS, WIDTHS, HIDDEN = 64, (32, 64, 96), 96
RATE, DECAY = 5e-4, 0.999


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


class AutoRounds(Rounds):
    """A training of two halves: an Adam for each, and an average of the weights, to export."""

    def __init__(self, images: torch.Tensor, run: Path, preset: Preset, device: str) -> None:
        torch.manual_seed(1)
        self.images, self.preset = images, preset
        self.net = Halves(build()).to(device)
        self.average = copy.deepcopy(self.net)
        self.encoder = torch.optim.Adam(self.net.encoder.parameters(), RATE)
        self.decoder = torch.optim.Adam(self.net.decoder.parameters(), RATE)
        parts: dict[str, Stateful] = {"net": self.net, "average": self.average}
        parts |= {"encoder": self.encoder, "decoder": self.decoder}
        super().__init__(parts, run, preset.plain + preset.steps, device)

    def update(self) -> dict[str, float]:
        """One step of both halves: as a VAE's, or of the encoder and then the decoder."""
        torch.manual_seed(1_000_003 + self.step)
        x = self._batch()
        noise = torch.randn(len(x), LATENTS, device=self.device)
        self.net.train()
        losses = {}
        if self.step < self.preset.plain:
            losses["vae"] = vae_loss(self.net, x, Betas())
            self._descend(losses["vae"], self.encoder, self.decoder)
        else:
            losses["encoder"] = encoder_loss(self.net, x, noise, Betas())
            self._descend(losses["encoder"], self.encoder)
            losses["decoder"] = decoder_loss(self.net, x, noise, Betas())
            self._descend(losses["decoder"], self.decoder)
        decay = min(DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.net.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        return {name: loss.item() for name, loss in losses.items()}

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
    rounds = AutoRounds(autos["train"], args.run, PRESETS[args.preset], args.device)
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
