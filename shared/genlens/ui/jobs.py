"""Running a model for a page: a GPU where the Space lends one, progress, and stopping.

A job is one event of gradio's queue. It is stopped by its visitor's Cancel, by a newer event of the
same button, or because the visitor's page was closed; whatever works for it asks ``stopped`` (or
the function that ``CancelFlags.start`` gave) before each batch.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import gradio as gr
    from gradio.queueing import Event, Queue

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

_KEPT = 256


class Job:
    """One event of gradio's queue while it is worked on. It has no state of its own."""

    def __init__(self, queue: Queue, event: Event) -> None:
        self._queue, self._event = queue, event

    @property
    def joined(self) -> float:
        """When it entered the queue (``time.monotonic``)."""
        return self._event.enqueue_time

    @property
    def for_page(self) -> bool:
        """Whether a button of the page asked, and not a program that named an endpoint."""
        return bool(self._event.fn.api_visibility == "private")

    def stop(self) -> None:
        """Nobody wants the result any more."""
        self._event.alive = False

    def stopped(self) -> bool:
        """Whether nobody waits for it: the client is gone, or has asked anew."""
        return not self._event.alive or self.replaced()

    def replaced(self) -> bool:
        """Whether the same page asks for the same thing anew. (A program may ask for many things
        side by side: these do not replace each other.)"""
        return self.for_page and any(e.fn is self._event.fn for e in self._waiting())

    def outrun(self) -> bool:
        """Whether nobody waits for it, or its visitor has asked for something else meanwhile: what
        fills a tab by itself then gives way, and is done when the tab is opened again."""
        return self.stopped() or any(e.fn.trigger_after is None for e in self._waiting())

    def companions(self) -> bool:
        """Whether the same client has other work waiting or running."""
        running = [e for events in list(self._queue.active_jobs) if events for e in events]
        mine = [e for e in running if e.session_hash == self._event.session_hash]
        return bool(self._waiting()) or any(e is not self._event for e in mine)

    async def drop_waiting(self) -> int:
        """Take the client's other work out of the queue; how many events that were.

        Each ends at once for its client, with its outputs as they were.
        """
        from gradio.server_messages import ProcessCompletedMessage

        waiting = self._waiting()
        for event in waiting:
            await self._queue.remove_from_queue(event._id)
            same = {"data": [{"__type__": "update"} for _ in event.fn.outputs]}
            ended = ProcessCompletedMessage(output=same, success=True, event_id=event._id)
            self._queue.send_message(event, ended)
            event.alive = False  # last: nothing is sent to an event that is not alive
        return len(waiting)

    def _waiting(self) -> list[Event]:
        lanes = list(self._queue.event_queue_per_concurrency_id.values())
        waiting = [e for lane in lanes for e in list(lane.queue)]
        return [e for e in waiting if e.session_hash == self._event.session_hash]


_current: ContextVar[Job | None] = ContextVar("genlens_job", default=None)


@contextmanager
def at_work(job: Job | None) -> Iterator[None]:
    """``job`` is what ``current`` gives inside, and in the threads that are started there."""
    token = _current.set(job)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Job | None:
    """The job this code works for; None outside gradio's queue."""
    return _current.get()


def stopped() -> bool:
    """Whether nobody waits any more for the job this code works for."""
    job = current()
    return job is not None and job.stopped()


def outrun() -> bool:
    """``stopped``, or its visitor has asked for something else meanwhile (``Job.outrun``)."""
    job = current()
    return job is not None and job.outrun()


class CancelFlags:
    """One flag for each visitor's session; the oldest are forgotten beyond 256."""

    def __init__(self) -> None:
        self._flags: OrderedDict[str, threading.Event] = OrderedDict()
        self._cancelled: OrderedDict[str, float] = OrderedDict()  # session -> when
        self._lock = threading.Lock()

    def start(self, session: str | None) -> Callable[[], bool]:
        """Lower the session's flag; the returned function says whether to stop: the flag was raised
        since (or while the job waited in the queue), or nobody waits for the job any more."""
        flag, job = threading.Event(), current()
        with self._lock:
            if job is not None and job.joined < self._cancelled.get(session or "", 0.0):
                flag.set()
            _remember(self._flags, session or "", flag)
        return lambda: flag.is_set() or (job is not None and job.stopped())

    def cancel(self, session: str | None) -> bool:
        """Raise the session's flag, also for jobs that still wait in the queue; False when nothing
        of the session runs or waits."""
        with self._lock:
            _remember(self._cancelled, session or "", time.monotonic())
            flag = self._flags.get(session or "")
        if flag is not None:
            flag.set()
        job = current()
        return job.companions() if job is not None else flag is not None

    def hooks(
        self, request: gr.Request, progress: gr.Progress, unit: str = "steps"
    ) -> dict[str, Any]:
        """The arguments ``progress`` and ``cancel`` of work that this visitor starts."""
        return {
            "progress": lambda done, total, text: progress((done, total), desc=text, unit=unit),
            "cancel": self.start(request.session_hash),
        }


def _remember(shelf: OrderedDict[str, Any], session: str, value: Any) -> None:
    shelf[session] = value
    shelf.move_to_end(session)
    while len(shelf) > _KEPT:
        shelf.popitem(last=False)


def on_gpu(function: F, duration: int = 60) -> F:
    """``function`` under ``spaces.GPU`` where that exists (a ZeroGPU Space), else itself.

    On ZeroGPU the body runs in a forked process and its arguments are pickled, so give it plain
    values only: callbacks for progress and cancel cannot cross (see ``lends_gpu``).
    """
    import spaces

    decorate = getattr(spaces, "GPU", None)
    return decorate(duration=duration)(function) if decorate else function


def lent(function: Callable[..., R], *values: Any, **hooks: Any) -> R:
    """What ``function``, decorated by ``on_gpu``, returns; ``hooks``, callbacks for progress and
    cancel, are left out where they cannot cross to the GPU's process."""
    return function(*values, **({} if lends_gpu() else hooks))


def lends_gpu() -> bool:
    """Whether calls are forked off to a lent GPU (ZeroGPU)."""
    return bool(os.environ.get("SPACES_ZERO_GPU"))
