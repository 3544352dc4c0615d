"""Studies of people's own pictures: those of a folder or a ZIP file, and those of a training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder
from genlens.study.generated import autoencoder_named
from genlens.study.study import MAX_PICTURES, SPATIAL_PICTURES, Study, study_of

if TYPE_CHECKING:
    from genlens.models.pictures.sets import PictureSet
    from genlens.training.vae import Training

LEAST = 10
STUDIED = 1_000  # pictures of the study that is made of a finished training


def study_of_pictures(
    model: str,
    pictures: str | Path,
    n: int = 2000,
    seed: int = 0,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Study:
    """A model on pictures of your own.

    Args:
        model: id, folder or hub name.
        pictures: a folder, at any depth, or a ZIP file; each picture is cut to its centre and made
            as large as the model takes, and grey where it takes grey. Folders become classes.
        n: pictures at most, drawn by ``seed`` where there are more; see ``load_study``.
        seed: of that choice.
        progress, cancel: reported after each file and asked before it.

    Raises:
        InputError: a number out of range, no such folder or file, or fewer than 10 pictures in it.
        ModelError: no such model, or it is not an autoencoder.
        Cancelled: ``cancel()`` said so.
    """
    from genlens.models.pictures.sets import read_pictures

    n, seed = (
        whole("the number of pictures (n)", n, LEAST, MAX_PICTURES),
        whole("seed", seed, 0, MAX_SEED),
    )
    loaded = autoencoder_named(str(model))
    if len(loaded.latent_shape) > 1:
        n = min(n, SPATIAL_PICTURES)
    _, height, width = loaded.image_shape
    if height != width:
        raise InputError(
            f"{model} takes pictures of {width} x {height} pixels, and files are cut to squares: "
            "in Python, pass study_of your own array"
        )
    found = read_pictures(
        pictures, height, least=LEAST, most=MAX_PICTURES, progress=progress, cancel=cancel
    )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(found))[:n])
    return study_of_set(loaded, found, chosen, f"pictures of {Path(pictures).name}", cancel=cancel)


def study_of_set(
    model: Autoencoder,
    pictures: PictureSet,
    chosen: np.ndarray,
    data: str,
    *,
    cancel: Cancel | None = None,
) -> Study:
    """``model`` on the ``chosen`` ones of ``pictures``, folders as classes, files' names as
    texts; grey pictures for a model in colour are repeated, coloured ones for a grey model
    averaged."""
    images = pictures.floats()[chosen]  # (n, c, side, side)
    channels = model.image_shape[0]
    if channels == 1:
        images = images.mean(axis=1, keepdims=True)
    elif images.shape[1] == 1:
        images = np.repeat(images, channels, axis=1)
    labels, names = pictures.folders()
    return study_of(
        model,
        images,
        labels=labels[chosen],
        names=names,
        data=data,
        texts=[pictures.names[i] for i in chosen],
        cancel=cancel,
    )


def study_of_training(training: Training, name: str = "", *, cancel: Cancel | None = None) -> Study:
    """The model of a training with up to 1,000 of its own pictures (drawn by the seed, in their
    order), folders as classes. ``name`` becomes the model's id."""
    rng = np.random.default_rng([training.settings.seed, 2])
    chosen = np.sort(rng.permutation(len(training.pictures))[:STUDIED])
    return study_of_set(
        training.model(name),
        training.pictures,
        chosen,
        f"your {len(chosen):,} pictures",
        cancel=cancel,
    )
