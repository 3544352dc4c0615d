"""Train a small VAE in one call, from its checkpoint where there is one."""

from __future__ import annotations

from pathlib import Path

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled
from genlens.latents.training import Training
from genlens.latents.training_files import load_checkpoint, save_checkpoint
from genlens.latents.training_settings import TrainingSettings
from genlens.models.pictures.sets import PictureSet


def train_vae(
    pictures: PictureSet,
    settings: TrainingSettings | None = None,
    *,
    checkpoint: Path | None = None,
    device: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Training:
    """Train to the end. With a ``checkpoint`` file, a stopped training (by ``cancel``, Ctrl-C or an
    error) leaves its state there, and one that is there already is gone on with.

    Raises:
        InputError: the settings and pictures do not fit each other, or the checkpoint.
        Cancelled: ``cancel()`` said so; the message says how far it got.
    """
    if checkpoint is not None and checkpoint.is_file():
        training = load_checkpoint(checkpoint, pictures, settings, device=device)
    else:
        training = Training(pictures, settings, device=device)
    try:
        for _ in training.run(progress=progress, cancel=cancel):
            pass
    finally:
        if checkpoint is not None and not training.finished:
            save_checkpoint(training, checkpoint)
    if not training.finished:
        kept = f"; {checkpoint} has its state, to go on from" if checkpoint else ""
        raise Cancelled(f"stopped after step {training.step} of {training.steps}{kept}")
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return training
