"""What pages keep of visitors, and for how long: folders on disk, few, and gone within the hour.

A timer deletes what is old, whether or not anybody comes: pictures are people's own, and are not to
lie about.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

LIFETIME_S = 3300.0
"""How long anything of a visitor is kept, counted from when it came: below an hour, with what the
timer and a training that is under way add."""


def tidy_regularly(keeper: Any, tidy: Callable[[Any], None], pause: float) -> None:
    """Call ``tidy(keeper)`` every ``pause`` seconds on a daemon thread, while ``keeper`` exists."""
    found, over = weakref.ref(keeper), threading.Event()
    weakref.finalize(keeper, over.set)

    def run() -> None:
        while not over.wait(pause):
            if (kept := found()) is not None:
                tidy(kept)
            del kept

    threading.Thread(target=run, name="genlens-tidy", daemon=True).start()


@dataclass(frozen=True)
class _Kept:
    path: Path
    made: float


class TrainingStore:
    """One folder for each visitor's session, below a temporary one that goes with the process.

    Beyond ``kept`` folders the one used longest ago is deleted, and so is every folder that is
    ``seconds`` old.
    """

    def __init__(
        self, kept: int = 6, seconds: float = LIFETIME_S, prefix: str = "genlens-training-"
    ) -> None:
        self._root = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        self._most, self._seconds = kept, seconds
        self._folders: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        tidy_regularly(self, TrainingStore.tidy, min(60.0, seconds / 10))

    def new(self, session: str | None) -> Path:
        """An empty folder for the session; what it had before is deleted."""
        with self._lock:
            self._drop(session or "")
            path = Path(self._root.name) / secrets.token_hex(8)
            path.mkdir()
            self._folders[session or ""] = _Kept(path, time.monotonic())
            while len(self._folders) > self._most:
                self._drop(next(iter(self._folders)))
        return path

    def find(self, session: str | None) -> Path | None:
        """The session's folder, or None where there is none any more."""
        self.tidy()
        with self._lock:
            kept = self._folders.get(session or "")
            if kept is None:
                return None
            self._folders.move_to_end(session or "")
        return kept.path

    def age(self, folder: Path) -> float:
        """How long ago ``folder`` was made, in seconds; as old as can be where it is gone."""
        with self._lock:
            made = [kept.made for kept in self._folders.values() if kept.path == folder]
        return time.monotonic() - made[0] if made else self._seconds

    def tidy(self) -> None:
        """Delete what is too old."""
        late = time.monotonic() - self._seconds
        with self._lock:
            for session in [s for s, kept in self._folders.items() if kept.made < late]:
                self._drop(session)

    def _drop(self, session: str) -> None:
        kept = self._folders.pop(session, None)
        if kept is not None:
            shutil.rmtree(kept.path, ignore_errors=True)


@lru_cache(maxsize=1)
def store() -> TrainingStore:
    """The trainings of this process."""
    return TrainingStore()


@lru_cache(maxsize=1)
def exports() -> TrainingStore:
    """The files that this process wrote for visitors to take away."""
    return TrainingStore(kept=400, prefix="genlens-exports-")
