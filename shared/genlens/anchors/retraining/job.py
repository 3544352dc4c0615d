"""The retraining job: one folder, one file a finished training, resumed where it was stopped.

Order of work: of each seed the original model, PXGen's and VAE-TracIn's scores of its training
pictures and the models on fewer pictures; then the models without one group, of all seeds. So what
a stopped job has is whole comparisons. A training takes a minute or two and begins anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.anchors.retraining.agreeable import most_agreeable
from genlens.anchors.retraining.apart import Apart, apart
from genlens.anchors.retraining.classifier import DigitClassifier, stored_classifier
from genlens.anchors.retraining.influence import mean_influence
from genlens.anchors.retraining.removal import WAYS, clusters, kept_first
from genlens.anchors.retraining.results import LeftOut, Original, Retraining, Shrunk
from genlens.anchors.retraining.settings import RetrainSettings
from genlens.anchors.thresholds import thresholds_of
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, seconds_since
from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.contracts import ModelCard, Posterior
from genlens.models.distances.networks import INCEPTION
from genlens.models.download.records import atomic_write
from genlens.training.loss import measure_each
from genlens.training.mlp import train_mlp_vae

OTHER_SEED = 1000
"""Added to a seed for the control that is trained on everything once more."""
_CLASSIFIED = 20_000
_KINDS = ("original", "shrunk", "left out", "control")
Work = Callable[[], dict[str, Any]]
Digits = tuple[np.ndarray, np.ndarray]
"""MNIST's images (n, 28, 28) uint8 and labels (n,)."""


class RetrainingJob:
    """All trainings of ``settings`` on the zeros of ``digits``, kept in ``folder``.

    Args:
        digits: MNIST's training set.
        test: MNIST's test set, for the classifier's accuracy.
        folder: a new one, or that of a job with the same settings and pictures.

    Raises:
        InputError: the folder holds another job, or something else; or Inception's features are
            asked for and the network is not on this machine.
    """

    def __init__(
        self, digits: Digits, test: Digits, folder: Path, settings: RetrainSettings | None = None
    ) -> None:
        self.settings = settings or RetrainSettings()
        if self.settings.inception and INCEPTION.missing():
            raise InputError(f"Inception is not on this machine: {INCEPTION.missing()}")
        self.folder, self.digits, self.test = folder, digits, test
        images, labels = digits
        self.zeros, self.ones = (images[labels == digit][:, None] for digit in (0, 1))
        about = {**self.settings.to_dict(), "zeros": len(self.zeros), "ones": len(self.ones)}
        _claim(folder, about)
        self.groups = clusters(self.zeros, self.settings.groups) if self.settings.groups else []

    def run(self, *, progress: Progress | None = None, cancel: Cancel | None = None) -> Retraining:
        """Do what is not done yet, and give back all of it.

        Raises:
            Cancelled: ``cancel()`` said so; what is finished stays in the folder.
            ModelError: a training diverged, or a file of the folder is damaged.
        """
        steps = list(self._steps(cancel))
        for i, (_, name, work) in enumerate(steps):
            if progress is not None:
                progress(i, len(steps), f"{name}: {i + 1} of {len(steps)}")
            self._once(name, work)
        if progress is not None:
            progress(len(steps), len(steps), "Done")
        return self.collected()

    def collected(self) -> Retraining:
        """All rows that are finished."""
        rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _KINDS}
        seconds = 0.0
        for kind, name, work in self._steps(None):
            if self._file(name).is_file():
                row = self._once(name, work)
                seconds += row.pop("seconds")
                rows[kind].append(row)
        images, labels = self.test
        classes = torch.from_numpy(labels.astype(np.int64))
        return Retraining.read(
            {
                "settings": self.settings.to_dict(),
                "accuracy": self._classifier.accuracy(_floats(images[:, None]), classes),
                "originals": rows["original"],
                "shrunk": rows["shrunk"],
                "left_out": rows["left out"],
                "controls": rows["control"],
                "made_by": MadeBy(seconds=round(seconds, 1)).to_dict(),
            }
        )

    def _steps(self, cancel: Cancel | None) -> Iterator[tuple[str, str, Work]]:
        """(kind, name, work) of all rows, in the order of work."""
        seeds = self.settings.seeds
        for seed in seeds:
            yield "original", f"seed-{seed}-original", partial(self._original, seed, cancel)
            for share in self.settings.shares:
                for way in WAYS:
                    work = partial(self._shrunk, seed, way, share, cancel)
                    yield "shrunk", f"seed-{seed}-{way}-{share:g}", work
            other = seed + OTHER_SEED
            work = partial(self._row, seed, "Everything", 1.0, self.zeros, other, cancel)
            yield "control", f"seed-{seed}-everything", work
        work = partial(self._row, seeds[0], "Ones", 1.0, self.ones, seeds[0], cancel)
        yield "control", f"seed-{seeds[0]}-ones", work
        for g in range(len(self.groups)):
            for seed in seeds:
                work = partial(self._without, seed, g, cancel)
                yield "left out", f"seed-{seed}-without-{g}", work
        for seed in seeds if self.settings.hihe_only else ():
            for way in WAYS:
                work = partial(self._shrunk, seed, way, None, cancel)
                yield "shrunk", f"seed-{seed}-{way}-hihe", work

    def _once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The stored row of ``name``, or what ``work`` gives, stored."""
        path = self._file(name)
        if path.is_file():
            try:
                return dict(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as error:
                raise ModelError(f"{path} is damaged: delete it and start again") from error
        started = time.perf_counter()
        row = work() | {"seconds": seconds_since(started)}
        with atomic_write(path) as stream:
            stream.write(json.dumps(row).encode())
        return row

    def _original(self, seed: int, cancel: Cancel | None) -> dict[str, Any]:
        """Train it, keep its checkpoints, and score its training pictures."""
        wanted = np.linspace(1, self.settings.epochs, self.settings.checkpoints).round()

        def keep(epoch: int, vae: MlpVAE) -> None:
            if epoch in wanted or epoch == self.settings.epochs:
                vae.save(self._checkpoint(seed, epoch))

        train_mlp_vae(self.zeros, self.settings.training(seed), after_epoch=keep, cancel=cancel)
        vae = MlpVAE.from_folder(self._checkpoint(seed, self.settings.epochs))
        pixels = _floats(self.zeros)
        started = time.perf_counter()
        model = ModuleAutoencoder.of(vae, card=ModelCard("original", "Autoencoder", "training"))
        limits = thresholds_of(
            model, ("kld", "mse"), iterations=self.settings.repeats, seed=seed, cancel=cancel
        )
        each = measure_each(vae, pixels)
        kld, mse = each.kl.numpy(), each.mse.numpy() * pixels[0].numel()
        pxgen = seconds_since(started)
        started = time.perf_counter()
        epochs = [int(e) for e in sorted(set(wanted.tolist()))]
        checkpoints = [MlpVAE.from_folder(self._checkpoint(seed, e)) for e in epochs]
        drawn = self._drawn(vae, seed)
        influence = mean_influence(checkpoints, pixels, drawn, seed=seed, cancel=cancel)
        tracin = seconds_since(started)
        hihe = (kld < limits["kld"].value) & (mse < limits["mse"].value)
        with atomic_write(self.folder / f"seed-{seed}-scores.npz") as stream:
            np.savez_compressed(stream, kld=kld, mse=mse, hihe=hihe, influence=influence)
        return Original(
            seed=seed,
            pictures=len(pixels),
            hihe=int(hihe.sum()),
            kld_threshold=limits["kld"].value,
            mse_threshold=limits["mse"].value,
            pxgen_seconds=pxgen,
            tracin_seconds=tracin,
            agreeable=most_agreeable(self.zeros, kld + mse, hihe, influence),
        ).to_dict()

    def _shrunk(
        self, seed: int, way: str, share: float | None, cancel: Cancel | None
    ) -> dict[str, Any]:
        """``share`` None keeps as many as HIHE has; where that is none, there is no model."""
        scores = self._scores(seed)
        share = float(scores["hihe"].mean()) if share is None else share
        order = kept_first(scores["kld"] + scores["mse"], scores["hihe"], scores["influence"], seed)
        rows = np.sort(order[way][: round(share * len(self.zeros))])
        if not len(rows):
            return Shrunk(seed, way, share, 0, float("nan"), float("nan")).to_dict()
        return self._row(seed, way, share, self.zeros[rows], seed, cancel)

    def _row(
        self,
        seed: int,
        way: str,
        share: float,
        images: np.ndarray,
        training_seed: int,
        cancel: Cancel | None,
    ) -> dict[str, Any]:
        vae = train_mlp_vae(images, self.settings.training(training_seed), cancel=cancel)
        return Shrunk(seed, way, share, len(images), **self._apart(vae, seed)).to_dict()

    def _without(self, seed: int, group: int, cancel: Cancel | None) -> dict[str, Any]:
        scores, rows = self._scores(seed), self.groups[group]
        kept = np.setdiff1d(np.arange(len(self.zeros)), rows)
        vae = train_mlp_vae(self.zeros[kept], self.settings.training(seed), cancel=cancel)
        own = _floats(self.zeros[rows])
        return LeftOut(
            seed=seed,
            group=group,
            removed=len(rows),
            value=float((scores["kld"] + scores["mse"])[rows].mean()),
            loss=float(_nats(vae, own).mean() - _nats(self._last(seed), own).mean()),
            **self._apart(vae, seed),
        ).to_dict()

    def _apart(self, vae: MlpVAE, seed: int) -> Apart:
        """What ``vae`` draws against what the original of ``seed`` draws."""
        drawn, original = self._drawn(vae, seed), self._drawn(self._last(seed), seed)
        return apart(drawn, original, self._classifier, self.settings.inception)

    def _drawn(self, vae: MlpVAE, seed: int) -> torch.Tensor:
        """The pictures (samples, 1, 28, 28) that ``vae`` draws from the prior."""
        generator = torch.Generator().manual_seed(seed)
        z = torch.randn((self.settings.samples, vae.latents), generator=generator)
        with torch.no_grad():
            return torch.sigmoid(vae.decode_logits(z))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _checkpoint(self, seed: int, epoch: int) -> Path:
        return self.folder / f"seed-{seed}-original" / f"round-{epoch:03d}"

    def _last(self, seed: int) -> MlpVAE:
        return MlpVAE.from_folder(self._checkpoint(seed, self.settings.epochs))

    def _scores(self, seed: int) -> Mapping[str, np.ndarray]:
        with np.load(self.folder / f"seed-{seed}-scores.npz", allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    @cached_property
    def _classifier(self) -> DigitClassifier:
        images, labels = (part[:_CLASSIFIED] for part in self.digits)
        return stored_classifier(
            self.folder / "classifier.safetensors", _floats(images[:, None]),
            torch.from_numpy(labels.astype(np.int64)),
        )  # fmt: skip


def _claim(folder: Path, about: dict[str, Any]) -> None:
    """Take ``folder`` for a job of ``about``, or refuse it."""
    path = folder / "job.json"
    if path.is_file():
        # a job from before Inception could be asked for has none
        if {"inception": 0, **json.loads(path.read_text(encoding="utf-8"))} != about:
            raise InputError(
                f"{folder} belongs to a job with other settings or pictures ({path.name} says "
                "which): name another folder"
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} holds something else: name a new folder for the job")
    with atomic_write(path) as stream:
        stream.write(json.dumps(about).encode())


def _floats(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.astype(np.float32)) / 255


@torch.no_grad()
def _nats(vae: MlpVAE, images: torch.Tensor) -> torch.Tensor:
    """(n,): the negative evidence lower bound of ``images`` at the posterior's mean."""
    mean, logvar = vae.encode(images)
    miss = torch.nn.functional.binary_cross_entropy_with_logits(
        vae.decode_logits(mean), images, reduction="none"
    )
    return miss.flatten(1).sum(1) + Posterior(mean, logvar).kl().sum(1)
