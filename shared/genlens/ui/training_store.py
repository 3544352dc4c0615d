"""Where visitors' trainings lie between two clicks: folders on disk, few, and not for long."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass
class _Kept:
    path: Path
    used: float


class TrainingStore:
    """One folder for each visitor's session, below a temporary one that goes with the process.

    Beyond ``kept`` folders the one used longest ago is deleted, and so is every folder that was not
    used for ``seconds``: pictures are people's own, and are not to lie about.
    """

    def __init__(self, kept: int = 6, seconds: float = 3600.0) -> None:
        self._root = tempfile.TemporaryDirectory(prefix="genlens-training-")
        self._most, self._seconds = kept, seconds
        self._folders: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def new(self, session: str | None) -> Path:
        """An empty folder for the session; what it had before is deleted."""
        with self._lock:
            self._tidy()
            self._drop(session or "")
            path = Path(self._root.name) / secrets.token_hex(8)
            path.mkdir()
            self._folders[session or ""] = _Kept(path, time.monotonic())
            while len(self._folders) > self._most:
                self._drop(next(iter(self._folders)))
        return path

    def find(self, session: str | None) -> Path | None:
        """The session's folder, or None where there is none any more."""
        with self._lock:
            self._tidy()
            kept = self._folders.get(session or "")
            if kept is None:
                return None
            kept.used = time.monotonic()
            self._folders.move_to_end(session or "")
        return kept.path

    def _tidy(self) -> None:
        late = time.monotonic() - self._seconds
        for session in [s for s, kept in self._folders.items() if kept.used < late]:
            self._drop(session)

    def _drop(self, session: str) -> None:
        kept = self._folders.pop(session, None)
        if kept is not None:
            shutil.rmtree(kept.path, ignore_errors=True)


@lru_cache(maxsize=1)
def store() -> TrainingStore:
    """The one of this process."""
    return TrainingStore()
