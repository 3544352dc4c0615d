"""Where the package registries are, asked from the settings of the tools that use them.

genlens writes no registry's address into its code: an environment variable says it, or npm, pip and
apt are asked what they are set up for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, urljoin

from genlens.errors import DownloadError
from genlens.models.download.transfer import Job, opened

# Where each registry's address may stand: ours first, then what its own tool reads.
VARIABLES = {
    "npm": ("GENLENS_NPM_REGISTRY", "npm_config_registry", "NPM_CONFIG_REGISTRY"),
    "pypi": ("GENLENS_PYPI_INDEX", "PIP_INDEX_URL"),
    "debian": ("GENLENS_DEBIAN_POOL",),
}
_SIMPLE = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
_SECONDS = 30  # that a tool may take to answer


def address(registry: str, package: str, version: str, filename: str, what: str) -> str:
    """Where an archive lies, by the registry's layout; "" where no registry is set up.

    Raises:
        DownloadError: there is no such registry, or its page does not list the file.
    """
    if registry not in VARIABLES:
        raise DownloadError(f"registry {registry!r} is not one of {', '.join(VARIABLES)}")
    base = next((os.environ[n] for n in VARIABLES[registry] if os.environ.get(n)), "")
    base = (base or _ASK[registry](package)).rstrip("/")
    if not base:
        return ""
    if registry == "debian":  # apt gives the file itself; a pool of one's own is one folder
        return base if base.endswith(".deb") else f"{base}/{filename}"
    if registry == "npm":
        name = quote(package, safe="@/")
        return f"{base}/{name}/-/{name.rsplit('/', 1)[-1]}-{version}.tgz"
    page = f"{base}/{re.sub(r'[-_.]+', '-', package).lower()}/"
    link = _link(_text(page, what), filename)
    if not link:
        raise DownloadError(
            f"the registry's page of {package} does not list {filename}: check the version"
        )
    return urljoin(page, link)


def _text(page: str, what: str) -> str:
    try:
        with opened(Job(page, what, ""), {"Accept": _SIMPLE}) as answer:
            return answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        advice = "check its name" if error.code == 404 else "try again later"
        raise DownloadError(f"{what}: the answer was status {error.code}: {advice}") from error
    except OSError as error:
        raise DownloadError(f"{what}: its registry does not answer: try again later") from error


def _link(page: str, filename: str) -> str:
    """The address of ``filename`` on a simple-index page, JSON (PEP 691) or HTML (PEP 503)."""
    try:
        files = json.loads(page)["files"]
    except (ValueError, KeyError, TypeError):
        match = re.search(rf'href="([^"]*/?{re.escape(filename)}(?:#[^"]*)?)"', page)
        return match[1] if match else ""
    return next((str(f["url"]) for f in files if f.get("filename") == filename), "")


@lru_cache(maxsize=8)
def _npm(package: str) -> str:
    """The registry that npm is set up for."""
    return _said("npm", "config", "get", "registry")


@lru_cache(maxsize=8)
def _pip(package: str) -> str:
    """The index that pip is set up for, or the one that it is born with."""
    own = _said(sys.executable, "-m", "pip", "config", "get", "global.index_url")
    born = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return own or _said(sys.executable, "-c", born)


@lru_cache(maxsize=8)
def _apt(package: str) -> str:
    """Where apt would download ``package`` from."""
    # a line is 'address' file bytes hash
    line = _said("apt-get", "--print-uris", "download", package)
    return line.split("'")[1] if line.startswith("'") else ""


_ASK: dict[str, Callable[[str], str]] = {"npm": _npm, "pypi": _pip, "debian": _apt}


def _said(tool: str, *arguments: str) -> str:
    """The last line that a tool prints, "" where it is not installed or fails."""
    place = shutil.which(tool)
    if place is None:
        return ""
    try:
        done = subprocess.run(
            [place, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.split("\n") if done.returncode == 0 else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
