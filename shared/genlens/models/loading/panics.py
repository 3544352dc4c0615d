"""Panics of libraries that are written in Rust."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def no_panics() -> Iterator[None]:
    """A panic inside, which tokenizers answers some damaged files with, becomes a ``ValueError``.

    It would come as a ``BaseException`` that no library names and no ``except Exception`` holds.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise ValueError(f"it is damaged ({error})") from error
