"""What a payoff computes: one number for each picture of a sub-prompt.

A similarity is *bound* to one reference by ``prepare``, which returns a new object and changes
nothing: two games can share one similarity without mixing up their references (the source paper's
notebook kept one score table for all prompts and overwrote its own numbers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from genlens.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import torch

Sees = Literal["images", "latents"]


@runtime_checkable
class Similarity(Protocol):
    """A number for each picture: how much it is like the reference; larger is more alike."""

    @property
    def name(self) -> str:
        """Short name with the model behind it, for example "clip:emoji-clip"."""
        ...

    @property
    def sees(self) -> Sees:
        """What it is given: pictures (m, 3, h, w) in [0, 1], or the generator's final latents
        (m, c, h', w'), which those were decoded from."""
        ...

    def prepare(self, reference: torch.Tensor) -> Similarity:
        """A similarity to ``reference`` (3, h, w) in [0, 1] (or latents (c, h', w')); ``self`` is
        left as it was."""
        ...

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """``images`` (m, 3, h, w) in [0, 1], or latents (m, c, h', w') -> (m,) float64.

        Raises:
            InputError: no reference was prepared.
        """
        ...


def prepared(reference: torch.Tensor | None) -> torch.Tensor:
    """``reference``, once there is one.

    Raises:
        InputError: there is none.
    """
    if reference is None:
        raise InputError("no reference picture: call similarity.prepare(reference) first")
    return reference
