"""What genlens refuses, said on the page: a toast, while the last result stays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from genlens.errors import Cancelled, GenlensError
from genlens.figures.sentences import sentence_case
from genlens.ui.jobs import current

F = TypeVar("F", bound=Callable[..., Any])


def as_toasts(function: F) -> F:
    """``function`` for gradio: a ``GenlensError`` becomes ``gr.Error`` with the same message.

    gradio leaves the outputs of a failed event as they were. A job that was stopped is no error on
    a page: it changes nothing, and says so in a plain note; a program gets the error. Other
    exceptions pass through, so that they are logged; gradio hides their text from visitors. A
    generator stays one.
    """
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def guarded_steps(*args: Any, **kwargs: Any) -> Any:
            try:
                with _toasts():
                    yield from function(*args, **kwargs)
            except Cancelled:
                yield _noted()

        return guarded_steps  # type: ignore[return-value]

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            with _toasts():
                return function(*args, **kwargs)
        except Cancelled:
            return _noted()

    return guarded  # type: ignore[return-value]


def _noted() -> Any:
    """A stopped job's outputs, which change nothing, after a note."""
    import gradio as gr

    job = current()
    if job is None or not (job.replaced() or job.outrun()):
        gr.Info("Cancelled; the last result stays.", title="Stopped", duration=4)
    return gr.skip()


@contextmanager
def _toasts() -> Iterator[None]:
    import gradio as gr

    try:
        yield
    except Cancelled as error:
        job = current()
        if job is not None and job.for_page:
            raise
        raise gr.Error(
            "Cancelled; the last result stays.", title="Stopped", duration=6, print_exception=False
        ) from error
    except GenlensError as error:
        text = str(error)
        raise gr.Error(
            sentence_case(text),
            title="Not explained", duration=15, print_exception=False,
        ) from error  # fmt: skip
