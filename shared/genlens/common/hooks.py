"""Forward hooks as a context manager."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


@contextmanager
def hooked(
    modules: Iterable[nn.Module], function: Callable[[nn.Module, Any, Any], Any]
) -> Iterator[None]:
    """``function(module, inputs, output)`` after every forward pass of ``modules`` inside the
    block; the hooks come off however the block ends."""
    handles = []
    try:
        for module in modules:
            handles.append(module.register_forward_hook(function))
        yield
    finally:
        for handle in handles:
            handle.remove()
