"""Coalitions of players and exact Shapley values: shared by words, latents and superpixels."""

from __future__ import annotations

from math import factorial

import numpy as np


def all_coalitions(d: int) -> np.ndarray:
    """All 2**d coalitions (2**d, d) bool in binary order: row i holds player j iff bit j of i."""
    return ((np.arange(2**d)[:, None] >> np.arange(d)[None, :]) & 1).astype(bool)


def exact_values(payoffs: np.ndarray) -> np.ndarray:
    """Shapley values (d,) float64 of one game given as payoffs (2**d,) in ``all_coalitions`` order.

    Computed by shapiq; the sum is ``payoffs[-1] - payoffs[0]`` to rounding.
    """
    from genlens.common import torchvision_guard

    torchvision_guard.ensure()
    from shapiq.game_theory.exact import ExactComputer

    table = np.asarray(payoffs, dtype=np.float64)
    d = table.size.bit_length() - 1
    place = 1 << np.arange(d)
    computer = ExactComputer(lambda rows: table[rows.astype(bool) @ place], n_players=d)
    return np.asarray(computer("SV", 1).get_n_order_values(1), dtype=np.float64)


def shapley_weights(d: int) -> np.ndarray:
    """The linear map (d, 2**d) from payoffs in ``all_coalitions`` order to Shapley values.

    Row i holds |S \\ i|! (d - 1 - |S \\ i|)! / d!, positive where S holds i and negative where not.
    """
    members = all_coalitions(d)  # (2**d, d)
    others = members.sum(axis=1)[:, None] - members  # (2**d, d) players of S other than i
    weight = np.array([factorial(s) * factorial(d - 1 - s) / factorial(d) for s in range(d)])
    return (np.where(members, 1.0, -1.0) * weight[others]).T


def place_blocks(shape: tuple[int, ...], side: int) -> np.ndarray:
    """(c * h * w,) block numbers: values of a map (c, h, w), in ``side`` x ``side`` blocks of
    places, all channels of a place in one."""
    channels, height, width = shape
    rows = np.arange(height) * min(side, height) // height
    columns = np.arange(width) * min(side, width) // width
    blocks = rows[:, None] * side + columns[None, :]
    return np.broadcast_to(blocks, (channels, height, width)).reshape(-1)
