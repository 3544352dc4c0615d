"""One visitor's training as a sequence of states, without widgets: begin, go on, pack the model.

A folder (of ``TrainingStore``) holds what the next click needs: ``pictures.npz`` and the checkpoint
``state.safetensors`` of a stopped training, and ``my-vae.zip``, the model as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genlens.common.checks import number
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.pictures.sets import read_pictures
from genlens.training.files import (
    export_model,
    load_checkpoint,
    load_pictures,
    save_checkpoint,
    save_pictures,
    zip_model,
)
from genlens.training.settings import MAX_BETA, TrainingSettings
from genlens.training.vae import Training
from genlens.ui.kit import whole_number

MAX_STEPS = 8_000
PICTURES, STATE, PACKED = "pictures.npz", "state.safetensors", "my-vae.zip"


def page_settings(side: Any, latents: Any, beta: Any, epochs: Any, seed: Any) -> TrainingSettings:
    """What a page or program sent, as settings.

    Raises:
        InputError: something is missing, is no number, or out of range.
    """
    named = (("side", side), ("latents", latents), ("rounds", epochs), ("the seed", seed))
    whole = [whole_number(name, value) for name, value in named]
    return TrainingSettings(
        whole[0], whole[1], number("weight beta", beta, 0.01, MAX_BETA), *whole[2:]
    )


def begin(
    archive: str | Path | None,
    settings: TrainingSettings,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Training:
    """The training that starts with the pictures of the ZIP file ``archive``.

    Raises:
        InputError: no file, one that cannot be used, or a training too long for a page.
        Cancelled: ``cancel()`` said so.
    """
    if not archive:
        raise InputError("no ZIP file was given: choose one with 200 to 5,000 pictures")
    path = Path(archive)
    if path.is_dir():  # a program may send any path
        raise InputError("that is a folder: pack it into a ZIP file")
    pictures = read_pictures(path, settings.side, progress=progress, cancel=cancel)
    training = Training(pictures, settings)
    if training.steps > MAX_STEPS:
        raise InputError(
            f"{training.epochs:,} rounds over {len(pictures):,} pictures are {training.steps:,} "
            f"steps, and this page trains for at most {MAX_STEPS:,}: take fewer rounds, or the "
            "command genlens train, which has no limit"
        )
    return training


def again(folder: Path | None) -> Training:
    """The stopped training that ``folder`` holds.

    Raises:
        InputError: there is none.
    """
    if folder is None or not (folder / STATE).is_file():
        raise InputError("there is no stopped training to go on with: press Train")
    return load_checkpoint(folder / STATE, load_pictures(folder / PICTURES))


def steps(
    training: Training,
    folder: Path,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Training]:
    """``training`` after each point of its curve. However it ends (cancel, an error, a visitor who
    leaves), an unfinished one leaves its pictures and its checkpoint in ``folder``."""
    try:
        for _ in training.run(progress=progress, cancel=cancel):
            yield training
    finally:
        if folder.is_dir():  # not where the store has dropped it meanwhile
            if training.finished:
                for name in (PICTURES, STATE):
                    (folder / name).unlink(missing_ok=True)
            else:
                if not (folder / PICTURES).is_file():
                    save_pictures(training.pictures, folder / PICTURES)
                save_checkpoint(training, folder / STATE)


def packed(training: Training, folder: Path) -> Path:
    """The model as it is now, as a ZIP file in ``folder``."""
    return zip_model(export_model(training, folder / "my-vae"), folder / PACKED)
