"""What visitors of the page make, faces and classifiers: few, and gone within the hour."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

from genlens.errors import InputError
from genlens.ui.serving.lifetimes import LIFETIME_S, tidy_regularly
from genlens.ui.studies import OWN

T = TypeVar("T")


def is_own(name: str) -> bool:
    """Whether ``name`` is one that ``Kept.keep`` gave."""
    return str(name).startswith(OWN)


class Kept(Generic[T]):
    """Values by names that nobody can guess: at most ``most``, none longer than ``seconds``.

    ``what`` says what they are, in messages: "face".
    """

    def __init__(self, what: str, most: int = 256, seconds: float = LIFETIME_S) -> None:
        self._what, self._most, self._seconds = what, most, seconds
        self._values: OrderedDict[str, tuple[T, float]] = OrderedDict()
        self._lock = threading.Lock()
        tidy_regularly(self, Kept.tidy, min(60.0, seconds / 10))

    def keep(self, value: T) -> str:
        """Keep ``value``; the name to ask for it with ends in 128 random bits."""
        name = f"{OWN}{secrets.token_urlsafe(16)}"
        with self._lock:
            self._values[name] = (value, time.monotonic())
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return name

    def get(self, name: str) -> T:
        """The value called ``name``.

        Raises:
            InputError: it is gone, or never was.
        """
        with self._lock:
            found = self._values.get(name)
            if found is None:
                raise InputError(
                    f"that {self._what} is no longer here: the page keeps the last {self._most}, "
                    "and none for an hour. Make it again"
                )
            self._values.move_to_end(name)
            return found[0]

    def tidy(self) -> None:
        """Forget what is too old."""
        late = time.monotonic() - self._seconds
        with self._lock:
            for name in [n for n, (_, kept) in self._values.items() if kept < late]:
                del self._values[name]
