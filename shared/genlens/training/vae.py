"""A small VAE in training on a user's own pictures: stopped and resumed, it ends where an unbroken
run ends.

Everything random is a function of the seed and of the step or epoch (not of a generator's history),
so that a checkpoint needs no random state: a resumed training computes the same numbers.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError, ModelError
from genlens.models.pictures.sets import PictureSet
from genlens.training.settings import WIDTHS, LossPoint, TrainingSettings

if TYPE_CHECKING:
    from genlens.models.autoencoders.module import ModuleAutoencoder

HIDDEN, BATCH, RATE, WARMUP = 128, 64, 2e-3, 50
USUAL_STEPS, MOST_USUAL_EPOCHS = 1_500, 300
LEAST_PICTURES = 40
POINTS = 50  # of the loss curve, at most about
MEASURED = 256  # held-out pictures behind each of them
DATA = "own pictures"


class Training:
    """A VAE that is being trained on ``pictures``; :meth:`run` does the work.

    A tenth of the pictures, 20 to 500, is held out. Adam, a cosine learning rate, batches of 64.

    Attributes:
        vae: the network, with the weights of the moment.
        step, steps: done, and in all; ``epochs`` is what the settings became.
        seconds: spent on training so far.
        curve: the points of the loss curve so far.

    Raises:
        InputError: fewer than 40 pictures, or of another side than ``settings``.
    """

    def __init__(
        self,
        pictures: PictureSet,
        settings: TrainingSettings | None = None,
        *,
        device: str | None = None,
    ) -> None:
        from genlens.models.autoencoders.conv_vae import ConvVAE
        from genlens.models.devices import pick_device
        from genlens.training.loss import seeded

        settings = settings or TrainingSettings(side=pictures.side)
        if len(pictures) < LEAST_PICTURES:
            raise InputError(f"{len(pictures)} pictures are too few: give {LEAST_PICTURES} or more")
        if pictures.side != settings.side:
            raise InputError(
                f"the pictures have {pictures.side} pixels a side and the settings say "
                f"{settings.side}: read the pictures with side={settings.side}"
            )
        self.pictures, self.settings = pictures, settings
        self.device = torch.device(pick_device(device))
        rows = torch.from_numpy(pictures.images).permute(0, 3, 1, 2).contiguous()
        order = np.random.default_rng([settings.seed, 0]).permutation(len(rows))
        held = min(500, max(20, len(rows) // 10))
        self._held, self._train = rows[order[:held]], rows[order[held:]]  # uint8 (n, c, h, w)
        self._batch = min(BATCH, len(self._train))
        per_epoch = len(self._train) // self._batch
        usual = min(MOST_USUAL_EPOCHS, max(5, round(USUAL_STEPS / per_epoch)))
        self.epochs = settings.epochs or usual
        self.steps = self.epochs * per_epoch
        shape = (rows.shape[1], settings.side, settings.side)
        vae = ConvVAE(shape, settings.latents, WIDTHS[settings.side], HIDDEN)
        self.vae = seeded(vae, settings.seed).to(self.device)
        self.optimizer = torch.optim.Adam(self.vae.parameters(), RATE, betas=(0.9, 0.99))
        self.step, self.seconds = 0, 0.0
        self.curve: list[LossPoint] = []
        self.sums = [0.0, 0.0, 0.0]  # reconstruction, KL and pictures since the last point
        self._order = (-1, np.empty(0, np.int64))

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.step >= self.steps

    @property
    def id(self) -> str:
        """A name made of the settings: "my-pictures-10-latents"."""
        return f"my-pictures-{self.settings.latents}-latents"

    def run(
        self, *, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> Iterator[LossPoint]:
        """Train, giving each new point of the loss curve; about 50 in all.

        It ends early, after any step, where ``cancel()`` says so or the caller stops iterating:
        the same object, or one read from a checkpoint, resumes from there.

        Raises:
            ModelError: the loss is NaN or infinite.
        """
        every = max(1, self.steps // POINTS)
        while not self.finished and not (cancel is not None and cancel()):
            started = time.perf_counter()
            self._update()
            point = None
            if self.step % every == 0 or self.finished:
                point = self._point(time.perf_counter() - started)
            self.seconds += time.perf_counter() - started
            if progress is not None:
                epoch = -(-self.step * self.epochs // self.steps)
                progress(self.step, self.steps, f"Training, round {epoch} of {self.epochs}")
            if point is not None:
                yield point

    def _update(self) -> None:
        """One step of Adam."""
        from genlens.training.loss import bound, entropy

        images = self._floats(self._train[self._chosen()])
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        miss, spread = bound(self.vae, images, generator=generator)
        loss = (miss + self.settings.beta * spread) / images.numel()
        if not bool(loss.isfinite()):
            raise ModelError(
                f"the training diverged at step {self.step} (the loss is NaN or infinite): try "
                "another seed, or a beta nearer to 1"
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.vae.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * self._rate()
        self.optimizer.step()
        self.step += 1
        floor = float(entropy(images).sum())
        for i, value in enumerate((miss.item() - floor, spread.item(), len(images))):
            self.sums[i] += value

    def _chosen(self) -> np.ndarray:
        """Indices of this step's training pictures; each epoch has an order of its own."""
        epoch, at = divmod(self.step, len(self._train) // self._batch)
        if self._order[0] != epoch:
            rng = np.random.default_rng([self.settings.seed, 1, epoch])
            self._order = (epoch, rng.permutation(len(self._train)))
        return self._order[1][at * self._batch : (at + 1) * self._batch]

    def _rate(self) -> float:
        """Share of the learning rate: a short rise, then a cosine down to 1 %."""
        if self.step < WARMUP:
            return (self.step + 1) / WARMUP
        done = (self.step - WARMUP) / max(1, self.steps - WARMUP)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))

    def _point(self, seconds: float) -> LossPoint:
        """The next point of the curve; the sums behind it start anew."""
        from genlens.training.loss import bound, entropy

        images = self._floats(self._held[:MEASURED])
        generator = torch.Generator().manual_seed(self.settings.seed)
        with torch.no_grad():
            miss, spread = bound(self.vae, images, generator=generator)
        reconstruction, kl, count = self.sums
        self.sums = [0.0, 0.0, 0.0]
        point = LossPoint(
            step=self.step,
            seconds=self.seconds + seconds,
            reconstruction=reconstruction / count,
            kl=kl / count,
            held_reconstruction=(miss.item() - float(entropy(images).sum())) / len(images),
            held_kl=spread.item() / len(images),
        )
        self.curve.append(point)
        return point

    def _floats(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.to(self.device).float() / 255

    def reconstructions(self, k: int = 8) -> tuple[np.ndarray, np.ndarray]:
        """The first ``k`` held-out pictures and what the model makes of them (from the mean code),
        each (k, c, side, side) float32 in [0, 1]."""
        pictures = self._floats(self._held[:k])
        with torch.no_grad():
            mean, _ = self.vae.encode(pictures)
            copies = self.vae.decoder(mean)
        return pictures.cpu().numpy(), copies.cpu().numpy()

    def measured(self) -> dict[str, float]:
        """On the held-out pictures: mse, psnr_db, kl (nats) and active (latents in use)."""
        from genlens.training.loss import measure

        return measure(self.vae, self._floats(self._held))

    def about(self) -> dict[str, Any]:
        """What a config says beside the network: data, settings, how far it got, measures."""
        _, names = self.pictures.folders()
        return {
            "data": DATA,
            "labels": list(names),
            "training": {
                **asdict(self.settings),
                "epochs": self.epochs,
                "pictures": len(self.pictures),
                "held_out": len(self._held),
                "steps": self.step,
                "of_steps": self.steps,
            },
            "measured": self.measured(),
        }

    def model(self, name: str = "") -> ModuleAutoencoder:
        """A frozen copy of the model as it is now; ``name`` becomes its id."""
        from genlens.models.autoencoders.module import ModuleAutoencoder
        from genlens.models.contracts import ModelCard

        card = ModelCard(
            id=name or self.id, contract="Autoencoder", source="training", settings=self.about()
        )
        return ModuleAutoencoder.of(copy.deepcopy(self.vae), card=card, device=str(self.device))
