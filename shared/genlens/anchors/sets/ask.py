"""What is asked of an anchor set, and what each kind of set knows about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from genlens.anchors.sets.pictures import Pictures
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.download.published import published


@dataclass(frozen=True)
class Ask:
    """``image_shape`` (c, h, w) of the model, None for the pictures' own; ``n`` pictures, None for
    the set's usual number; ``seed`` of which; ``classes`` what the labels say, "" for the set's
    first choice."""

    image_shape: tuple[int, int, int] | None = None
    n: int | None = None
    seed: int = 0
    classes: str = ""
    progress: Progress | None = None
    cancel: Cancel | None = None


@dataclass(frozen=True)
class AnchorKind:
    """A set that is known by name.

    ``title`` in words; ``licence`` of the pictures; ``ships`` what of it comes with genlens;
    ``fetched`` the name that ``genlens fetch`` has for the rest, "" where nothing is missing;
    ``classes`` what its labels can say; ``build`` makes it.
    """

    name: str
    title: str
    licence: str
    ships: str
    build: Callable[[Ask], Pictures]
    fetched: str = ""
    classes: tuple[str, ...] = ()

    def missing(self) -> str:
        """The command that brings the pictures that do not ship, "" where all are here."""
        if not self.fetched or published(self.fetched).here() is not None:
            return ""
        return published(self.fetched).command

    def make(self, ask: Ask) -> Pictures:
        """The set.

        Raises:
            InputError: no such classes, or none of its pictures are here.
        """
        if ask.classes and ask.classes not in self.classes:
            known = ", ".join(self.classes) or "no others"
            raise InputError(f"{self.name} has no classes {ask.classes!r}: take {known}")
        return self.build(ask)
