"""Where the faces of a test come from: drawn, sampled from a generator, or given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import torch

from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.steering.drawn import draw
from genlens.steering.hypotheses.edits.edit import three_channels
from genlens.worlds.avatars import draw_codes, faces_of


class Faces(Protocol):
    """Numbered faces: the same number of the same seed is the same face."""

    @property
    def title(self) -> str:
        """What they are, in words."""
        ...

    def faces(self, start: int, n: int, seed: int) -> torch.Tensor:
        """Faces ``start`` to ``start + n`` of ``seed``: (n, c, h, w) float32 in [0, 1], CPU."""
        ...

    def spec(self) -> dict[str, Any]:
        """What tells them from others, as JSON has it."""
        ...


@dataclass(frozen=True)
class Drawn:
    """Faces of ``worlds.avatars``, ``size`` pixels wide."""

    size: int = 64
    title: str = "drawn cartoon faces"

    def faces(self, start: int, n: int, seed: int) -> torch.Tensor:
        """See ``Faces``."""
        codes = {f: c[start:] for f, c in draw_codes(start + n, seed).items()}
        return faces_of(codes, size=self.size).tensor()

    def spec(self) -> dict[str, Any]:
        """See ``Faces``."""
        return {"faces": "avatars", "size": self.size}


@dataclass(frozen=True)
class Sampled:
    """What ``generator`` draws from its prior."""

    generator: Generator

    @property
    def title(self) -> str:
        """See ``Faces``."""
        return f"faces that {self.generator.card.id} draws"

    def faces(self, start: int, n: int, seed: int) -> torch.Tensor:
        """See ``Faces``."""
        z = self.generator.sample_latents(start + n, seed)[start:]
        with torch.no_grad():
            return three_channels(draw(self.generator, self.generator.to_styles(z)))

    def spec(self) -> dict[str, Any]:
        """See ``Faces``."""
        return {"faces": self.generator.card.id, "revision": self.generator.card.revision}


@dataclass(frozen=True)
class Given:
    """Your own pictures (n, 3 or 1, h, w) in [0, 1], each used once: ``seed`` mixes their order.

    Raises:
        InputError: another shape, or values outside [0, 1].
    """

    images: torch.Tensor
    title: str = "your own pictures"

    def __post_init__(self) -> None:
        images = three_channels(self.images)
        if not bool(images.isfinite().all()) or images.min() < 0 or images.max() > 1:
            raise InputError("the pictures hold values outside 0 to 1, or NaN: divide by 255")

    def faces(self, start: int, n: int, seed: int) -> torch.Tensor:
        """See ``Faces``.

        Raises:
            InputError: more faces than were given.
        """
        if start + n > len(self.images):
            raise InputError(
                f"{len(self.images)} pictures were given and {start + n} are asked for: lower n"
            )
        order = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(seed))
        return three_channels(self.images[order[start : start + n]])

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(three_channels(self.images).numpy().tobytes()).hexdigest()[:16]

    def spec(self) -> dict[str, Any]:
        """See ``Faces``."""
        return {"faces": "given", "sha256": self._digest}
