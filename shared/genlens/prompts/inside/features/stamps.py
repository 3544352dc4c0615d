"""The shape that a noun has: where and how its features fire in one true scene of it.

A thing is no texture: its features differ from place to place, so that a region painted evenly
shows none. A stamp keeps a whole thing's activations, step by step, to be painted as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.prompts.inside.features.activations import GROUND, Activations
from genlens.prompts.inside.features.sae import SparseCode


@dataclass(frozen=True)
class Stamp:
    """``rows`` (steps, h, w, d) float16 of scene number ``scene``, and ``mask`` (h, w) bool, the
    places that the noun covers there."""

    scene: int
    rows: np.ndarray
    mask: np.ndarray


def stamps_of(acts: Activations) -> dict[int, Stamp]:
    """By number of noun, the scene of it that it covers most of; scenes of it alone come first."""
    found: dict[int, Stamp] = {}
    alone = np.array([len(np.unique(n[n != GROUND])) == 1 for n in acts.nouns])
    for noun in np.unique(acts.nouns[acts.nouns != GROUND]):
        covers = (acts.nouns == noun).sum((1, 2))
        scene = int(np.lexsort((covers, alone & (covers > 0)))[-1])
        rows = acts.rows[scene].astype(np.float16)
        found[int(noun)] = Stamp(scene, rows, acts.nouns[scene] == noun)
    return found


def said_by(code: SparseCode, rows: np.ndarray, features: list[int]) -> np.ndarray:
    """What ``features`` alone say of ``rows`` (..., d), less the mean: the same shape."""
    flat = rows.reshape(-1, rows.shape[-1]).astype(np.float32)
    found: np.ndarray = (code.encode(flat)[:, features] @ code.decoder[features]).reshape(
        rows.shape
    )
    return found


def moved(
    values: np.ndarray, mask: np.ndarray, region: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``values`` (steps, h, w, d) and their ``mask`` (h, w) with the mask's middle brought to that
    of ``region`` (h, w, any weights); what leaves the picture is cut off."""
    shift = [round(float(to - at)) for to, at in zip(_middle(region), _middle(mask), strict=True)]
    put, where = np.zeros_like(values), np.zeros_like(mask)
    (to_y, from_y), (to_x, from_x) = (
        _overlap(by, n) for by, n in zip(shift, mask.shape, strict=True)
    )
    put[:, to_y, to_x] = values[:, from_y, from_x]
    where[to_y, to_x] = mask[from_y, from_x]
    return put, where


def _middle(weights: np.ndarray) -> tuple[float, float]:
    ys, xs = np.indices(weights.shape)
    whole = max(float(weights.sum()), 1e-12)
    return float((ys * weights).sum()) / whole, float((xs * weights).sum()) / whole


def _overlap(by: int, n: int) -> tuple[slice, slice]:
    """Where a row of ``n`` lies after it moved ``by``, and what part of it that was."""
    return slice(max(by, 0), max(n + min(by, 0), 0)), slice(max(-by, 0), max(n - max(by, 0), 0))
