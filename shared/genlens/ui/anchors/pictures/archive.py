"""A visitor's ZIP file as the pictures that a model is asked about."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genlens.anchors import subject
from genlens.anchors.sets import own
from genlens.anchors.sets.ask import Ask
from genlens.anchors.sets.brought import brought
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.figures.sentences import sentence_case
from genlens.models.contracts import Denoiser
from genlens.models.pictures.sets import PictureSet, read_pictures
from genlens.study.own import LEAST, study_of_set
from genlens.study.study import SPATIAL_PICTURES
from genlens.ui import studies
from genlens.ui.anchors import sources
from genlens.ui.anchors.inverted import inverted

MOST = 5_000


@dataclass(frozen=True)
class Taken:
    """``n`` pictures of a visitor under the model ``title``; the page's pickers know both by the
    id ``model_id``. ``notes`` say in sentences what was done to the pictures."""

    model_id: str
    title: str
    n: int
    notes: tuple[str, ...]


def take_archive(
    model_id: str,
    archive: str | Path | None,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Taken:
    """The pictures of a ZIP file as anchors of the model ``model_id``, kept for their visitor.

    A diffusion model is asked about them here already: whether it can be is known only then, and a
    visitor who stops it, or whom it would take too long, leaves nothing behind.

    Raises:
        InputError: no file, too few or too many usable pictures in it, a model whose pictures are
            not square, or one that would take longer than the operator allows.
        Cancelled: ``cancel()`` said so.
    """
    if not archive:  # a program may send null
        raise InputError("no ZIP file was given: choose one with 10 to 5,000 pictures")
    path = Path(archive)
    if path.is_dir():  # a program may send any path
        raise InputError("that is a folder: pack it into a ZIP file")
    name = str(model_id or "").strip()
    if name and sources.asked_as(name) == "Denoiser":
        return _asked(sources.denoiser(name), path, progress, cancel)
    return _studied(name, path, progress, cancel)


def _asked(model: Denoiser, path: Path, progress: Progress | None, cancel: Cancel | None) -> Taken:
    """By inversion, as ``genlens anchors MODEL --set FILE.zip``."""
    came = time.monotonic()
    pictures = _read(model.card.id, model.image_shape, path, progress, cancel)
    mine = brought(model, pictures, subject.ANCHORS)
    found = inverted(sources.of_brought("", mine), progress=progress, cancel=cancel)
    own_id = studies.register("my-anchors", mine, age=time.monotonic() - came)
    n, notes = len(found.asked), _notes(pictures)
    if n < len(pictures):
        why = f"of a diffusion model it asks about {subject.ANCHORS} at most"
        if n < len(mine):
            why = f"more would take over {sources.seconds_allowed(sources.BROUGHT_S):,.0f} s here"
        notes.append(f"{n} of {len(pictures):,} were taken: each is inverted by itself, and {why}")
    return Taken(own_id, model.card.id, n, _sentences(notes))


def _studied(model_id: str, path: Path, progress: Progress | None, cancel: Cancel | None) -> Taken:
    """By their codes, which a pass of the model gives."""
    model = studies.study(model_id).model
    pictures = _read(model.card.id, model.image_shape, path, progress, cancel)
    most = SPATIAL_PICTURES if len(model.latent_shape) > 1 else MOST
    chosen = np.arange(min(len(pictures), most))
    study = study_of_set(model, pictures, chosen, f"your {len(chosen):,} pictures", cancel=cancel)
    notes = _notes(pictures)
    if len(chosen) < len(pictures):
        notes.append(f"the first {len(chosen)} of {len(pictures)} were taken: this model is slow")
    own_id = studies.register("my-anchors", study)
    return Taken(own_id, study.id, len(study), _sentences(notes))


def _read(
    name: str,
    image_shape: tuple[int, int, int],
    path: Path,
    progress: Progress | None,
    cancel: Cancel | None,
) -> PictureSet:
    _, height, width = image_shape
    if height != width:
        raise InputError(
            f"{name} takes pictures of {width} x {height} pixels, and yours are cut to squares: "
            "choose another model"
        )
    most = min(MOST, own.square(Ask(image_shape))[1])
    return read_pictures(path, height, least=LEAST, most=most, progress=progress, cancel=cancel)


def _notes(pictures: PictureSet) -> list[str]:
    return [*pictures.notes, *pictures.skipped[:3]]


def _sentences(notes: list[str]) -> tuple[str, ...]:
    return tuple(f"{sentence_case(note).rstrip('.')}." for note in notes)
