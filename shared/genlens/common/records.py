"""What results share: one way to be written down, and one note of what made them."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np

import genlens
from genlens.errors import InputError

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

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # A dataclass would write its own, of whole arrays; one that is there already stays.
        if "__repr__" not in vars(cls):
            cls.__repr__ = Record.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """One line: arrays by type and shape, records within by name, long values cut."""
        parts = (f"{each.name}={brief(getattr(self, each.name))}" for each in fields(self))
        return f"{type(self).__name__}({', '.join(parts)})"

    def plot(self, **options: Any) -> genlens.figures.Drawing:
        """The result as a figure that a notebook shows and ``.save("x.html")`` writes.

        Args:
            options: ``picture``, of maps of pixels: (1 or 3, h, w) in [0, 1].

        Raises:
            InputError: see ``figures.draw``.
        """
        # By the public face, which loads what it names on first use: results import no figures.
        return genlens.figures.draw(self, **options)

    def _repr_html_(self) -> str:
        try:
            return self.plot()._repr_html_()
        except InputError:  # it needs a picture: the line has to do
            return f"<code>{html.escape(repr(self))}</code>"

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, by name; NaN and infinity become None."""
        written: dict[str, Any] = {}
        for each in fields(self):
            write = each.metadata.get(_WRITTEN, lambda name, value: {name: value})
            written |= write(each.name, getattr(self, each.name))
        written |= {name: getattr(self, name) for name in self.also_written}
        return {name: plain(value) for name, value in written.items()}


def brief(value: Any, most: int = 60) -> str:
    """``value`` in at most ``most`` characters: an array of up to 8 numbers as they are, a larger
    one as "float64 (3, 64, 64)", a record by its name, many values by their number."""
    if isinstance(value, Record):
        return f"{type(value).__name__}(…)"
    if isinstance(value, np.ndarray):
        if value.ndim == 1 and value.size <= 8:
            return brief([round(v, 4) if isinstance(v, float) else v for v in value.tolist()], most)
        return f"{value.dtype} {value.shape}"
    if isinstance(value, (list, tuple, Mapping)) and len(value) > 8:
        return f"{len(value)} values"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(brief(item, most) for item in value)
        text = f"[{inside}]" if isinstance(value, list) else f"({inside})"
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}: {brief(item, most)}" for key, item in value.items()) + "}"
    else:
        text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


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
