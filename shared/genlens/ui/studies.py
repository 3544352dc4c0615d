"""Which pictures a page looks at a model with: shipped models, folders, hub names, and models that
a visitor trained on the page. Studies are kept, a few of each kind; the oldest are forgotten."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.study.study import Study

OWN = "mine-"
"""How the ids of models trained on the page begin."""
KEPT, KEPT_OWN = 4, 8
KEPT_BYTES = 800_000_000
"""Pictures and masks of all visitors' studies together; the oldest studies beyond it go."""


class Studies:
    """Studies by model id; at most ``KEPT`` loaded ones and ``KEPT_OWN`` of visitors."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Study] = OrderedDict()
        self._own: OrderedDict[str, Study] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()  # one model at a time; those that are here do not wait

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
                f"{KEPT_OWN} that were trained on it, and none after a restart. Train it again, or "
                "run genlens on your own machine and give it the folder you downloaded"
            )
        _require_offered(name)
        from genlens.study.study import load_study

        with self._loading:
            loaded = self._find(name) or load_study(name)
            return self._keep(self._kept, name, loaded, KEPT)

    def register(self, name: str, study: Study) -> str:
        """See the function ``register``."""
        readable = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-")[:24]
        own = f"{OWN}{readable or 'model'}-{secrets.token_urlsafe(16)}"
        self._keep(self._own, own, study, KEPT_OWN)
        return own

    def _find(self, name: str) -> Study | None:
        with self._lock:
            for shelf in (self._kept, self._own):
                if name in shelf:
                    shelf.move_to_end(name)
                    return shelf[name]
        return None

    def _keep(self, shelf: OrderedDict[str, Study], name: str, study: Study, most: int) -> Study:
        with self._lock:
            shelf[name] = study
            shelf.move_to_end(name)
            while len(shelf) > most or (shelf is self._own and _too_large(shelf)):
                shelf.popitem(last=False)
        return study


def _too_large(shelf: OrderedDict[str, Study]) -> bool:
    held = [s.images.nbytes + sum(m.nbytes for m in s.masks.values()) for s in shelf.values()]
    return len(held) > 1 and sum(held) > KEPT_BYTES


_STUDIES = Studies()


def study(model_id: str) -> Study:
    """The model called ``model_id`` with the pictures it is looked at with.

    An id of the catalog, an id that ``register`` gave, and, unless this is a public Space, any
    folder or hub name.

    Raises:
        InputError: nothing was chosen, the model is not on offer, or it is no longer kept.
        ModelError: it cannot be loaded, or is no autoencoder.
        DownloadError: the hub does not have it or cannot be reached.
    """
    return _STUDIES.get(model_id)


def register(name: str, study: Study) -> str:
    """Keep a visitor's own ``study``, called ``name``; returns the id to ask for it with.

    The id ends in 128 random bits, so that nobody finds another visitor's model by guessing.
    """
    return _STUDIES.register(name, study)


def is_public() -> bool:
    """Whether this page runs as a Space on the hub, where visitors must not name folders."""
    return bool(os.environ.get("SPACE_ID"))


def _require_offered(name: str) -> None:
    from genlens.models.catalog import entries, find

    if is_public() and find(name) is None:
        offered = ", ".join(e.id for e in entries() if e.contract == "Autoencoder")
        raise InputError(
            f"this page does not offer the model {name[:80]!r}: take one of {offered}, or run "
            "genlens on your own machine for models from a folder or from the hub"
        )
