"""What an attribution method returns: one frozen record of numbers and of what made them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genlens.common.records import MadeBy, Record

__all__ = ["Attribution"]


@dataclass(frozen=True)
class Attribution(Record):
    """One number for each pixel or latent of one input.

    ``values`` float64: (c, h, w) where channels are told apart, (h, w) where they are not
    (Grad-CAM, occlusion, LIME), (d,) for latents. ``signed`` says whether a minus sign means
    "speaks against"; otherwise values are sizes. ``labels`` (d,) name latents ("z3", or LIME's "z3
    > 0.81").

    ``output`` is f(x). Methods that share something out also give ``base``, the value that nothing
    is attributed to (f at the baseline; 0 for LRP), and ``gap`` = sum(values) - (output - base):
    completeness of Integrated Gradients and SHAP, conservation of LRP.

    ``size`` is how far the values move the number: all together where gradients were followed, the
    largest one where parts were changed and the number looked at. Up to ``resolution`` (see
    ``run.ROUNDING``) that is what rounding alone would give: then the attribution says ``nothing``,
    and is not drawn.

    ``made_by.model_calls`` counts inputs put through the target (a backward pass is not counted
    again). ``details`` holds what only this method has (arrays allowed), ``notes`` what a
    reader must know.
    """

    also_written = ("relative_gap", "nothing")

    values: np.ndarray
    method: str
    target: str
    kind: str = "image"
    unit: str = ""
    signed: bool = True
    labels: tuple[str, ...] = ()
    output: float = float("nan")
    base: float | None = None
    gap: float | None = None
    size: float = float("inf")
    resolution: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def nothing(self) -> bool:
        """Whether all values are 0, or no more than the rounding of the number."""
        return self.size <= self.resolution or not np.any(self.values)

    @property
    def relative_gap(self) -> float | None:
        """|gap| / |output - base|: 0.01 is "complete to 1 %". None where there is no gap to speak
        of, infinite where there is a gap and nothing to share out."""
        if self.gap is None or self.base is None:
            return None
        total = abs(self.output - self.base)
        if total == 0:
            return 0.0 if self.gap == 0 else float("inf")
        return abs(self.gap) / total

    def map(self) -> np.ndarray:
        """(h, w), or (d,) for latents: signed values are summed over channels, sizes take the
        largest channel (Simonyan et al. 2014, section 3.1)."""
        if self.values.ndim < 3:
            return self.values
        return self.values.sum(axis=0) if self.signed else self.values.max(axis=0)

    def normalised(self) -> np.ndarray:
        """``map()`` as S' = (S - min) / (max - min) in [0, 1]; zeros where it is flat."""
        flat = self.map()
        span = float(flat.max() - flat.min())
        return (flat - flat.min()) / span if span > 0 else np.zeros_like(flat)
