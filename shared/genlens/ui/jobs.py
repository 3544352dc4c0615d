"""Running a model for a page: a GPU where the Space lends one, progress, and cancel."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import gradio as gr

F = TypeVar("F", bound=Callable[..., Any])

_KEPT = 256


class CancelFlags:
    """One flag for each visitor's session; the oldest are forgotten beyond 256."""

    def __init__(self) -> None:
        self._flags: OrderedDict[str, threading.Event] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, session: str | None) -> Callable[[], bool]:
        """Lower the session's flag; the returned function says whether it was raised since."""
        flag = threading.Event()
        with self._lock:
            self._flags[session or ""] = flag
            self._flags.move_to_end(session or "")
            while len(self._flags) > _KEPT:
                self._flags.popitem(last=False)
        return flag.is_set

    def cancel(self, session: str | None) -> bool:
        """Raise the session's flag; False when it has started nothing."""
        with self._lock:
            flag = self._flags.get(session or "")
        if flag is None:
            return False
        flag.set()
        return True

    def hooks(
        self, request: gr.Request, progress: gr.Progress, unit: str = "steps"
    ) -> dict[str, Any]:
        """The arguments ``progress`` and ``cancel`` of work that this visitor starts."""
        return {
            "progress": lambda done, total, text: progress((done, total), desc=text, unit=unit),
            "cancel": self.start(request.session_hash),
        }


def on_gpu(function: F, duration: int = 60) -> F:
    """``function`` under ``spaces.GPU`` where that exists (a ZeroGPU Space), else itself.

    On ZeroGPU the body runs in a forked process and its arguments are pickled, so give it plain
    values only: callbacks for progress and cancel cannot cross (see ``lends_gpu``).
    """
    import spaces

    decorate = getattr(spaces, "GPU", None)
    return decorate(duration=duration)(function) if decorate else function


def lends_gpu() -> bool:
    """Whether calls are forked off to a lent GPU (ZeroGPU)."""
    return bool(os.environ.get("SPACES_ZERO_GPU"))
