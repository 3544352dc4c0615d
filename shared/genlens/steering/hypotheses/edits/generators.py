"""Edits by a generator: a step along a direction, or another face's styles in some layers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.steering.directions.ganalyze import keep_length
from genlens.steering.drawn import draw
from genlens.steering.hypotheses.edits.edit import Pairs, three_channels
from genlens.steering.results import Direction

MAX_ALPHA = 20.0
_OTHERS = 101
"""Added to the seed of the faces: the control's faces are none of those that are tested."""


@dataclass(frozen=True)
class MoveAlong:
    """Faces of ``generator`` from where they are to ``alpha`` along ``direction``.

    The control is a step of the same length towards another random face, another for each: styles
    and latents that the generator knows, in a direction that means nothing.

    Raises:
        InputError: an alpha of 0 or out of range, or a direction of another generator.
    """

    generator: Generator
    direction: Direction
    alpha: float = 1.0
    aims: Mapping[str, int] = field(default_factory=dict)
    control_title: str = "a step of the same length towards another random face"
    exact: bool = False

    def __post_init__(self) -> None:
        number("the step", self.alpha, -MAX_ALPHA, MAX_ALPHA)
        if self.alpha == 0:
            raise InputError("alpha is 0, which changes nothing: take a step up or down")
        wanted = tuple(self._codes(0, 1, 0).shape[1:])
        if tuple(self.direction.vector.shape) != wanted:
            raise InputError(
                f"the direction has shape {tuple(self.direction.vector.shape)} and the "
                f"{self.direction.space} of {self.generator.card.id} {wanted}: it was found in "
                "another generator"
            )

    @property
    def title(self) -> str:
        """See ``Edit``."""
        name = self.direction.title or self.direction.target or self.direction.method
        return f"{self.alpha:+g} along “{name}”"

    @torch.no_grad()
    def pairs(self, start: int, n: int, seed: int) -> Pairs:
        """See ``Edit``."""
        codes = self._codes(start, n, seed)
        step = self.alpha * torch.from_numpy(np.asarray(self.direction.vector, np.float32)).to(
            codes.device
        )
        chance = self._codes(start, n, (seed + _OTHERS) % MAX_SEED) - codes
        chance = chance * (step != 0).any(-1, keepdim=True)  # only layers that the direction moves
        size = chance.flatten(1).norm(dim=1).clamp_min(1e-12).reshape(-1, *[1] * step.ndim)
        control = chance / size * step.norm()
        return Pairs(
            self._pictures(codes),
            self._pictures(self._moved(codes, step)),
            self._pictures(self._moved(codes, control)),
        )

    def spec(self) -> dict[str, Any]:
        """See ``Edit``."""
        vector = np.ascontiguousarray(self.direction.vector, np.float32)
        return {
            "kind": "direction",
            "generator": self.generator.card.id,
            "revision": self.generator.card.revision,
            "space": self.direction.space,
            "normed": self.direction.normed,
            "vector": hashlib.sha256(vector.tobytes()).hexdigest()[:16],
            "alpha": self.alpha,
        }

    def _codes(self, start: int, n: int, seed: int) -> torch.Tensor:
        """(n, d) latents or (n, layers, d) styles of faces ``start`` to ``start + n``."""
        z = self.generator.sample_latents(start + n, seed)[start:]
        if self.direction.space == "latents":
            return z.flatten(1)
        with torch.no_grad():
            return self.generator.to_styles(z)

    def _moved(self, codes: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        if not self.direction.normed:
            return codes + step
        return keep_length(codes, step.expand_as(codes))

    def _pictures(self, codes: torch.Tensor) -> torch.Tensor:
        if self.direction.space == "latents":
            z = codes.reshape(len(codes), *self.generator.latent_shape)
            codes = self.generator.to_styles(z)
        return three_channels(draw(self.generator, codes))


@dataclass(frozen=True)
class SwapStyles:
    """``layers`` of every face take the style that the face of seed ``reference`` has there.

    The control: they take another random face's, another for each.

    Raises:
        InputError: no such layer, none, or a generator whose faces have one style, so that a swap
            would put the whole reference in their place.
    """

    generator: Generator
    layers: Sequence[int]
    reference: int
    title: str = ""
    aims: Mapping[str, int] = field(default_factory=dict)
    control_title: str = "the same layers, from other random faces"
    exact: bool = False

    def __post_init__(self) -> None:
        count = len(self.generator.layers)
        if count < 2:
            raise InputError(
                f"{self.generator.card.id} has one layer, so that no part of a face can be "
                "swapped: take a generator with a style for each layer, such as avatars-gan"
            )
        rows = tuple(sorted({whole("layer", row, 0, count - 1) for row in self.layers}))
        if not 1 <= len(rows) < count:
            raise InputError(f"{len(rows)} of {count} layers: name at least one, and not all")
        object.__setattr__(self, "layers", rows)
        whole("the reference's seed", self.reference, 0, MAX_SEED)
        if not self.title:
            names = [self.generator.layers[row] for row in rows]
            span = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
            object.__setattr__(self, "title", f"styles of {span} from face {self.reference}")

    @torch.no_grad()
    def pairs(self, start: int, n: int, seed: int) -> Pairs:
        """See ``Edit``."""
        styles = self._styles(start, n, seed)
        one = self.generator.to_styles(self.generator.sample_latents(1, self.reference))
        others = self._styles(start, n, (seed + _OTHERS) % MAX_SEED)
        pictures = [styles]
        for source in (one, others):
            swapped = styles.clone()
            swapped[:, list(self.layers)] = source[:, list(self.layers)]
            pictures.append(swapped)
        return Pairs(*(three_channels(draw(self.generator, each)) for each in pictures))

    def spec(self) -> dict[str, Any]:
        """See ``Edit``."""
        return {
            "kind": "styles",
            "generator": self.generator.card.id,
            "revision": self.generator.card.revision,
            "layers": list(self.layers),
            "reference": self.reference,
        }

    def _styles(self, start: int, n: int, seed: int) -> torch.Tensor:
        return self.generator.to_styles(self.generator.sample_latents(start + n, seed)[start:])
