"""Records of finished downloads: what was fetched, where it lies, from which commit.

A record is written only after every file was checked, so a model with a record can be used
offline, and an interrupted download is never taken for a whole one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def cache_folder() -> Path:
    """Where genlens keeps what it fetched: ``GENLENS_CACHE``, or a folder in the user's cache."""
    chosen = os.environ.get("GENLENS_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "genlens"


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """A binary file that appears at ``path`` complete, or not at all when the block raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _record_path(key: str) -> Path:
    readable = "".join(c if c.isalnum() or c in "-._@" else "-" for c in key)[:80]
    # The endpoint is part of the key: two hubs may hold different models of one name.
    place = f"{os.environ.get('HF_ENDPOINT', '')}|{os.environ.get('HF_HUB_CACHE', '')}|{key}"
    digest = hashlib.sha256(place.encode()).hexdigest()[:8]
    return cache_folder() / "records" / f"{readable}-{digest}.json"


def write_record(key: str, folder: Path, commit: str, files: list[str]) -> None:
    """Remember that ``files`` lie complete and checked in ``folder``."""
    sizes = {name: (folder / name).stat().st_size for name in files}
    text = json.dumps({"folder": str(folder), "commit": commit, "files": sizes})
    with atomic_write(_record_path(key)) as stream:
        stream.write(text.encode())


def read_record(key: str) -> tuple[Path, str] | None:
    """(folder, commit) of a remembered download whose files are all still there, or None."""
    try:
        record = json.loads(_record_path(key).read_text(encoding="utf-8"))
        folder, sizes = Path(record["folder"]), record["files"]
        whole = all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no record, a damaged one, or files that were deleted: fetch again
    return (folder, str(record["commit"])) if whole else None
