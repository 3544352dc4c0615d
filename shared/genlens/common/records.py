"""What results share: one way to be written down, and one note of what made them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np

import genlens

_WRITTEN = "written"


def plain(value: Any) -> Any:
    """``value`` as JSON has it: arrays as lists, records as dictionaries, NaN and infinity as None.

    Anything else is returned unchanged.
    """
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value


@dataclass(frozen=True)
class Record:
    """Base of all results. ``to_dict`` writes the fields, and the properties that
    ``also_written`` names; ``UNWRITTEN``, ``MERGED`` and ``written_as`` mark fields that differ."""

    also_written: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, by name; NaN and infinity become None."""
        written: dict[str, Any] = {}
        for each in fields(self):
            write = each.metadata.get(_WRITTEN, lambda name, value: {name: value})
            written |= write(each.name, getattr(self, each.name))
        written |= {name: getattr(self, name) for name in self.also_written}
        return {name: plain(value) for name, value in written.items()}


def written_as(convert: Callable[[Any], Any]) -> dict[str, Any]:
    """Metadata of a field that ``to_dict`` writes as ``convert(value)``."""
    return {_WRITTEN: lambda name, value: {name: convert(value)}}


UNWRITTEN: dict[str, Any] = {_WRITTEN: lambda name, value: {}}
"""Metadata of a field that ``to_dict`` leaves out: ``field(metadata=UNWRITTEN)``."""
MERGED: dict[str, Any] = {_WRITTEN: lambda name, value: value.to_dict()}
"""Metadata of a field holding a ``Record`` whose keys ``to_dict`` writes beside the others."""


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    libraries = {name: version(name) for name in ("torch", "numpy")}
    return tuple({"genlens": genlens.__version__, **libraries}.items())


def versions() -> dict[str, str]:
    """Versions of genlens, torch and numpy in this process."""
    return dict(_versions())


@dataclass(frozen=True)
class MadeBy(Record):
    """What made a result, so that it can be made again.

    ``model``, ``revision``, ``source`` and ``licence`` are of the model that is explained ("" where
    none is known), ``device`` is where it ran. ``settings`` are the method's; the names of other
    models that took part stand among them. ``model_calls`` counts inputs put through the model;
    ``seconds`` is wall time, which ``stages`` shares out where it was taken stage by stage.
    """

    model: str = ""
    revision: str = ""
    source: str = ""
    licence: str = ""
    device: str = ""
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    model_calls: int = 0
    seconds: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=versions)


def seconds_since(started: float) -> float:
    """Seconds since ``time.perf_counter()`` was ``started``, to a tenth of a millisecond."""
    return round(time.perf_counter() - started, 4)
