"""What a picture shows, by the referee and the world's own colours: nouns, colours, ground, place.

The referee never sees a prompt. A thing's colour is the one of the world's ten in which the thing's
own sprite comes nearest to the mean of the pixels that the referee gives it; the ground's is the
nearest of the world's grounds.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from genlens.worlds import vocabulary as V
from genlens.zoo.referee import Referee

UNSEEN = "unseen"
"""Read where the referee does not find the thing."""
PLAIN = "plain"
"""The ground of a prompt that names none."""
_SIDE = 64


class Reader:
    """Reads pictures with ``referee``; ``image`` is (h, w, 3) uint8 everywhere."""

    def __init__(self, referee: Referee) -> None:
        self.referee = referee

    def nouns(self, image: np.ndarray) -> frozenset[str]:
        """The nouns that are present."""
        return frozenset(self.referee.present(image[None])[0])

    def colour(self, image: np.ndarray, noun: str) -> str:
        """The colour of ``noun``, of ``vocabulary.COLOURS``, or ``UNSEEN``."""
        mask = self.referee.locate(image, [noun])[noun]
        if mask is None:
            return UNSEEN
        shown = image[mask].astype(np.float64).mean(0)
        return _nearest(shown, sprite_colours(noun))

    def background(self, image: np.ndarray) -> str:
        """The ground's colour, of ``vocabulary.BACKGROUNDS``, or ``PLAIN``."""
        ground = self.referee.labels(image[None])[0] == 0
        if ground.mean() < 0.02:
            return UNSEEN
        shown = np.median(image[ground].astype(np.float64), axis=0)
        grounds = {name: np.array(rgb, float) for name, rgb in V.BACKGROUNDS.items()}
        return _nearest(shown, {**grounds, PLAIN: np.array(V.PLAIN, float)})

    def place(self, image: np.ndarray, first: str, second: str) -> str:
        """ "left" or "right": where ``first`` lies of ``second``, by their centres."""
        masks = self.referee.locate(image, [first, second])
        a, b = masks[first], masks[second]
        if a is None or b is None:
            return UNSEEN
        return "left" if np.nonzero(a)[1].mean() < np.nonzero(b)[1].mean() else "right"


@lru_cache(maxsize=256)
def sprite_colours(noun: str) -> dict[str, np.ndarray]:
    """Colour -> mean RGB (3,) in 0 to 255 of ``noun``'s sprite in it."""
    from genlens.worlds.sprites import drawn

    found = {}
    for colour in V.COLOURS:
        sprite = drawn(noun, colour, None, _SIDE).astype(np.float64)
        found[colour] = sprite[..., :3].sum((0, 1)) / sprite[..., 3].sum() * 255
    return found


def _nearest(shown: np.ndarray, known: dict[str, np.ndarray]) -> str:
    return min(known, key=lambda name: float(np.square(known[name] - shown).sum()))
