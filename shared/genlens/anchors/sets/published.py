"""MNIST, Fashion-MNIST and CIFAR-10 as anchors; what ships of them, and the rest by fetch."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from genlens.anchors.sets.ask import Ask
from genlens.anchors.sets.pictures import Pictures, fitted
from genlens.errors import InputError
from genlens.models.download.published import published
from genlens.models.pictures.datasets import SPLITS, Dataset, read_dataset
from genlens.worlds import cifar10 as cifar
from genlens.worlds.digits import COUNTS, LAST_TRAINING_ZERO, load_digits

_TRAINED = 60_000  # pictures of MNIST before its test set


def digits(ask: Ask) -> Pictures:
    """MNIST without the 4,000 zeros that ``zeros-vae`` was trained on: 66,000 pictures, or, where
    the rest was not fetched, what ships of them. The first 56,000 are the paper's anchors. Ids are
    MNIST's own numbers, test pictures from 60,000 on."""
    found = _whole("digits") if published("digits").here() else _shipped_digits()
    trained = (found.labels == 0) & (found.ids <= LAST_TRAINING_ZERO)
    rows = np.flatnonzero(~trained)
    kept = "MNIST digits without the 4,000 zeros of zeros-vae"
    return _sized(found.rows(rows, kept), ask)


def fashion(ask: Ask) -> Pictures:
    """All 70,000 pictures of Fashion-MNIST; test pictures have ids from 60,000 on."""
    return _sized(_whole("fashion"), ask)


def cifar10(ask: Ask) -> Pictures:
    """PXGen's anchors of model B: the first 300 pictures of each class in CIFAR-10's test set. They
    ship as one sheet that was compressed with loss; after a fetch they are exact."""
    if published("cifar10").here() is None:
        return _sized(_shipped_cifar10(), ask)
    whole = _whole("cifar10", ("test",))
    return _sized(
        whole.rows(first_of_each(whole.labels), "CIFAR-10, 300 test pictures a class"), ask
    )


def cifar10_test(ask: Ask) -> Pictures:
    """All 10,000 pictures of CIFAR-10's test set."""
    return _sized(_whole("cifar10", ("test",)), ask)


def first_of_each(labels: np.ndarray, each: int = cifar.EACH) -> np.ndarray:
    """Rows of the first ``each`` pictures of every class, in order."""
    picks = [np.flatnonzero(labels == k)[:each] for k in range(int(labels.max()) + 1)]
    return np.sort(np.concatenate(picks))


_TITLES = {"digits": "MNIST", "fashion": "Fashion-MNIST", "cifar10": "CIFAR-10 test pictures"}


@lru_cache(maxsize=3)
def _loaded(name: str, split: str) -> Dataset:
    return read_dataset(name, split)


def _whole(name: str, splits: tuple[str, ...] = SPLITS) -> Pictures:
    """A fetched set.

    Raises:
        InputError: it is not here.
    """
    if published(name).here() is None:
        raise InputError(
            f"the pictures of {_TITLES[name]} are not on this machine: {published(name).command}"
        )
    halves = [_loaded(name, split) for split in splits]
    images = [half.images for half in halves]
    starts = np.cumsum([0, *map(len, images)])

    def read(rows: np.ndarray) -> np.ndarray:
        out = np.empty((len(rows), *images[0].shape[1:]), np.uint8)
        for half, start in zip(images, starts, strict=False):
            inside = (rows >= start) & (rows < start + len(half))
            out[inside] = half[rows[inside] - start]
        return out

    _, height, width, channels = images[0].shape
    return Pictures(
        _TITLES[name],
        (channels, height, width),
        np.concatenate([half.labels for half in halves]),
        halves[0].names,
        np.concatenate([half.first + np.arange(len(half)) for half in halves]),
        read,
    )


@lru_cache(maxsize=1)
def _shipped_digits() -> Pictures:
    """The 5,000 digits of ``worlds.digits`` in the order of MNIST."""
    parts = [load_digits(split, COUNTS[split]) for split in SPLITS]
    ids = np.concatenate([part.index + _TRAINED * (part.split == "test") for part in parts])
    order = np.argsort(ids)
    images = np.concatenate([part.images for part in parts])[order, ..., None]
    labels = np.concatenate([part.labels for part in parts])[order]
    names = tuple(str(digit) for digit in range(10))
    return Pictures("MNIST", (1, 28, 28), labels, names, ids[order], lambda rows: images[rows])


def _shipped_cifar10() -> Pictures:
    shipped = cifar.load_photographs()
    return Pictures(
        "CIFAR-10, 300 test pictures a class, compressed with loss",
        (3, cifar.SIDE, cifar.SIDE),
        shipped.labels,
        cifar.NAMES,
        shipped.index,
        lambda rows: shipped.images[rows],
    )


def _sized(found: Pictures, ask: Ask) -> Pictures:
    """``found`` at the size and number that were asked for."""
    some = found.some(ask.n, ask.seed)
    title, shape = fitted(found.title, len(some), found.image_shape, ask.image_shape)
    return replace(some, title=title, image_shape=shape)
