"""An assessor made of a function, which is also how one adds one's own::

def green(images):                        # (n, 3, h, w) in [0, 1] -> (n,)
    return images[:, 1].mean((1, 2))

generator_is_green = own_assessor(green, name="green", unit="0 to 1", range=(0, 1))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from genlens.errors import InputError
from genlens.models.assessors.checks import checked_scores, colour_pictures

Function = Callable[[torch.Tensor], torch.Tensor]
ANY = (float("-inf"), float("inf"))


@dataclass(frozen=True)
class FunctionAssessor:
    """See ``contracts.Assessor``.

    ``function`` gives (n,) numbers of (n, 3, h, w) pictures in [0, 1]; ``equation``, ``misleads``
    and ``paper`` are for its note.
    """

    name: str
    title: str
    unit: str
    function: Function
    range: tuple[float, float] = ANY
    differentiable: bool = True
    help: str = ""
    equation: str = ""
    misleads: str = ""
    paper: str = ""

    def missing(self) -> str:
        """ "": it needs no network."""
        return ""

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,) float32 of ``images``, grey ones as grey RGB.

        Raises:
            InputError: no pictures, or NaN or infinity for some; the message names the assessor.
            ModelError: the function does not give one number a picture.
        """
        scores = self.function(colour_pictures(images))
        return checked_scores(scores, len(images), self.name)


def own_assessor(
    function: Function,
    *,
    name: str,
    title: str = "",
    unit: str = "",
    range: tuple[float, float] = ANY,
    differentiable: bool = True,
    help: str = "",
) -> FunctionAssessor:
    """An assessor from a function.

    Args:
        function: gives (n,) numbers of pictures (n, 3, h, w) in [0, 1].
        name: what curves and tables call it; ``title`` is for readers, ``unit`` what its numbers
            count, ``range`` the least and greatest of them, ``help`` what they say.
        differentiable: whether gradients reach the pictures through it: False for what rounds,
            counts or leaves torch.

    Raises:
        InputError: no name, or a range whose ends are the wrong way round.
    """
    if not name:
        raise InputError("an assessor needs a name that curves and tables call it by")
    if not range[0] < range[1]:
        raise InputError(f"range {range} of assessor {name}: give the smaller end first")
    return FunctionAssessor(name, title or name, unit, function, range, differentiable, help)
