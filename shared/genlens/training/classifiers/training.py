"""A classifier in training.

Everything random is a function of the seed and the step, so that equal trainings give equal
weights.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import torch
from torch.nn import functional as F

from genlens.common.measures import share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy
from genlens.errors import Cancelled, ModelError
from genlens.models.assessors.checks import squared
from genlens.models.assessors.classifiers.classifier import PictureClassifier
from genlens.models.assessors.classifiers.files import ClassifierNet
from genlens.models.assessors.classifiers.heads import Ask
from genlens.models.assessors.classifiers.kinds import pretrained
from genlens.models.contracts import ModelCard
from genlens.models.devices import pick_device
from genlens.training.classifiers.disturb import softened, turned
from genlens.training.classifiers.labelled import LabelledPictures
from genlens.training.classifiers.settings import (
    AccuracyPoint,
    ClassifierReport,
    ClassifierSettings,
)

POINTS = 25
MEASURED = 200  # pictures behind each point of the curve; the report takes all
USUAL_STEPS, USUAL_EPOCHS = 400, (5, 200)
_BATCH = 64


class ClassifierTraining:
    """A classifier that is being trained on ``pictures``; :meth:`run` does the work.

    Attributes:
        net: the network, with the weights of the moment.
        step, steps: done, and in all.
        seconds: spent on training so far.
        curve: the points of the accuracy curve so far.

    Raises:
        InputError: settings that do not fit the pictures.
        ModelError: the backbone's weights are not on this machine.
    """

    def __init__(
        self,
        pictures: LabelledPictures,
        settings: ClassifierSettings | None = None,
        *,
        device: str | None = None,
    ) -> None:
        self.pictures, self.settings = pictures, settings or ClassifierSettings()
        own = self.settings
        self.device = torch.device(pick_device(device))
        self._held, self._train = split(pictures.labels, own.held, own.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(own.seed)
            body = pretrained(own.backbone, pictures.side, own.widths)
            heads = {pictures.head: pictures.names}
            self.net = ClassifierNet(body, heads).to(self.device)
        self._batch = min(own.batch, len(self._train))
        per_epoch = len(self._train) // self._batch
        self.frozen, self.unfrozen = _epochs(own, per_epoch, body.learned)
        self._still = self.frozen * per_epoch
        self.steps = (self.frozen + self.unfrozen) * per_epoch
        self._rate = own.rate or (3e-4 if body.learned else 3e-3)
        self.optimizer = torch.optim.Adam(self.net.parameters(), self._rate)
        self.step, self.seconds, self.curve = 0, 0.0, list[AccuracyPoint]()
        self._sum, self._features = [0.0, 0], torch.empty(0)
        self._order = (-1, np.empty(0, np.int64))

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.step >= self.steps

    @property
    def baseline(self) -> float:
        """The share of pictures kept back that always naming the commonest class gets right."""
        counts = np.bincount(self.pictures.labels[self._held])
        return float(counts.max() / counts.sum())

    def run(
        self, *, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> Iterator[AccuracyPoint]:
        """Train, giving each new point of the accuracy curve; about 25 in all.

        It ends early, after any step, where ``cancel()`` says so or the caller stops iterating.

        Raises:
            ModelError: the loss is NaN or infinite.
        """
        every = math.ceil(self.steps / POINTS)
        while not self.finished and not (cancel is not None and cancel()):
            started = time.perf_counter()
            self._update(cancel)
            point = None
            if self.step % every == 0 or self.finished:
                point = self._point(time.perf_counter() - started)
            self.seconds += time.perf_counter() - started
            if progress is not None:
                what = "the last layer" if self.step <= self._still else "all layers"
                progress(self.step, self.steps, f"Training {what}")
            if point is not None:
                yield point

    def _update(self, cancel: Cancel | None) -> None:
        """One step of Adam."""
        rows = self._chosen()
        labels = torch.from_numpy(self.pictures.labels[rows]).to(self.device)
        if self.step < self._still:
            logits = self.net.head(self._seen(rows, cancel))
        else:
            rng = np.random.default_rng([self.settings.seed, 2, self.step])
            images = self._floats(rows)
            if self.settings.mirror:
                flipped = torch.from_numpy(rng.random(len(rows)) < 0.5).to(self.device)
                images = torch.where(flipped[:, None, None, None], images.flip(3), images)
            if self.settings.turn:
                images = turned(images, self.settings.turn, rng)
            half = len(rows) // 2
            images = torch.cat([softened(images[:half], rng), images[half:]])
            self.net.train()
            logits = self.net(squared(images, self.net.body.side))
        loss = F.cross_entropy(logits, labels)
        if not bool(loss.isfinite()):
            raise ModelError(
                f"the training diverged at step {self.step} (the loss is NaN or infinite): try a "
                "smaller rate"
            )
        for group in self.optimizer.param_groups:
            done = self.step / self.steps
            group["lr"] = self._rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        self._sum = [self._sum[0] + loss.item() * len(rows), self._sum[1] + len(rows)]

    def _seen(self, rows: np.ndarray, cancel: Cancel | None) -> torch.Tensor:
        """Features of pictures by the backbone as it came: worked out once for all of them."""
        if not len(self._features):
            self.net.eval()
            self._features = torch.cat(list(self._all_features(cancel)))
        return self._features[torch.from_numpy(rows)].to(self.device)

    @torch.no_grad()
    def _all_features(self, cancel: Cancel | None) -> Iterator[torch.Tensor]:
        for start in range(0, len(self.pictures), _BATCH):
            if cancel is not None and cancel():
                raise Cancelled(f"stopped after {start} of {len(self.pictures)} pictures")
            rows = np.arange(start, min(start + _BATCH, len(self.pictures)))
            yield self.net.body(squared(self._floats(rows), self.net.body.side)).cpu()

    def _chosen(self) -> np.ndarray:
        """Indices of this step's pictures; each epoch has an order of its own."""
        epoch, at = divmod(self.step, len(self._train) // self._batch)
        if self._order[0] != epoch:
            rng = np.random.default_rng([self.settings.seed, 1, epoch])
            self._order = (epoch, rng.permutation(self._train))
        return self._order[1][at * self._batch : (at + 1) * self._batch]

    def _floats(self, rows: np.ndarray) -> torch.Tensor:
        images = torch.from_numpy(self.pictures.images[rows]).permute(0, 3, 1, 2)
        return images.to(self.device).float() / 255

    def _point(self, seconds: float) -> AccuracyPoint:
        rows = self._held[:: math.ceil(len(self._held) / MEASURED)]
        right = self._named(rows) == self.pictures.labels[rows]
        point = AccuracyPoint(
            step=self.step,
            seconds=self.seconds + seconds,
            loss=self._sum[0] / max(1, self._sum[1]),
            accuracy=float(right.mean()),
            frozen=self.step <= self._still,
        )
        self._sum = [0.0, 0]
        self.curve.append(point)
        return point

    @torch.no_grad()
    def _named(self, rows: np.ndarray) -> np.ndarray:
        """The class that the network names for each picture of ``rows``."""
        self.net.eval()
        parts = np.array_split(rows, max(1, len(rows) // _BATCH))
        side = self.net.body.side
        logits = [self.net(squared(self._floats(part), side)) for part in parts]
        return torch.cat(logits).argmax(1).cpu().numpy()

    def classifier(
        self, name: str = "", report: ClassifierReport | None = None
    ) -> PictureClassifier:
        """A frozen copy of the classifier as it is now; ``name`` becomes its id, and its card names
        the accuracy in ``report`` (None: of now). Of two classes it asks for the second."""
        own = self.pictures
        values = () if own.centres else own.names[-1:]
        ask = Ask(own.head, values, own.centres, title=name or own.head)
        accuracy = (report or self.report()).accuracy.value
        card = ModelCard(
            id=name or f"{own.head}-classifier",
            contract="Assessor",
            source="training",
            settings={"measured": {f"accuracy {own.head}": accuracy}},
        )
        return PictureClassifier(copy.deepcopy(self.net), ask, card=card, device=str(self.device))

    def report(self) -> ClassifierReport:
        """How good it is now on the pictures that are kept back."""
        own, named = self.pictures, self._named(self._held)
        truth = own.labels[self._held]
        table = np.zeros((len(own.names), len(own.names)), np.int64)
        np.add.at(table, (truth, named), 1)
        settings = asdict(self.settings) | {"frozen": self.frozen, "unfrozen": self.unfrozen}
        return ClassifierReport(
            head=own.head,
            names=own.names,
            counts=own.counts(),
            accuracy=share((named == truth).tolist()),
            baseline=self.baseline,
            confusion=table,
            curve=tuple(self.curve),
            finished=self.finished,
            notes=own.notes,
            made_by=MadeBy(
                model=self.settings.backbone,
                device=str(self.device),
                seed=self.settings.seed,
                settings=settings,
                seconds=round(self.seconds, 2),
            ),
        )


def split(labels: np.ndarray, held: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices that are kept back, a share ``held`` of each class (at least 2), and the others."""
    rng, back = np.random.default_rng([seed, 0]), []
    for label in np.unique(labels):
        of = rng.permutation(np.flatnonzero(labels == label))
        back.append(of[: max(2, round(held * len(of)))])
    kept = np.sort(np.concatenate(back))
    return kept, np.setdiff1d(np.arange(len(labels)), kept)


def train_classifier(
    pictures: LabelledPictures,
    settings: ClassifierSettings | None = None,
    *,
    name: str = "",
    device: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[PictureClassifier, ClassifierReport]:
    """Train to the end: the classifier as an assessor, and how good it is.

    Raises:
        InputError: settings that do not fit the pictures.
        ModelError: the backbone's weights are missing, or the training diverged.
        Cancelled: ``cancel()`` said so.
    """
    training = ClassifierTraining(pictures, settings, device=device)
    for _ in training.run(progress=progress, cancel=cancel):
        pass
    if not training.finished:
        raise Cancelled(f"stopped after step {training.step} of {training.steps}")
    report = training.report()
    return training.classifier(name, report), report


def _epochs(settings: ClassifierSettings, per_epoch: int, learned: bool) -> tuple[int, int]:
    """Rounds with a still backbone, and rounds that train all of it."""
    if not learned:
        low, high = USUAL_EPOCHS
        usual = min(high, max(low, math.ceil(USUAL_STEPS / per_epoch)))
        return 0, usual if settings.unfrozen < 0 else max(1, settings.unfrozen)
    frozen = 5 if settings.frozen < 0 else settings.frozen
    unfrozen = 5 if settings.unfrozen < 0 else settings.unfrozen
    return (frozen, unfrozen) if frozen + unfrozen else (0, 1)
