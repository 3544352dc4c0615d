"""Edits of cartoon faces by drawing them again: one attribute changes and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genlens.errors import InputError
from genlens.steering.hypotheses.edits.edit import Pairs
from genlens.steering.hypotheses.edits.shams import moved_change
from genlens.worlds.avatars import CHOICES, PROPERTIES, draw_codes, faces_of


@dataclass(frozen=True)
class Redraw:
    """Faces of ``worlds.avatars`` whose ``factor`` is changed from one of the values ``off`` to one
    of ``on``, each drawn by chance; everything else stays, pixel for pixel, but what the part
    covers.

    Args:
        factor: of ``CHOICES``: "glasses".
        off: values that a face may have before; () for all but ``on``.
        on: values that it may have after; not one of ``off``.
        title: what is done, in words; "" makes them.
        size: side of the pictures in pixels: 32, 64 or 128.
        aims: see ``Edit``.

    Raises:
        InputError: a factor or value that does not exist, or a value that is both.
    """

    factor: str
    on: tuple[str, ...]
    off: tuple[str, ...] = ()
    title: str = ""
    size: int = 64
    aims: Mapping[str, int] = field(default_factory=dict)
    control_title: str = "the same change of pixels, moved elsewhere on the face"
    exact: bool = True

    def __post_init__(self) -> None:
        if self.factor not in CHOICES:
            raise InputError(
                f"{self.factor!r} is nothing a face has: take one of {', '.join(CHOICES)}"
            )
        values = CHOICES[self.factor]
        object.__setattr__(self, "off", self.off or tuple(v for v in values if v not in self.on))
        for value in (*self.on, *self.off):
            if value not in values:
                raise InputError(f"no {self.factor} is {value!r}: take {', '.join(values)}")
        both = set(self.on) & set(self.off)
        if both or not self.on or not self.off:
            raise InputError(
                f"{self.factor} from {list(self.off)} to {list(self.on)} changes nothing on some "
                "faces: take different values, at least one each"
            )
        if not self.title:
            words = f"{self.factor.replace('_', ' ')}: {_any(self.off)} → {_any(self.on)}"
            object.__setattr__(self, "title", words)

    @classmethod
    def of_property(cls, name: str, **more: Any) -> Redraw:
        """The edit that gives a face the property ``name`` of ``worlds.avatars.PROPERTIES``.

        Raises:
            InputError: no such property.
        """
        if name not in PROPERTIES:
            raise InputError(f"{name!r} is not a property of a face: take {', '.join(PROPERTIES)}")
        factor, values = PROPERTIES[name]
        return cls(factor, values, **more)

    def pairs(self, start: int, n: int, seed: int) -> Pairs:
        """See ``Edit``."""
        codes = {f: c[start:] for f, c in draw_codes(start + n, seed).items()}
        # one row of chances a face, so that face i does not depend on how many are asked for
        chances = np.random.default_rng([seed, 23]).random((start + n, 2))[start:]
        before, after = (
            faces_of({**codes, self.factor: self._picked(values, chances[:, i])}, size=self.size)
            for i, values in enumerate((self.off, self.on))
        )
        first, second = before.tensor(), after.tensor()
        return Pairs(first, second, moved_change(first, second, start, seed))

    def spec(self) -> dict[str, Any]:
        """See ``Edit``."""
        return {
            "kind": "redraw",
            "factor": self.factor,
            "off": list(self.off),
            "on": list(self.on),
            "size": self.size,
        }

    def _picked(self, values: tuple[str, ...], chances: np.ndarray) -> np.ndarray:
        codes = np.array([CHOICES[self.factor].index(v) for v in values], np.int64)
        return codes[np.minimum((chances * len(values)).astype(np.int64), len(values) - 1)]


def _any(values: tuple[str, ...]) -> str:
    words = [value.replace("_", " ") for value in values]
    return " or ".join(words) if len(words) <= 3 else f"{words[0]} … {words[-1]}"
