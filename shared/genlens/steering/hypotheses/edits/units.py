"""Edits by a generator's units: switched off, or on, in the whole picture (GAN dissection)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from genlens.models.contracts import Generator
from genlens.steering.drawn import draw
from genlens.steering.hypotheses.edits.edit import Pairs, three_channels
from genlens.steering.results import Units
from genlens.steering.units.effects import random_rivals
from genlens.steering.units.layers import overridden, unit_module
from genlens.steering.units.paint import checked_units, concept_column, override


@dataclass(frozen=True)
class SwitchUnits:
    """``chosen`` units of a dissected layer are switched off in every face, or ``on``: to the level
    they have where ``concept`` is seen ("" for their strongest).

    The control switches as many random other units of the layer, others for each face.

    Args:
        units: what ``dissect`` found of ``generator``.
        chosen: indices of units.

    Raises:
        InputError: no such unit or concept, or too few others for a control.
    """

    generator: Generator
    units: Units
    chosen: Sequence[int]
    on: bool = False
    concept: str = ""
    aims: Mapping[str, int] = field(default_factory=dict)
    control_title: str = "as many random other units of the layer, others for each face"
    exact: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "chosen", tuple(checked_units(self.units, self.chosen)))
        if self.concept:
            concept_column(self.units, self.concept)
        self._rivals(0, 1, 0)

    @property
    def title(self) -> str:
        """See ``Edit``."""
        named = f"{len(self.chosen)} unit{'s' if len(self.chosen) > 1 else ''}"
        of = f" of {self.concept}" if self.concept else ""
        return f"{named}{of} in {self.units.layer} switched {'on' if self.on else 'off'}"

    @torch.no_grad()
    def pairs(self, start: int, n: int, seed: int) -> Pairs:
        """See ``Edit``."""
        z = self.generator.sample_latents(start + n, seed)[start:]
        styles = self.generator.to_styles(z)
        everywhere = torch.ones(n, *self.generator.image_shape[1:], dtype=torch.bool)
        module, pictures = unit_module(self.generator, self.units.layer), []
        for sets in ([self.chosen], self._rivals(start, n, seed)):
            held = override(self.units, sets, everywhere, on=self.on, concept=self.concept)
            with overridden(module, held):
                pictures.append(draw(self.generator, styles, batch=n))
        before = draw(self.generator, styles, batch=n)
        return Pairs(*(three_channels(each) for each in (before, *pictures)))

    def spec(self) -> dict[str, Any]:
        """See ``Edit``."""
        strong = np.ascontiguousarray(self.units.strong, np.float32)
        return {
            "kind": "units",
            "generator": self.generator.card.id,
            "revision": self.generator.card.revision,
            "layer": self.units.layer,
            "units": [int(unit) for unit in self.chosen],
            "on": self.on,
            "concept": self.concept,
            "levels": hashlib.sha256(strong.tobytes()).hexdigest()[:16],
        }

    def _rivals(self, start: int, n: int, seed: int) -> list[Sequence[int]]:
        """For each face as many other units."""
        known = len(self.units.strong)
        return [
            random_rivals(known, self.chosen, 1, np.random.default_rng([seed, start + i, 29]))[0]
            for i in range(n)
        ]  # fmt: skip
