"""How long-running work reports its progress, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genlens.errors import Cancelled

Progress = Callable[[int, int, str], None]
"""``progress(done, total, text)``."""


Cancel = Callable[[], bool]
"""Asked between batches; True stops the work with ``errors.Cancelled``."""


def batches(
    total: int,
    size: int,
    text: str,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[int]:
    """``range(0, total, size)`` that asks before each step whether to stop, and reports after it.

    Raises:
        Cancelled: ``cancel()`` said so.
    """
    for start in range(0, total, size):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {start} of {total}")
        yield start
        if progress is not None:
            done = min(start + size, total)
            progress(done, total, f"{text}: {done} of {total}")
