"""A visitor's ZIP file as the pictures that a model is asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.pictures.sets import read_pictures
from genlens.study.own import LEAST, study_of_set
from genlens.study.study import SPATIAL_PICTURES, Study
from genlens.ui import studies
from genlens.ui.anchors import sources

MOST = 5_000


def study_of_archive(
    model_id: str,
    archive: str | Path | None,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[Study, tuple[str, ...]]:
    """The model ``model_id`` with the pictures of a ZIP file, and what was done to them in
    sentences.

    Raises:
        InputError: no file, too few or too many usable pictures in it, or a model whose
            pictures are not square.
        Cancelled: ``cancel()`` said so.
    """
    if not archive:  # a program may send null
        raise InputError("no ZIP file was given: choose one with 10 to 5,000 pictures")
    if not sources.is_own(model_id) and sources.asked_as(model_id) == "Denoiser":
        raise InputError(
            f"{model_id} is a diffusion model, which this page asks about its own sets only: "
            f"choose another model, or run `genlens anchors {model_id} --set FILE.zip`"
        )
    model = studies.study(model_id).model
    _, height, width = model.image_shape
    if height != width:
        raise InputError(
            f"{model.card.id} takes pictures of {width} x {height} pixels, and yours are cut to "
            "squares: choose another model"
        )
    path = Path(archive)
    if path.is_dir():  # a program may send any path
        raise InputError("that is a folder: pack it into a ZIP file")
    pictures = read_pictures(path, height, least=LEAST, most=MOST, progress=progress, cancel=cancel)
    most = SPATIAL_PICTURES if len(model.latent_shape) > 1 else MOST
    chosen = np.arange(min(len(pictures), most))
    study = study_of_set(model, pictures, chosen, f"your {len(chosen):,} pictures", cancel=cancel)
    notes = [*pictures.notes, *pictures.skipped[:3]]
    if len(chosen) < len(pictures):
        notes.append(f"the first {len(chosen)} of {len(pictures)} were taken: this model is slow")
    return study, tuple(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in notes)
