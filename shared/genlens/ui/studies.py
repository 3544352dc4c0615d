"""Which pictures a page looks at a model with: shipped models, folders, hub names, and models that
a visitor trained on the page. The former are kept in ``models.memory``; visitors' lie here, a few
of them, and go within the hour."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from genlens.errors import InputError
from genlens.models.kinds import contract_of
from genlens.models.loading.names import is_path
from genlens.models.memory import MEMORY
from genlens.ui.jobs import stopped
from genlens.ui.serving.access import Access, access
from genlens.ui.serving.lifetimes import LIFETIME_S, tidy_regularly

if TYPE_CHECKING:
    from genlens.anchors.sets.brought import Brought
    from genlens.study.study import Study

OWN = "mine-"
"""How the ids of models trained on the page begin."""
KEPT_OWN = 8
KEPT_BYTES = 800_000_000
"""Pictures and masks of all visitors' studies together; the oldest studies beyond it go."""
_ADMITTED = 64


class Studies:
    """Studies by model id. At most ``KEPT_OWN`` are of visitors, these for ``seconds``: with one
    goes all that was made of it."""

    def __init__(self, seconds: float = LIFETIME_S) -> None:
        self._own: OrderedDict[str, Study | Brought] = OrderedDict()
        self._born: dict[str, float] = {}  # a visitor's model -> when its pictures came
        self._admitted: OrderedDict[tuple[str, Access], str] = OrderedDict()
        self._seconds = seconds
        self._lock = threading.Lock()
        tidy_regularly(self, Studies.tidy, min(60.0, seconds / 10))

    def get(self, model_id: str) -> Study:
        """See ``study``."""
        name = str(model_id or "").strip()
        if not name:
            raise InputError("no model is chosen: take one from the list")
        own = self.kept(name)
        if own is not None:
            return _require_study(own)
        if name.startswith(OWN):
            raise InputError(
                "that model is no longer here: the page keeps the last "
                f"{KEPT_OWN} that were trained on it, and none for an hour. Train it again, or "
                "run genlens on your own machine and give it the folder you downloaded"
            )
        from genlens.study.generated import study_named

        return study_named(self._admit(name), cancel=stopped)

    def kept(self, name: str) -> Study | Brought | None:
        """What a visitor brought, by its id; None where it is gone, or where nobody did."""
        with self._lock:
            own = self._own.get(name)
            if own is not None:
                self._own.move_to_end(name)
            return own

    def _admit(self, name: str) -> str:
        """The name by which to load: asked once, as the hub is asked for a size."""
        allowed = access()
        known = self._admitted.get((name, allowed))
        if known is None:
            # A folder of bare weights can only be a generator's.
            wanted = is_path(name) or contract_of(name) == "Generator"
            known = allowed.admit(name, "Generator" if wanted else "Autoencoder")
            with self._lock:
                self._admitted[name, allowed] = known
                while len(self._admitted) > _ADMITTED:
                    self._admitted.popitem(last=False)
        return known

    def register(self, name: str, study: Study | Brought, age: float = 0.0) -> str:
        """See the function ``register``."""
        readable = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-")[:24]
        own = f"{OWN}{readable or 'model'}-{secrets.token_urlsafe(16)}"
        self._born[own] = time.monotonic() - age
        self._keep(own, study)
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
        self._forget(gone)

    def _keep(self, name: str, study: Study | Brought) -> None:
        gone = []
        with self._lock:
            self._own[name] = study
            while len(self._own) > KEPT_OWN or _too_large(self._own):
                gone.append(self._own.popitem(last=False))
        self._forget(gone)

    def _forget(self, gone: list[tuple[str, Study | Brought]]) -> None:
        with self._lock:
            left = list(self._own.values())
        for name, study in gone:
            self._born.pop(name, None)
            # Another visitor may have brought the same, and waited minutes for what was made of it.
            if study.content not in {other.content for other in left}:
                MEMORY.drop(study.content)


def _require_study(own: Study | Brought) -> Study:
    from genlens.anchors.sets.brought import Brought

    if isinstance(own, Brought):
        raise InputError(
            f"that is {own.model.card.id}, a diffusion model, with pictures of yours: only the "
            "anchor browser looks at them, choose another model here"
        )
    return own


def _too_large(shelf: OrderedDict[str, Study | Brought]) -> bool:
    held = [own.nbytes for own in shelf.values()]
    return len(held) > 1 and sum(held) > KEPT_BYTES


_STUDIES = Studies()


def study(model_id: str) -> Study:
    """The model called ``model_id`` with the pictures it is looked at with.

    An id of the catalog, an id that ``register`` gave, or what ``access`` admits.

    Raises:
        InputError: nothing was chosen, the model is not admitted, or it is no longer kept.
        ModelError: it cannot be loaded, or is no autoencoder.
        DownloadError: the hub does not have it or cannot be reached.
        Cancelled: nobody waits for the job any more that asks.
    """
    return _STUDIES.get(model_id)


def kept(model_id: str) -> Study | Brought | None:
    """What a visitor brought, by its id: a study, or pictures for a diffusion model; None where it
    is no longer kept, or where it is no visitor's id."""
    return _STUDIES.kept(str(model_id or "").strip())


def brought(model_id: str) -> Brought | None:
    """A visitor's pictures for a diffusion model; None where the id is of something else."""
    from genlens.anchors.sets.brought import Brought

    own = kept(model_id)
    return own if isinstance(own, Brought) else None


def register(name: str, study: Study | Brought, age: float = 0.0) -> str:
    """Keep a visitor's own ``study``, or pictures for a diffusion model, called ``name``; returns
    the id to ask for it with.

    The id ends in 128 random bits, so that nobody finds another visitor's model by guessing. It is
    kept for ``LIFETIME_S`` less ``age``, the seconds since its pictures came.
    """
    return _STUDIES.register(name, study, age)


def age(model_id: str) -> float:
    """Seconds since the pictures of a visitor's model came; 0 for all others."""
    return _STUDIES.age(model_id)
