"""Which pictures a page looks at a model with: shipped models, folders, hub names, and models that
a visitor trained on the page. Studies are kept, a few of each kind; the oldest are forgotten, and
visitors' within the hour."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from genlens.errors import InputError
from genlens.ui.serving.access import access
from genlens.ui.training_store import LIFETIME_S, tidy_regularly

if TYPE_CHECKING:
    from genlens.study.study import Study

OWN = "mine-"
"""How the ids of models trained on the page begin."""
KEPT, KEPT_OWN = 4, 8
KEPT_BYTES = 800_000_000
"""Pictures and masks of all visitors' studies together; the oldest studies beyond it go."""


class Studies:
    """Studies by model id; at most ``KEPT`` loaded ones and ``KEPT_OWN`` of visitors, these for
    ``seconds``. Functions in ``on_forget`` are told the id and the study of a visitor's model that
    goes, so that whoever kept something made of it lets go of it too."""

    def __init__(self, seconds: float = LIFETIME_S) -> None:
        self._kept: OrderedDict[str, Study] = OrderedDict()
        self._own: OrderedDict[str, Study] = OrderedDict()
        self._born: dict[str, float] = {}  # a visitor's model -> when its pictures came
        self._seconds = seconds
        self.on_forget: list[Callable[[str, Study], None]] = []
        self._lock = threading.Lock()
        self._loading = threading.Lock()  # one model at a time; those that are here do not wait
        tidy_regularly(self, Studies.tidy, min(60.0, seconds / 10))

    def get(self, model_id: str) -> Study:
        """See ``study``."""
        name = str(model_id or "").strip()
        if not name:
            raise InputError("no model is chosen: take one from the list")
        kept = self._find(name)
        if kept is not None:
            return kept
        if name.startswith(OWN):
            raise InputError(
                "that model is no longer here: the page keeps the last "
                f"{KEPT_OWN} that were trained on it, and none for an hour. Train it again, or "
                "run genlens on your own machine and give it the folder you downloaded"
            )
        known = access().admit(name, "Autoencoder")
        from genlens.study.study import load_study

        with self._loading:
            loaded = self._find(name) or load_study(known)
            return self._keep(self._kept, name, loaded, KEPT)

    def register(self, name: str, study: Study, age: float = 0.0) -> str:
        """See the function ``register``."""
        readable = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-")[:24]
        own = f"{OWN}{readable or 'model'}-{secrets.token_urlsafe(16)}"
        self._born[own] = time.monotonic() - age
        self._keep(self._own, own, study, KEPT_OWN)
        return own

    def age(self, name: str) -> float:
        """Seconds since the pictures of a visitor's model came; 0 for all others."""
        born = self._born.get(name)
        return 0.0 if born is None else time.monotonic() - born

    def tidy(self) -> None:
        """Forget visitors' models that are too old."""
        with self._lock:
            old = [name for name in self._own if self.age(name) > self._seconds]
            gone = [(name, self._own.pop(name)) for name in old]
        self._tell(gone)

    def _find(self, name: str) -> Study | None:
        with self._lock:
            for shelf in (self._kept, self._own):
                if name in shelf:
                    shelf.move_to_end(name)
                    return shelf[name]
        return None

    def _keep(self, shelf: OrderedDict[str, Study], name: str, study: Study, most: int) -> Study:
        gone = []
        with self._lock:
            shelf[name] = study
            shelf.move_to_end(name)
            while len(shelf) > most or (shelf is self._own and _too_large(shelf)):
                gone.append(shelf.popitem(last=False))
        self._tell(gone)
        return study

    def _tell(self, gone: list[tuple[str, Study]]) -> None:
        for name, study in gone:
            self._born.pop(name, None)
            for forget in self.on_forget:
                forget(name, study)


def _too_large(shelf: OrderedDict[str, Study]) -> bool:
    held = [s.images.nbytes + sum(m.nbytes for m in s.masks.values()) for s in shelf.values()]
    return len(held) > 1 and sum(held) > KEPT_BYTES


_STUDIES = Studies()


def study(model_id: str) -> Study:
    """The model called ``model_id`` with the pictures it is looked at with.

    An id of the catalog, an id that ``register`` gave, or what ``access`` admits.

    Raises:
        InputError: nothing was chosen, the model is not admitted, or it is no longer kept.
        ModelError: it cannot be loaded, or is no autoencoder.
        DownloadError: the hub does not have it or cannot be reached.
    """
    return _STUDIES.get(model_id)


def register(name: str, study: Study, age: float = 0.0) -> str:
    """Keep a visitor's own ``study``, called ``name``; returns the id to ask for it with.

    The id ends in 128 random bits, so that nobody finds another visitor's model by guessing. It is
    kept for ``LIFETIME_S`` less ``age``, the seconds since its pictures came.
    """
    return _STUDIES.register(name, study, age)


def age(model_id: str) -> float:
    """Seconds since the pictures of a visitor's model came; 0 for all others."""
    return _STUDIES.age(model_id)


def on_forget(tell: Callable[[str, Study], None]) -> None:
    """Have ``tell(id, study)`` called for every study that goes."""
    _STUDIES.on_forget.append(tell)
