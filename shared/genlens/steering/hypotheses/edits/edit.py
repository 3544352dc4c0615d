"""What is done to faces to put a claim to the test, and what should do nothing.

An edit is one object that knows everything about itself. ``EDITS`` (in ``edits``) lists the kinds;
a new kind is a class with ``pairs`` and one line there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch

from genlens.errors import InputError


@dataclass(frozen=True)
class Pairs:
    """The same faces three times, each (n, c, h, w) float32 in [0, 1] on the CPU: as they are
    (``before``), edited (``after``), and under the ``control``, an edit of the same size that has
    nothing to do with the claim."""

    before: torch.Tensor
    after: torch.Tensor
    control: torch.Tensor

    def __len__(self) -> int:
        return len(self.before)


@runtime_checkable
class Edit(Protocol):
    """Something done to a face.

    ``aims`` are the properties that it is meant to change: name of a watched assessor -> +1 where
    the edit should raise its score, -1 where it should lower it, 0 where either is right (a smile
    may open the mouth). All others it should leave alone.
    """

    @property
    def title(self) -> str:
        """What is done to each face, in words: "glasses put on"."""
        ...

    @property
    def control_title(self) -> str:
        """What the control does, in words."""
        ...

    @property
    def aims(self) -> Mapping[str, int]:
        """Watched assessor -> the sign of the change that is meant; 0 for any."""
        ...

    @property
    def exact(self) -> bool:
        """Whether it is known to change nothing else, so that nothing has to be watched."""
        ...

    def pairs(self, start: int, n: int, seed: int) -> Pairs:
        """Faces ``start`` to ``start + n`` of ``seed``, edited. The same numbers give the same
        faces, whatever they are asked together with."""
        ...

    def spec(self) -> dict[str, Any]:
        """Everything that tells this edit from others, as JSON has it: goes into a verdict's id."""
        ...


def three_channels(images: torch.Tensor) -> torch.Tensor:
    """``images`` as float32 on the CPU, once they are (n, 1 or 3, h, w).

    Raises:
        InputError: they are not.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise InputError(f"faces have shape {tuple(images.shape)}: give (n, 3 or 1, height, width)")
    return images.detach().float().cpu()
