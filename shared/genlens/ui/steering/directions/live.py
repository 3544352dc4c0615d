"""Work in a thread, so that a page can show how far it is while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class Live(Generic[T]):
    """``work()`` in a thread of its own, which sees the job that the page runs.

    ::

        live = Live(work)
        for _ in live.ticks(0.5):
            yield how_far()
        yield live.result()
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._done = threading.Event()
        self._found: list[T] = []
        self._error: list[BaseException] = []
        self._work = work
        context = copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run), daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # raised again by ``result``, where the page handles it
            self._error.append(error)
        finally:
            self._done.set()

    def ticks(self, seconds: float) -> Iterator[None]:
        """Once every ``seconds``, until the work has ended."""
        while not self._done.wait(seconds):
            yield

    def result(self) -> T:
        """What ``work`` gave back; its error is raised."""
        self._thread.join()
        if self._error:
            raise self._error[0]
        return self._found[0]
