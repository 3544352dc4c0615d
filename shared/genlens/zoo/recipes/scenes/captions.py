"""Captions for the scenes' training: fuller than the world's own mixture.

What a caption leaves out, a model has to guess: short captions were the largest loss in a study of
text-to-image training (Photoroom's PRX, 2026, part 2). So counts stand on both sides of a link,
things are worn by what stands beside others, and three things in a row come as often as two did.
"""

from __future__ import annotations

from genlens.worlds import vocabulary as V
from genlens.worlds.captions import split
from genlens.worlds.sampler import CaptionSampler
from genlens.zoo.recipes.words import MAX_TOKENS

COUNTED = 0.1  # a third of the chance that a thing which has a plural is counted
COLOURED_GROUND = 0.3


class FullCaptions(CaptionSampler):
    """The world's captions with more counts, worn things and groups; the split and the fragments
    are the base class's."""

    def __call__(self) -> str:
        while True:
            text = super().__call__()
            if len(split(text)) <= MAX_TOKENS - 2:  # what is longer would be cut off unseen
                return text

    def _side(self) -> str:
        """One side of a link: a thing, things, or a thing with what it wears or has."""
        return self._attached() if self.rng.random() < 0.25 else self.phrase(counts=COUNTED)

    def _compose(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.2:
            text = self.phrase(counts=0.15)
        elif kind < 0.66:
            text = f"{self._side()} {self._relation()} {self._side()}"
        elif kind < 0.78:
            text = self._attached()
        elif kind < 0.9:
            parts = [self.phrase(counts=COUNTED / 2)]
            for _ in range(2):
                parts += [self._relation(), self.phrase(counts=COUNTED / 2)]
            text = " ".join(parts)
        elif kind < 0.94:
            text = self.phrase("flag", counts=0)
        elif kind < 0.97:
            text = f"{self.phrase()} {self._pick(V.NEGATIONS)} {self.phrase()}"
        else:
            text = ""
        if rng.random() < COLOURED_GROUND:
            text = f"{text} on a {self._pick(V.BACKGROUNDS)} background".strip()
        return self._sprinkle(text) if rng.random() < 0.2 else text
