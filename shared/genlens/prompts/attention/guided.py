"""The guided filter: coarse maps fitted to the edges of a colour picture.

He, Sun and Tang 2013, "Guided image filtering", TPAMI 35(6). Within each window a map p is taken
for a linear function of the picture's colours, q = a . I + b, with

    a = (Cov(I) + eps * identity)^-1 Cov(I, p),   b = mean(p) - a . mean(I)     (equations 14, 15)

and each pixel gets the mean of the functions of all windows that hold it (equation 16).
"""

from __future__ import annotations

import numpy as np

RADIUS = 0.1
"""Of a window, as a part of the picture's shorter side: about that of a cell of an 8 x 8 map."""
EPS = 1e-3
"""Variance of colours (in [0, 1]) below which a window counts as flat."""


def guided_filter(
    maps: np.ndarray, image: np.ndarray, *, radius: float = RADIUS, eps: float = EPS
) -> np.ndarray:
    """``maps`` (d, h, w) fitted to ``image`` (h, w, 3) uint8: (d, h, w) float64."""
    guide = image.astype(np.float64) / 255  # (h, w, 3)
    side = 2 * max(1, round(radius * min(image.shape[:2]))) + 1
    mean = _mean(guide, side)  # (h, w, 3)
    products = guide[..., :, None] * guide[..., None, :]  # (h, w, 3, 3)
    spread = _mean(products, side) - mean[..., :, None] * mean[..., None, :]
    inverse = np.linalg.inv(spread + eps * np.eye(3))
    fitted = [_fitted(p.astype(np.float64), guide, mean, inverse, side) for p in maps]
    return np.stack(fitted) if fitted else np.zeros(maps.shape)


def _fitted(
    p: np.ndarray, guide: np.ndarray, mean: np.ndarray, inverse: np.ndarray, side: int
) -> np.ndarray:
    """One map (h, w)."""
    level = _mean(p, side)
    shared = _mean(guide * p[..., None], side) - mean * level[..., None]  # Cov(I, p), (h, w, 3)
    a = np.einsum("hwij,hwj->hwi", inverse, shared)
    b = level - (a * mean).sum(-1)
    found: np.ndarray = (_mean(a, side) * guide).sum(-1) + _mean(b, side)
    return found


def _mean(values: np.ndarray, side: int) -> np.ndarray:
    """The mean of ``values`` (h, w, ...) over a window around each pixel."""
    from scipy.ndimage import uniform_filter

    size = (side, side, *[1] * (values.ndim - 2))
    found: np.ndarray = uniform_filter(values, size, mode="nearest")
    return found
