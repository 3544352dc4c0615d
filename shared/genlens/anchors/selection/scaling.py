"""Criteria of different units made comparable, before a distance between anchors is taken.

A KLD in nats and an MSE in squared grey levels cannot be added: without scaling, the distance is
that of the criterion with the larger numbers. Three ways:

- "standardise": each criterion minus its mean, over its standard deviation in the group. The
  default in criteria space: shapes stay, an outlier stays far out.
- "ranks": each value becomes the share of the group that is not above it. An outlier is then only
  the last in its row, and every criterion is spread evenly: for groups with a few extreme values.
- "none": as they are. The default for latents and CLIP vectors, whose axes share one unit.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from genlens.errors import InputError

Scale = Literal["standardise", "ranks", "none"]
Space = Literal["criteria", "latents", "clip"]
SCALES: dict[Scale, str] = {
    "standardise": "standard deviations",
    "ranks": "shares of the group (ranks)",
    "none": "units of the space",
}
"""Scale -> the unit of a distance, in words."""
SPACES: dict[Space, Scale] = {"criteria": "standardise", "latents": "none", "clip": "none"}
"""Space -> how it is scaled where nothing else is asked for."""


def as_points(points: object) -> np.ndarray:
    """``points`` as finite float64 (n, d), n and d at least 1.

    Raises:
        InputError: another shape, an empty group, NaN or infinity.
    """
    rows = np.asarray(points, dtype=np.float64)
    if rows.ndim != 2:
        raise InputError(f"points have shape {rows.shape}: pass (n, d), one row an anchor")
    if not len(rows):
        raise InputError("the group is empty: there is no anchor to choose from")
    if not rows.shape[1]:
        raise InputError("points have no columns: pass at least one criterion or latent")
    bad = int((~np.isfinite(rows).all(axis=1)).sum())
    if bad:
        raise InputError(
            f"{bad:,} of {len(rows):,} anchors have a value that is NaN or infinite: leave them out"
        )
    return rows


def scaled(points: np.ndarray, scale: Scale) -> np.ndarray:
    """``points`` (n, d) in the units of ``scale``; a constant column becomes 0 and separates
    nothing.

    Raises:
        InputError: no such scale.
    """
    if scale not in SCALES:
        raise InputError(f"there is no scale {scale!r}: take one of {', '.join(SCALES)}")
    if scale == "none":
        return points
    if scale == "ranks":
        from scipy.stats import rankdata

        shares: np.ndarray = rankdata(points, axis=0) / len(points)
        return shares
    with np.errstate(over="ignore", invalid="ignore"):
        away, spread = points - points.mean(axis=0), points.std(axis=0)
    if not np.isfinite(spread).all():
        raise InputError("values are too large to be standardised: take scale='ranks'")
    # Rounding leaves a little spread in a column whose values are all the same.
    varies = spread > 1e-12 * np.abs(points).max(axis=0)
    return np.where(varies, away / np.where(varies, spread, 1.0), 0.0)
