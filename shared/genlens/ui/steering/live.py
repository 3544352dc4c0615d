"""Work in a thread, so that a page can show how far it is while it goes on."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

from genlens.errors import Cancelled, GenlensError
from genlens.ui.jobs import outrun
from genlens.ui.own_models import note_html

_STOPPED = "This was stopped half-way: open the tab again, or press its button."
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


class Told:
    """A ``Progress`` that a page shows in its own HTML, where gradio would show none: in a tab that
    fills itself."""

    def __init__(self, why: str) -> None:
        self._why, self._step = why, (0, 0, "")

    def __call__(self, done: int, total: int, text: str) -> None:
        self._step = (done, total, text)

    def html(self) -> str:
        """``why``, and how far the step at work is."""
        done, total, text = self._step
        bar = f'<progress max="{total}" value="{done}"></progress> ' if total else ""
        step = html.escape(text) if text else "Starting …"
        return (
            f'<div class="gl"><p class="gl-note" role="status">{html.escape(self._why)}<br>{bar}'
            f'<span class="gl-soft">{step}</span></p></div>'
        )


def looking(why: str, work: Callable[[Told, Callable[[], bool]], T]) -> Iterator[str | T]:
    """What a tab that fills itself shows: where it takes longer than a moment, ``why`` and how far
    it is, twice a second, as HTML; then what ``work`` (of a progress and a cancel) gave back.

    It gives way to whatever its visitor asks for meanwhile, and ends when nobody waits for it.

    Raises:
        GenlensError: that of ``work``, after a note in its place.
    """
    told, left = Told(why), threading.Event()
    live = Live(lambda: work(told, lambda: left.is_set() or outrun()))
    try:
        for _ in live.ticks(0.5):
            yield told.html()
        yield live.result()
    except GenlensError as error:
        yield note_html(_STOPPED if isinstance(error, Cancelled) else str(error), warn=True)
        raise
    finally:
        left.set()  # the visitor left, or it is done
