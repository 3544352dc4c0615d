"""Which word drew which pixel: the Shapley values of every pixel's own game.

For each pixel p take the game

    v_p(S) = 1 - |I_S(p) - I_D(p)|,

the likeness, at p, of the sub-prompt's picture I_S to the full prompt's I_D (mean absolute
difference of the three channels). A word's Shapley value in it is that word's part in making the
pixel look as it does. It asks no encoder, costs no image (the game has them all), and a word that
changes nothing, article or filler, gets nothing: no list of stop words is needed. It says nothing
of what a change means: a car that moves changes as many pixels as one that turns blue.
"""

from __future__ import annotations

import numpy as np

from genlens.common.coalitions import shapley_weights
from genlens.errors import InputError


def word_maps(images: np.ndarray) -> np.ndarray:
    """One map for each word.

    Args:
        images: all pictures of a game (2**d, h, w, 3) uint8 in ``all_coalitions`` order.

    Returns:
        (d, h, w) float64 in [-1, 1], in parts of the full colour range; over the words they sum, at
        each pixel, to the mean absolute difference (0 to 1) between the full prompt's picture and
        the empty prompt's.

    Raises:
        InputError: the number of pictures is not a power of two, or there is only one.
    """
    d = len(images).bit_length() - 1
    if images.ndim != 4 or d < 1 or len(images) != 2**d:
        raise InputError(f"images have shape {images.shape}: pass (2**d, h, w, 3) with d >= 1")
    weights = shapley_weights(d)  # (d, 2**d)
    full = images[-1].astype(np.int16)
    maps = np.zeros((d, *images.shape[1:3]))
    for start in range(0, len(images), 16):  # a few at a time: 256 pictures of 512 x 512 are large
        part = slice(start, start + 16)
        closeness = -np.abs(images[part].astype(np.int16) - full).mean(axis=3) / 255  # (16, h, w)
        maps += np.tensordot(weights[:, part], closeness, axes=1)  # (d, h, w)
    return maps
