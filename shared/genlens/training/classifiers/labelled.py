"""Pictures with the class of each: from folders or ZIP files, or drawn avatars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.pictures.sets import PictureSet, read_pictures
from genlens.worlds.avatars import draw_faces

LEAST_EACH = 10
"""Pictures of each class: fewer say nothing about those that are held out."""
MOST_CLASSES = 30


@dataclass(frozen=True)
class LabelledPictures:
    """n pictures and what each shows.

    ``images`` (n, side, side, 3) uint8; ``labels`` (n,) int64 into ``names``; ``head`` what is told
    apart ("smile"); ``centres`` a number for each class where they have an order (ages), or ();
    ``notes`` what was changed or left out, in sentences.

    Raises:
        InputError: fewer than two classes, fewer than 10 pictures of one, or shapes that do not
            fit.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    head: str = "class"
    centres: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        square = self.images.ndim == 4 and self.images.shape[1] == self.images.shape[2]
        if not square or self.images.shape[3] != 3 or self.images.dtype != np.uint8:
            raise InputError(
                f"pictures are {self.images.dtype} {self.images.shape}: give uint8 of shape "
                "(n, side, side, 3)"
            )
        if self.labels.shape != (len(self.images),):
            raise InputError(f"{len(self.images)} pictures with {self.labels.shape} labels")
        if len(self.names) < 2:
            only = f" ({self.names[0]})" if self.names else ""
            raise InputError(
                f"there is only one class{only}: give a folder of pictures that have it, and one "
                "of pictures that have not"
            )
        if len(self.names) > MOST_CLASSES:
            raise InputError(f"{len(self.names)} classes: at most {MOST_CLASSES} are taken")
        for name, count in self.counts().items():
            if count < LEAST_EACH:
                raise InputError(
                    f"class {name} has {count} pictures: give at least {LEAST_EACH} of each"
                )
        if self.centres and len(self.centres) != len(self.names):
            raise InputError(
                f"{len(self.centres)} centres for {len(self.names)} classes: give one for each"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def side(self) -> int:
        """Pixels along each side."""
        return int(self.images.shape[1])

    def counts(self) -> dict[str, int]:
        """How many pictures each class has."""
        found = np.bincount(self.labels, minlength=len(self.names))
        return {name: int(count) for name, count in zip(self.names, found, strict=True)}


def labelled_folders(
    sources: Mapping[str, Path] | Path,
    side: int = 64,
    *,
    centres: Sequence[float] = (),
    head: str = "class",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LabelledPictures:
    """Classes from folders or ZIP files: one for each of ``sources`` (name -> place), or, of a
    single folder or ZIP file, one for each folder in it.

    Pictures of any size are cut to their centre and brought to ``side`` pixels.

    Raises:
        InputError: one class, an empty or unreadable source, too few pictures; the message names
            the class.
        Cancelled: ``cancel()`` said so.
    """
    if not isinstance(sources, Mapping):
        found = _read("the pictures", sources, side, progress, cancel)
        labels, names = found.folders()
        if not names:
            raise InputError(
                "all pictures lie in one folder, so there is only one class: put the pictures of "
                "each class into a folder of its own, and give the folder around them (or a ZIP)"
            )
        images = _coloured(found.images)
        return LabelledPictures(images, labels, names, head, tuple(centres), found.notes)
    sets = {name: _read(name, place, side, progress, cancel) for name, place in sources.items()}
    if not sets:
        raise InputError("there are no folders: give two or more, one for each class")
    return LabelledPictures(
        np.concatenate([_coloured(found.images) for found in sets.values()]),
        np.repeat(np.arange(len(sets)), [len(found) for found in sets.values()]),
        tuple(sets),
        head,
        tuple(centres),
        tuple(f"{name}: {note}" for name, found in sets.items() for note in found.notes),
    )


def labelled_avatars(
    attribute: str,
    n: int,
    seed: int,
    *,
    side: int = 64,
    confound: tuple[str, str] | None = None,
    strength: float = 0.95,
) -> LabelledPictures:
    """``n`` drawn faces with (class "yes") and without ``attribute``, of ``avatars.PROPERTIES``.

    ``confound`` ties two properties together, as in ``draw_faces``: a classifier that learns from
    such faces may read the one for the other.

    Raises:
        InputError: see ``draw_faces``; or so few faces that a class has fewer than 10.
    """
    whole("the number of faces", n, 4 * LEAST_EACH, 100_000)
    faces = draw_faces(n, seed, size=side, confound=confound, strength=strength)
    labels = faces.has(attribute).astype(np.int64)
    return LabelledPictures(faces.images, labels, ("no", "yes"), attribute)


def _read(
    name: str, place: Path, side: int, progress: Progress | None, cancel: Cancel | None
) -> PictureSet:
    try:
        return read_pictures(place, side, least=LEAST_EACH, progress=progress, cancel=cancel)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def _coloured(images: np.ndarray) -> np.ndarray:
    """(n, h, w, 3): grey pictures three times."""
    return np.ascontiguousarray(np.broadcast_to(images, (*images.shape[:3], 3)))
