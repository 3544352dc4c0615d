"""The members of an untrusted ZIP file.

Nothing is ever written to disk: members are unpacked in memory, one at a time, so that a name such
as ``../../etc/x.png`` is no more than a name. Sizes are limited by what is read, not by what the
archive says of itself.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from genlens.errors import InputError
from genlens.models.pictures.picture import MAX_BYTES

MAX_MEMBERS = 20_000
MAX_TOTAL = 2_000_000_000  # bytes, packed or unpacked
# Pictures are packed already: an archive that grows more than this is not a collection of pictures.
MAX_RATIO, RATIO_MATTERS_FROM = 100, 100_000_000
MAX_DIRECTORY = 8_000_000  # bytes of an archive's table of contents
SUFFIXES = frozenset(
    ("", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff")
) | {".ppm", ".pgm", ".pnm"}
_ARCHIVES = frozenset((".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".cbz", ".jar"))
_JUNK = frozenset(("__macosx", "thumbs.db", "desktop.ini"))
_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BLOCK = 1 << 20

Entry = tuple[str, Callable[[], bytes]]
"""A picture's clean name, and how to get its bytes (which may raise ``InputError``)."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[Entry], list[str], list[str]]]:
    """(pictures to try, lines about files that are left out, notes) of the ZIP file at ``path``;
    the entries can be read inside the block.

    Raises:
        InputError: no ZIP file, a damaged one, more files or bytes than are read, a ZIP bomb.
    """
    packed = path.stat().st_size
    if packed > MAX_TOTAL:
        raise InputError(f"the file has more than {megabytes(MAX_TOTAL)}: make it smaller")
    with _NoLargeReads(io.FileIO(path)) as stream:
        archive = _opened(stream)
        _check_archive(archive, packed)
        yield _members(archive)


class _NoLargeReads(io.BufferedReader):
    """A file that refuses to be read in one piece larger than a sane table of contents: zipfile
    reads an archive's whole table at once, before anybody can count its members."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise InputError(f"the ZIP file lists too many files: at most {MAX_MEMBERS:,} are read")
        return super().read(size)


def _opened(stream: io.BufferedReader) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds on a file that is not a ZIP
        raise InputError(
            "the file is not a ZIP file, or is damaged: pack the pictures into a .zip again"
        ) from error


def _check_archive(archive: zipfile.ZipFile, packed: int) -> None:
    """Refuse by what the archive says of itself; what it really holds is counted while reading."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise InputError(
            f"the ZIP file lists {len(members):,} files: at most {MAX_MEMBERS:,} are read"
        )
    total = sum(member.file_size for member in members)
    grows = total / max(packed, 1)
    if total > RATIO_MATTERS_FROM and grows > MAX_RATIO:
        raise InputError(
            f"the ZIP file would unpack to {megabytes(total)}, {grows:,.0f} times its size: that "
            "is a ZIP bomb or not a collection of pictures, so nothing was unpacked"
        )
    if total > MAX_TOTAL:
        raise InputError(
            f"the ZIP file would unpack to {megabytes(total)}, and at most {megabytes(MAX_TOTAL)} "
            "are read: make the pictures smaller"
        )


def _members(archive: zipfile.ZipFile) -> tuple[list[Entry], list[str], list[str]]:
    """(pictures to try, lines about files that are left out, notes) of an archive."""
    entries: list[Entry] = []
    skipped: list[str] = []
    outside = 0
    for member in archive.infolist():
        name, leads_out = clean_name(member.filename)
        if member.is_dir() or not name or is_junk(name):
            continue
        reason = _refusal(member, Path(name).suffix.lower())
        if reason:
            skipped.append(f"{name} {reason}")
            continue
        outside += leads_out
        entries.append((name, lambda member=member: _unpacked(archive, member)))  # type: ignore[misc]
    notes = []
    if outside:
        notes.append(
            f"{counted(outside)} in the ZIP had a path that leads out of it; only the pictures "
            "were read, nothing was written there."
        )
    return entries, skipped, notes


def _refusal(member: zipfile.ZipInfo, suffix: str) -> str:
    """Why a member is not even opened, "" where it is."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link or another special file"
    if suffix in _ARCHIVES:
        return "is an archive inside the archive: unpack it first"
    if suffix not in SUFFIXES:
        return "is not a picture by its ending"
    if member.flag_bits & 0x1:
        return "is locked with a password: pack it without one"
    if member.compress_type not in _DEFLATED:
        # the readers of other methods cannot be stopped at a size
        return "is packed in an unusual way: pack the ZIP file with the usual method (deflate)"
    if member.file_size > MAX_BYTES:
        return f"has more than {megabytes(MAX_BYTES)}"
    return ""


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes, whatever size it claims to have."""
    data = bytearray()
    try:
        with archive.open(member) as stream:
            while block := stream.read(_BLOCK):
                data += block
                if len(data) > MAX_BYTES:
                    raise InputError(f"has more than {megabytes(MAX_BYTES)}")
    except InputError:
        raise
    except Exception as error:  # a wrong size or checksum, overlapping members, bad deflate ...
        raise InputError("is damaged inside the ZIP file") from error
    return bytes(data)


def clean_name(name: str) -> tuple[str, bool]:
    """(``name`` as a relative path that is safe to show, whether it pointed out of its archive).

    Backslashes count as slashes, drive letters and ``..`` are dropped, and what a terminal or a
    page could stumble over becomes "?".
    """
    slashed = name.replace("\\", "/")
    drive = re.match(r"[A-Za-z]:", slashed)
    parts = slashed[drive.end() if drive else 0 :].split("/")
    leads_out = bool(drive) or slashed.startswith("/") or ".." in parts
    kept = [part for part in parts if part not in ("", ".", "..")]
    shown = "".join(c if c.isprintable() else "?" for c in "/".join(kept))
    return shown[-160:], leads_out


def is_junk(name: str) -> bool:
    """Whether a clean name is hidden, or something that a system adds by itself."""
    parts = name.lower().split("/")
    return any(part.startswith(".") or part in _JUNK for part in parts)


def counted(n: int, noun: str = "file") -> str:
    """ "1 file", "1,200 files"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def megabytes(size: int) -> str:
    """A size in words."""
    return f"{size / 1e6:,.0f} MB"
