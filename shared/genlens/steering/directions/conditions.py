"""Holding other properties still: conditional projection.

Shen et al. 2020, "Interpreting the latent space of GANs for semantic face editing"
(arXiv:1907.10786), section 2.2 and equation 5, for any number of conditions: what is left of a
direction once its parts along theirs are taken away. A linear reader of a condition then reads the
same all along the direction. Where the two were at right angles before, nothing changes, which is
why the cosines come first.
"""

from __future__ import annotations

import numpy as np

from genlens.errors import InputError
from genlens.steering.directions.method import unit_length

_LEFT = 1e-3
"""Part of a direction's length below which nothing is left of it."""


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine of the angle between two directions: 0 at right angles, 1 the same way."""
    return float(np.clip(unit_length(np.ravel(a)) @ unit_length(np.ravel(b)), -1, 1))


def without(row: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """``row`` (width,) without its part in the span of ``conditions`` (m, width).

    Raises:
        InputError: nothing is left of it, or a condition has no length.
    """
    if not len(conditions):
        return row
    units = np.stack([unit_length(condition) for condition in conditions])
    _, sizes, axes = np.linalg.svd(units, full_matrices=False)
    axes = axes[sizes > 1e-6]  # conditions that repeat each other count once
    left = row - axes.T @ (axes @ row)
    if np.linalg.norm(left) < _LEFT * np.linalg.norm(row):
        raise InputError(
            "the direction lies within those that are to be held still: nothing is left of it. "
            "Hold fewer still"
        )
    return left
