"""The one cache of the process: models, and what is expensive to make with them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


class Memory:
    """Keeps what was used last, at most ``max_bytes`` of arrays and weights.

    A value is built once, while other threads that ask for it wait; different values are built
    side by side. What was used longest ago goes first; the newest stays, however large. What two
    values share counts for both.

    A key says everything that the value depends on, by content: a model's id, revision and source,
    and all parameters. A key made of ``id(...)`` would return what belongs to another object after
    the first one is gone.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._building: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], T]) -> T:
        """The value of ``key``, kept or made by ``build()``. When that raises, nothing is kept,
        and the next thread that waits for the value tries again."""
        while True:
            with self._lock:
                if key in self._held:
                    self._held.move_to_end(key)
                    value: T = self._held[key][0]
                    return value
                done = self._building.get(key)
                if done is None:
                    done = self._building[key] = threading.Event()
                    break
            done.wait()
        try:
            value = build()
            size = held_bytes(value)
            with self._lock:
                self._held[key] = (value, size)
                while len(self._held) > 1 and self._sum() > self.max_bytes:
                    self._held.popitem(last=False)
            return value
        finally:
            with self._lock:
                del self._building[key]
            done.set()

    def last(self, fits: Callable[[Any], bool]) -> Any | None:
        """Of the values that ``fits``, the one used last; None where none does."""
        with self._lock:
            held = [value for value, _ in reversed(self._held.values())]
        return next((value for value in held if fits(value)), None)

    def __contains__(self, key: Hashable) -> bool:
        """Whether a value is kept now."""
        with self._lock:
            return key in self._held

    def drop(self, content: Hashable) -> None:
        """Forget every value whose key names ``content``: all that was made of it."""
        with self._lock:
            for key in [k for k in self._held if isinstance(k, tuple) and content in k]:
                del self._held[key]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()

    @property
    def bytes(self) -> int:
        """Size of what is kept."""
        with self._lock:
            return self._sum()

    def __len__(self) -> int:
        return len(self._held)

    def _sum(self) -> int:
        return sum(size for _, size in self._held.values())


def held_bytes(value: object) -> int:
    """Size of the arrays and tensors that ``value`` holds, in containers and in the attributes of
    objects, each counted once."""
    import torch  # not before something is kept: the catalog is listed without it

    total, seen, left = 0, set[int](), [value]
    while left:
        item = left.pop()
        if id(item) in seen or isinstance(item, (type, ModuleType)):
            continue
        seen.add(id(item))
        if isinstance(item, (np.ndarray, torch.Tensor)):
            total += item.nbytes
        elif isinstance(item, torch.nn.Module):
            left += [*item.parameters(), *item.buffers()]
        elif isinstance(item, Mapping):
            left += item.values()
        elif isinstance(item, (list, tuple, set, frozenset)):
            left += item
        elif hasattr(item, "__dict__"):
            left += vars(item).values()
    return total


MEMORY = Memory(max_bytes=8_000_000_000)
"""Shared by all of genlens. 8 GB hold a large pipeline in half precision and what it needs."""
