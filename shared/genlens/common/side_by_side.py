"""The same work on many things, in several processes side by side."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from genlens.common.progress import Cancel
from genlens.errors import Cancelled

Result = TypeVar("Result")
_ASK_S = 0.5  # how often cancel is asked while nothing ends


def side_by_side(
    work: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    processes: int,
    *,
    cancel: Cancel | None = None,
) -> Iterator[Result]:
    """``work(*task)`` of each of ``tasks``, in their order. They are begun in this order too: put
    first what takes longest.

    Work, tasks and results travel between processes, so they have to be picklable; each process
    loads its own models, and computes with ``threads_each(processes)`` threads.

    Raises:
        Cancelled: ``cancel()`` said so; the processes end at once, as they do where the one that
            called them is killed.
        whatever ``work`` raises.
    """
    context = multiprocessing.get_context("spawn")  # a forked copy of torch's threads can hang
    ended, lifeline = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        processes,
        mp_context=context,
        initializer=_start,
        initargs=(threads_each(processes), ended),
    )
    try:
        answers = [pool.submit(work, *task) for task in tasks]
        for i, answer in enumerate(answers):
            _await(answer, cancel, f"stopped after {i} of {len(answers)}")
            yield answer.result()
        pool.shutdown()
    finally:
        lifeline.close()  # whoever is still at work leaves now, so this does not wait for it
        pool.shutdown(cancel_futures=True)


def threads_each(processes: int) -> int:
    """How many threads each of ``processes`` gets: its share of the cores, 1 at least."""
    return max(1, (os.cpu_count() or 1) // processes)


def _await(answer: Future[Result], cancel: Cancel | None, text: str) -> None:
    while True:
        if cancel is not None and cancel():
            raise Cancelled(text)
        if wait([answer], timeout=_ASK_S).done:
            return


def _start(threads: int, ended: Connection) -> None:
    threading.Thread(target=_leave_when, args=(ended,), daemon=True).start()
    import torch

    torch.set_num_threads(threads)


def _leave_when(ended: Connection) -> None:
    """End this process once nobody holds the pipe's other end: the work is done with, or its
    caller is gone. Otherwise it would go on for minutes for nobody."""
    ended.poll(None)
    os._exit(0)
