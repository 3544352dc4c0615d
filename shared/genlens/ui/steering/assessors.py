"""Which assessors the page offers: those that genlens has, and those a visitor trained on it."""

from __future__ import annotations

import torch

from genlens.errors import InputError
from genlens.models.contracts import Assessor
from genlens.ui.steering.kept import Kept, is_own

_OWN: Kept[Assessor] = Kept("assessor", most=32)


class _Brightness:
    """How light a picture is on average."""

    name, title, unit = "brightness", "Brightness", "share of white"
    range = (0.0, 1.0)
    differentiable = True
    help = "The mean of all pixels: 0 is black, 1 is white."

    def missing(self) -> str:
        return ""

    def score(self, images: torch.Tensor) -> torch.Tensor:
        return images.float().mean((1, 2, 3))


LISTED: dict[str, Assessor] = {"brightness": _Brightness()}
"""By name, in the order of the picker; the first is what the page opens with."""


def choices() -> list[tuple[str, str]]:
    """(label, name) of every assessor for everybody."""
    return [(each.title, name) for name, each in LISTED.items()]


def keep(assessor: Assessor) -> str:
    """Keep a visitor's own assessor; the name to ask for it with."""
    return _OWN.keep(assessor)


def assessor(name: str) -> Assessor:
    """The assessor called ``name``: one of ``choices``, or a visitor's own.

    Raises:
        InputError: there is none, it is gone, or a network it needs is not here.
    """
    if is_own(name):
        return _OWN.get(name)
    found = LISTED.get(str(name or ""))
    if found is None:
        raise InputError(f"there is no assessor {str(name)[:40]!r}: take {', '.join(LISTED)}")
    if command := found.missing():
        raise InputError(f"{found.title} needs a network that is not here: run {command}")
    return found
