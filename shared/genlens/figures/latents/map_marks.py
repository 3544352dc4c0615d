"""The marks of the latent map: what stands for a picture, told apart by colour and by shape."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.figures.palette import CLASSES, NONE, sequential

DOT = "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z"
SHAPES = (
    DOT,
    "M-4.2-4.2H4.2V4.2H-4.2Z",  # square
    "M0-5.6L5.2 4.2H-5.2Z",  # triangle
    "M0-6L5 0 0 6-5 0Z",  # diamond
    "M0 5.6L5.2-4.2H-5.2Z",  # triangle on its head
    "M-1.7-5.2H1.7V-1.7H5.2V1.7H1.7V5.2H-1.7V1.7H-5.2V-1.7H-1.7Z",  # plus
    "M-2.5-4.9L0-2.4 2.5-4.9 4.9-2.5 2.4 0 4.9 2.5 2.5 4.9 0 2.4-2.5 4.9-4.9 2.5-2.4 0-4.9-2.5Z",
    "M0-6.2L1.6-2 6-1.8 2.5 1 3.8 5.4 0 2.8-3.8 5.4-2.5 1-6-1.8-1.6-2Z",  # star
    "M-5.2 0a5.2 5.2 0 1 0 10.4 0a5.2 5.2 0 1 0-10.4 0ZM-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0"
    "-4.4 0Z",  # ring
    "M-4.8-5.2H4.8L1.2 0 4.8 5.2H-4.8L-1.2 0Z",  # hourglass
    "M-6.2-2.3H6.2V2.3H-6.2Z",  # lying bar
    "M-2.3-6.2H2.3V6.2H-2.3Z",  # standing bar
)
"""Outlines around (0, 0), in the map's units."""


class Marks:
    """How pictures are drawn: by class, by number, or all alike.

    Args:
        classes: (n,) indices into ``names``, -1 for none.
        names: of the classes; where each is one character, the mark is that character.
        values: (n,) numbers instead, dark is little, bright is much, NaN is grey.
    """

    def __init__(
        self,
        classes: np.ndarray | None = None,
        names: Sequence[str] = (),
        values: np.ndarray | None = None,
    ) -> None:
        self._classes, self._names = classes, [str(name) for name in names]
        self._letters = bool(self._names) and all(len(name) == 1 for name in self._names)
        self._shades = _shades(values) if values is not None else None

    def svg(self, index: int, x: float, y: float, *, faded: bool = False) -> str:
        """The mark of picture ``index`` at (x, y)."""
        kind, attributes, text = self._look(index)
        tag = "text" if text else "path"
        return (
            f'<{tag} class="gl-mark {kind}{" gl-faded" if faded else ""}" data-i="{index}" '
            f'transform="translate({x:.1f} {y:.1f})"{attributes}>{text}</{tag}>'
        )

    def legend(self) -> str:
        """List items that say which mark is which class; "" without classes."""
        if self._classes is None:
            return ""
        looks = [(*self._look_of(i), name) for i, name in enumerate(self._names)]
        if (np.asarray(self._classes) < 0).any():
            looks.append((*self._look_of(-1), "no class"))
        return "".join(
            f'<li><svg class="gl-shape" viewBox="-9 -9 18 18" aria-hidden="true">{_sample(*look)}'
            f"</svg>{html.escape(name)}</li>"
            for *look, name in looks
        )

    def _look(self, index: int) -> tuple[str, str, str]:
        """(CSS class, further attributes, text inside) of a picture's mark."""
        if self._shades is not None:
            return "gl-valued", f' fill="{self._shades[index]}" d="{DOT}"', ""
        return self._look_of(0 if self._classes is None else int(self._classes[index]))

    def _look_of(self, kind: int) -> tuple[str, str, str]:
        """The same of a class."""
        if kind < 0:
            return "gl-none", f' fill="{NONE}" d="{DOT}"', ""
        if self._letters:
            return _class(kind), "", html.escape(self._names[kind])
        return _class(kind), f' d="{_shape(kind)}"', ""


def _sample(kind: str, attributes: str, text: str) -> str:
    tag = "text" if text else "path"
    return f'<{tag} class="gl-mark {kind}"{attributes}>{text}</{tag}>'


def _class(index: int) -> str:
    return f"gl-c{index % len(CLASSES)}"


def _shape(index: int) -> str:
    """No two of 144 classes have both the colour and the shape in common."""
    return SHAPES[(index + index // len(CLASSES)) % len(SHAPES)]


def _shades(values: np.ndarray) -> list[str]:
    known = np.asarray(values, dtype=float)
    low, high = np.nanmin(known), np.nanmax(known)
    spread = (high - low) or 1.0
    return [NONE if v != v else sequential((v - low) / spread) for v in known]
