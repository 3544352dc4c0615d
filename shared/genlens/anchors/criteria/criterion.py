"""What is known of one criterion: pages, notes, tables and commands read it from here.

A criterion of one's own is a function whose parameters name what it needs (``view.PARTS``)::

    def ink(images, rebuilt):
        return (rebuilt.flatten(1).sum(1) - images.flatten(1).sum(1)).abs()

    scores = score_anchors(model, anchors, ["kld", own_criterion(ink, name="ink")])
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from genlens.anchors.criteria.view import PARTS, PARTS_OF, View
from genlens.anchors.results import Side
from genlens.errors import InputError

ANY = (float("-inf"), float("inf"))
NOT_NEGATIVE = (0.0, float("inf"))
_PEOPLE = ("Mahalanobis", "Inception")
"""How titles begin that keep their capital."""
Values = Callable[..., torch.Tensor | np.ndarray]


def nothing_missing() -> str:
    """ "": of a criterion that needs no network but the model."""
    return ""


@dataclass(frozen=True)
class Criterion:
    """One criterion.

    Attributes:
        name, title: for programs, and for readers.
        side: "intrinsic" (seen in latent space) or "extrinsic" (seen in the picture).
        unit: what its numbers count, in words.
        function: gives (n,) numbers, lower is nearer to the model; its parameters are named after
            what it needs, of ``view.PARTS``.
        help: what it says, in one sentence.
        range: least and greatest number it can give.
        equation, misleads, paper: for its note.
        batch: pictures that it takes at a time: few where each takes long, because a stop is
            answered between two batches.
        missing: () -> the command that brings a network it needs, "" where nothing is missing.
    """

    name: str
    title: str
    side: Side
    unit: str
    function: Values
    help: str = ""
    range: tuple[float, float] = ANY
    equation: str = ""
    misleads: str = ""
    paper: str = ""
    batch: int = 512
    missing: Callable[[], str] = nothing_missing

    @property
    def in_sentence(self) -> str:
        """Its title as it stands in the middle of a sentence."""
        plain = self.title[1:2].islower() and not self.title.startswith(_PEOPLE)
        return self.title[0].lower() + self.title[1:] if plain else self.title

    @property
    def needs(self) -> tuple[str, ...]:
        """Which of ``view.PARTS`` it asks for."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def contracts(self) -> tuple[str, ...]:
        """The kinds of model it works for: "Autoencoder", "Generator", "Denoiser"."""
        return tuple(name for name, parts in PARTS_OF.items() if set(self.needs) <= set(parts))

    def reason_against(self, contract: str) -> str:
        """Why it cannot be worked out here for a model of that ``contract``, as half a sentence; ""
        where it can."""
        lacking = [need for need in self.needs if need not in PARTS_OF[contract]]
        if lacking:
            return f"it needs {PARTS[lacking[0]]}, which no {contract} has"
        command = self.missing()
        return f"its network is not on this machine: run `{command}`" if command else ""

    def values(self, view: View) -> np.ndarray:
        """(n,) float32: of each picture of ``view``.

        Raises:
            InputError: the function gave something else, or NaN or infinity.
        """
        found = self.function(**view.parts(self.needs))
        rows = found.detach().cpu().numpy() if isinstance(found, torch.Tensor) else found
        if not isinstance(rows, np.ndarray) or rows.shape != (len(view),):
            kind = rows.shape if isinstance(rows, np.ndarray) else type(rows).__name__
            raise InputError(
                f"criterion {self.name} gave {kind} for {len(view)} pictures: its function returns "
                f"one number a picture, shape ({len(view)},)"
            )
        rows = rows.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(rows))
        if len(bad):
            raise InputError(
                f"criterion {self.name} is NaN or infinite for {len(bad)} of {len(view)} pictures "
                f"(the first in place {bad[0]} of its batch): leave it out, or those pictures"
            )
        return rows


def own_criterion(
    function: Values,
    *,
    name: str,
    title: str = "",
    side: Side = "extrinsic",
    unit: str = "",
    help: str = "",
) -> Criterion:
    """A criterion from a function.

    Args:
        function: its parameters, in any order, are names out of ``view.PARTS``: "images" and
            "rebuilt" (n, c, h, w) tensors, "codes" (n, d), "posterior" (with ``mean`` and
            ``logvar``), ... It returns (n,) numbers, a tensor or an array, lower where the model
            knows the picture better.
        name: how scores and thresholds call it; ``title`` is for readers, ``unit`` what its numbers
            count, ``help`` what they say.

    Raises:
        InputError: no name, no such side, or parameters that are not in ``view.PARTS``.
    """
    if not name:
        raise InputError("a criterion needs a name that scores and thresholds call it by")
    if side not in ("intrinsic", "extrinsic"):
        raise InputError(f'side is {side!r}: pass "intrinsic" or "extrinsic"')
    needs = tuple(inspect.signature(function).parameters)
    unknown = [need for need in needs if need not in PARTS]
    if unknown or not needs:
        raise InputError(
            f"criterion {name} asks for {', '.join(unknown) or 'nothing'}: name its parameters "
            f"after what it needs, of {', '.join(PARTS)}"
        )
    return Criterion(name, title or name, side, unit, function, help)
