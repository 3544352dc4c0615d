"""Many untrusted pictures, out of a ZIP file or a folder, as one array to train on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, InputError
from genlens.models.pictures import archives as picture_archives
from genlens.models.pictures.archives import (
    MAX_TOTAL,
    SUFFIXES,
    Entry,
    clean_name,
    counted,
    is_junk,
    megabytes,
)
from genlens.models.pictures.picture import MAX_BYTES, read_picture

LEAST, MOST = 200, 5_000
MAX_CLASSES = 30
# Pixels that all pictures together may have to be decoded from: minutes of work.
MAX_DECODED = 20_000_000_000
# How files begin that are pictures: PNG, JPEG, WebP, GIF, BMP, TIFF, PNM.
_BEGINNINGS = tuple(b"\x89PNG \xff\xd8\xff RIFF GIF8 BM II*\0 MM\0* P5 P6".split(b" "))
_NAMED = 5  # problems listed in full; the others are counted


@dataclass(frozen=True)
class PictureSet:
    """n pictures of one size.

    ``images`` (n, side, side, c) uint8, with c = 1 where none has colour and 3 otherwise;
    ``names`` where each came from, "folder/file.png"; ``skipped`` one line for each file that
    could not be used, with the reason; ``notes`` what was changed or left out, in sentences.
    """

    images: np.ndarray
    names: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def side(self) -> int:
        """Pixels along each side."""
        return int(self.images.shape[1])

    def floats(self) -> np.ndarray:
        """The pictures as models take them: (n, c, side, side) float32 in [0, 1]."""
        return np.ascontiguousarray(self.images.transpose(0, 3, 1, 2), dtype=np.float32) / 255

    def folders(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """Labels (n,) int64 and names of the folders that the pictures lay in, taken as classes;
        -1 each and () where there is one folder only, or more than 30."""
        of = [name.rpartition("/")[0] for name in self.names]
        kinds = sorted(set(of))
        if not 2 <= len(kinds) <= MAX_CLASSES:
            return np.full(len(of), -1, np.int64), ()
        short = [kind.rpartition("/")[2] or "(no folder)" for kind in kinds]
        names = tuple(short if len(set(short)) == len(short) else kinds)
        return np.array([kinds.index(kind) for kind in of], np.int64), names


def read_pictures(
    source: Path | str,
    side: int = 32,
    *,
    least: int = LEAST,
    most: int = MOST,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PictureSet:
    """The pictures in a ZIP file or a folder, in the order of their names.

    Files that cannot be used are left out and listed in ``skipped``; hidden files and those that
    macOS or Windows add are ignored.

    Args:
        source: the ZIP file, or a folder with pictures at any depth.
        side: pixels of the result along each side; each picture is cut to its centre.
        least, most: how many pictures there have to be.
        progress: ``progress(done, total, text)`` after each file.
        cancel: asked before each file.

    Raises:
        InputError: no ZIP file or folder, a damaged, locked or dangerous archive, too few or too
            many pictures (the message names the first problems), pictures that are all alike, a
            side under 8 or over 512.
        Cancelled: ``cancel()`` said so.
    """
    if not 8 <= side <= 512:
        raise InputError(f"side {side} is out of range: take 8 to 512 pixels")
    path = Path(source)
    if path.is_dir():
        return _sorted(_in_folder(path), [], [], side, (least, most), progress, cancel)
    if not path.is_file():
        raise InputError(f"there is no file or folder {path}: give a ZIP file of pictures")
    with picture_archives.opened(path) as (entries, skipped, notes):
        return _sorted(entries, skipped, notes, side, (least, most), progress, cancel)


def _in_folder(folder: Path) -> list[Entry]:
    """The picture files below ``folder``, hidden ones left out. A folder may hold all sorts of
    files: those without a suffix are pictures only if they begin like one, and no others are named
    in a message."""
    entries: list[Entry] = []
    for path in folder.rglob("*"):
        name, _ = clean_name(path.relative_to(folder).as_posix())
        if path.suffix.lower() not in SUFFIXES or is_junk(name) or not path.is_file():
            continue
        if path.suffix or _begins_like_a_picture(path):
            entries.append((name, lambda path=path: _whole(path)))  # type: ignore[misc]
    return entries


def _begins_like_a_picture(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(8).startswith(_BEGINNINGS)
    except OSError:
        return False


def _whole(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"has more than {megabytes(MAX_BYTES)}")
    return data


def _sorted(
    entries: list[Entry],
    skipped: list[str],
    notes: list[str],
    side: int,
    bounds: tuple[int, int],
    progress: Progress | None,
    cancel: Cancel | None,
) -> PictureSet:
    """Every entry, in the order of names."""
    least, most = bounds
    if len(entries) > most:
        raise InputError(f"there are {len(entries):,} pictures: at most {most:,} are taken")
    ordered = sorted(entries, key=lambda entry: entry[0])
    return collect(
        ordered, len(ordered), side, least, skipped, notes, progress=progress, cancel=cancel
    )


def collect(
    entries: Iterable[Entry],
    total: int,
    side: int,
    least: int,
    skipped: list[str],
    notes: list[str],
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PictureSet:
    """Read ``total`` entries one after the other, and judge what came of it.

    ``skipped`` and ``notes`` are what is known before; see ``read_pictures`` for the rest.
    """
    images, names, held, decoded = [], [], 0, 0
    done: Counter[str] = Counter()
    for i, (name, read) in enumerate(entries):
        if cancel is not None and cancel():
            raise Cancelled("stopped while reading the pictures")
        try:
            data = read()
            held += len(data)
            picture = read_picture(data, (3, side, side), name="")
        except InputError as error:
            skipped.append(f"{name} {str(error).strip()}")
        else:
            images.append(picture.pixels)
            names.append(name)
            done.update(picture.notes)
            decoded += picture.decoded
        if held > MAX_TOTAL or decoded > MAX_DECODED:
            raise InputError(
                f"all pictures together have more than {megabytes(MAX_TOTAL)} or "
                f"{MAX_DECODED // 10**9} thousand million pixels: make them smaller"
            )
        if progress is not None:
            progress(i + 1, total, "Reading pictures")
    if len(images) < least:
        raise InputError(
            f"{len(images)} pictures can be used, and {least} or more are needed. "
            + (_problems(skipped) or "No other file is a picture")
        )
    stack = np.stack(images)  # (n, side, side, 3)
    if (stack == stack[0]).all():
        raise InputError("all pictures are the same: there is nothing to learn from them")
    if int(np.ptp(stack, axis=-1).max()) <= 4:
        stack = stack[..., 1:2]  # grey; the green channel is nearest to how bright it looks
        notes.append("None of the pictures has colour, so the model works in grey.")
    notes += [f"{counted(n, 'picture')}: {what}." for what, n in done.most_common()]
    if skipped:
        notes.append(_problems(skipped))
    return PictureSet(np.ascontiguousarray(stack), tuple(names), tuple(skipped), tuple(notes))


def _problems(skipped: Sequence[str]) -> str:
    """The first reasons in words, and how many more there are; "" where all is well."""
    if not skipped:
        return ""
    more = len(skipped) - _NAMED
    tail = f"; and {more:,} more" if more > 0 else ""
    return f"{counted(len(skipped))} left out: " + "; ".join(skipped[:_NAMED]) + tail + "."
