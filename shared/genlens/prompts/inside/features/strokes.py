"""What a brush does to the activations: evenly in a region, or in the shape of a thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genlens.errors import InputError
from genlens.prompts.inside.features.learn import FeatureSet
from genlens.prompts.inside.features.stamps import moved, said_by

STRENGTH, SHAPED, MOST = 4.0, 3.0, 100.0
"""Times a feature's usual value, painted evenly and in a shape; and at most."""
REGIONS: dict[str, tuple[float, float, float, float]] = {
    "left": (0.0, 0.0, 0.5, 1.0),
    "right": (0.5, 0.0, 1.0, 1.0),
    "top": (0.0, 0.0, 1.0, 0.5),
    "bottom": (0.0, 0.5, 1.0, 1.0),
    "middle": (0.25, 0.25, 0.75, 0.75),
    "everywhere": (0.0, 0.0, 1.0, 1.0),
}
"""Name -> (x0, y0, x1, y1), as parts of the picture's sides."""


def region_of(region: str | np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) bool of a named region, or of a mask of another size.

    Raises:
        InputError: no such region, or a mask that is empty or no picture.
    """
    if isinstance(region, str):
        if region not in REGIONS:
            raise InputError(f"region is {region!r}: take {', '.join(REGIONS)}, or a mask")
        x0, y0, x1, y1 = REGIONS[region]
        mask = np.zeros(shape, bool)
        mask[round(y0 * shape[0]) : round(y1 * shape[0]),
             round(x0 * shape[1]) : round(x1 * shape[1])] = True  # fmt: skip
        return mask
    given = np.asarray(region)
    if given.ndim != 2 or not given.any():
        raise InputError("the region is empty: paint at least one place of the picture")
    return covered(given.astype(bool), shape) >= 0.5


@dataclass(frozen=True)
class Stroke:
    """What happens in ``region``: ``add`` (d,) is added everywhere in it; each of ``take`` (k, d),
    times the value that feature ``of[k]`` has there at this moment, is taken away; ``put`` (steps,
    h, w, d) stands in the place of the rows where ``where`` (h, w) is."""

    region: str | np.ndarray
    add: np.ndarray | None = None
    take: np.ndarray | None = None
    of: tuple[int, ...] = ()
    put: np.ndarray | None = None
    where: np.ndarray | None = None


def strokes_of(
    features: FeatureSet, used: Sequence[int], strength: float, region: str | np.ndarray
) -> tuple[Stroke, Stroke]:
    """The brush, and its control by chance: above 0 the usual values of the features ``used`` are
    added, below 0 their own are taken away where they fire."""
    of = tuple(used)
    if strength >= 0:
        direction = np.sum([features.direction(i) * strength for i in of], axis=0)
        return Stroke(region, direction), Stroke(region, by_chance(direction, of[0]))
    own = features.code.decoder[list(of)] * -strength
    chance = np.stack([by_chance(row, i) for row, i in zip(own, of, strict=True)])
    return Stroke(region, take=own, of=of), Stroke(region, take=chance, of=of)


def shapes_of(
    features: FeatureSet, used: Sequence[int], strength: float, region: str | np.ndarray
) -> tuple[Stroke, Stroke]:
    """The brush with the shape of a noun, and its control: at each of its places and steps a
    direction by chance as long.

    Raises:
        InputError: strength below 0, or no scene shows the noun.
    """
    if strength < 0:
        raise InputError(
            f"strength is {strength:g}: a shape can be painted, not taken out; take out features "
            "without a shape"
        )
    noun = int(features.named.noun[used[0]])
    stamp = features.stamps.get(noun)
    if stamp is None:
        raise InputError(
            f"feature {used[0]} stands for no noun that the scenes show: paint it without a shape"
        )
    goal = covered(region_of(region, (64, 64)), features.blocks.grid)
    own = said_by(features.code, stamp.rows, list(used)) * strength
    drawn = np.random.default_rng([used[0], 6]).standard_normal(own.shape)
    length = np.linalg.norm(own, axis=-1, keepdims=True)
    drawn *= length / np.linalg.norm(drawn, axis=-1, keepdims=True)
    put, where = moved(own, stamp.mask, goal)
    chance, _ = moved(drawn, stamp.mask, goal)
    centre = features.code.centre
    return (
        Stroke(region, put=put + centre, where=where),
        Stroke(region, put=chance + centre, where=where),
    )


def by_chance(direction: np.ndarray, seed: int) -> np.ndarray:
    """A direction by chance, as long as ``direction``."""
    drawn = np.random.default_rng([seed, 5]).standard_normal(direction.shape)
    found: np.ndarray = drawn / np.linalg.norm(drawn) * np.linalg.norm(direction)
    return found


def covered(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The part of each cell of ``size`` that ``mask`` covers, 0 to 1."""
    given = torch.from_numpy(mask.astype(np.float32))[None, None]
    found: np.ndarray = torch.nn.functional.adaptive_avg_pool2d(given, size)[0, 0].numpy()
    return found
