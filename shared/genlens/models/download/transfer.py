"""One file over HTTP, that goes on where it was cut short.

What has arrived is kept in a ``.part`` file, also when Ctrl-C or a closed lid ends the download;
the next try asks the server for the rest only (HTTP Range).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, DownloadError

TRIES, PAUSE = 4, 0.5
"""How often a connection is made anew when it breaks, and the seconds before the second try; each
further pause is twice as long."""
_TIMEOUT = 60.0
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Job:
    """A file to bring: ``what`` messages call it, for its address may hold a password; ``sha256``
    its content must have."""

    url: str
    what: str
    sha256: str


def download(
    job: Job, part: Path, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Path:
    """``part``, once it holds the whole file with the right content.

    Raises:
        DownloadError: it cannot be had; what arrived is kept for the next try, unless its content
            is wrong.
        Cancelled: ``cancel()`` said so; what arrived is kept.
    """
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"{part.parent} cannot be made ({error.strerror})") from error
    if part.is_file() and _sha256(part) == job.sha256:
        return part
    for resumed in (part.is_file(), False):
        _complete(job, part, progress, cancel)
        if _sha256(part) == job.sha256:
            return part
        part.unlink()
        if not resumed:  # what was resumed may have been of another file: once more from the start
            break
    raise DownloadError(
        f"{job.what} does not have the sha256 {job.sha256[:12]}... that genlens expects: it is not "
        "the file it claims to be. Nothing was kept; try again"
    )


def _complete(job: Job, part: Path, progress: Progress | None, cancel: Cancel | None) -> None:
    """Read until the server says that all is there, with a new connection where one breaks."""
    for turn in range(TRIES):
        if turn:
            time.sleep(PAUSE * 2 ** (turn - 1))
        try:
            _read(job, part, progress, cancel)
            return
        except urllib.error.HTTPError as error:
            if error.code < 500 or turn == TRIES - 1:
                advice = "check name and version" if error.code == 404 else "try again later"
                message = f"{job.what}: the answer was status {error.code}: {advice}"
                raise DownloadError(message) from error
        except (OSError, http.client.HTTPException) as error:  # no connection, time-out, cut short
            if isinstance(error, OSError) and (error.filename or error.errno == errno.ENOSPC):
                raise DownloadError(
                    f"{job.what} cannot be written to the cache folder ({error.strerror}): make "
                    "room, or set GENLENS_CACHE to a folder on another disk"
                ) from error
            if turn == TRIES - 1:
                raise DownloadError(_broken(job, part, error)) from error


def _broken(job: Job, part: Path, error: Exception) -> str:
    """What to say when the connection broke for the last time."""
    if not part.is_file() or not part.stat().st_size:
        why = (error.strerror if isinstance(error, OSError) else "") or "no connection"
        return f"{job.what} cannot be reached ({why}): try again"
    return (
        f"{job.what} was cut short after {part.stat().st_size / 1e6:.1f} MB, {TRIES} times: what "
        "arrived is kept, and the same command goes on from there"
    )


def _read(job: Job, part: Path, progress: Progress | None, cancel: Cancel | None) -> None:
    """One connection: what is missing, appended to ``part``."""
    have = part.stat().st_size if part.is_file() else 0
    try:
        stream_of = opened(job, {"Range": f"bytes={have}-"} if have else {})
        with stream_of as answer:
            have = have if answer.status == 206 and _starts_at(answer, have) else 0
            rest = answer.length  # None where the server does not say
            total = have + rest if rest is not None else 0
            require_room(part.parent, job.what, rest or 0)
            with part.open("ab" if have else "wb") as target:
                while block := answer.read(_BLOCK):
                    target.write(block)
                    have += len(block)
                    if progress is not None:
                        done, of = (round(size / 1e6) for size in (have, max(total, have)))
                        progress(done, of, f"MB of {job.what}")
                    if cancel is not None and cancel():
                        raise Cancelled(f"{job.what}: stopped after {have / 1e6:.1f} MB, kept")
            if have < total:
                raise http.client.IncompleteRead(b"", total - have)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        # nothing is left to send: the part is whole, or of another file, which its hash tells


def _starts_at(answer: http.client.HTTPResponse, have: int) -> bool:
    """Whether a partial answer begins where we left off."""
    return (answer.headers.get("Content-Range") or "").startswith(f"bytes {have}-")


def require_room(folder: Path, what: str, missing: int) -> None:
    """Refuse a download that the disk of ``folder`` has no room for.

    Raises:
        DownloadError: ``missing`` bytes are more than it has.
    """
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if missing > free:
        raise DownloadError(
            f"{what} needs {missing / 1e6:.0f} MB more and the disk has {free / 1e6:.0f} MB: "
            "make room, or set GENLENS_CACHE to a folder on another disk"
        )


@contextlib.contextmanager
def opened(job: Job, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    """The answer to one request for ``job``.

    Raises:
        DownloadError: its address is none of the web.
        OSError: no answer, or one that says an error (``urllib.error.HTTPError``).
    """
    if urlsplit(job.url).scheme not in ("http", "https"):
        raise DownloadError(f"{job.what}: its registry's setting is not a web address: check it")
    request = urllib.request.Request(job.url, headers={"User-Agent": "genlens", **headers})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
        yield answer


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
