"""Random captions of the emoji world, with noun pairs that can be kept out of training."""

from __future__ import annotations

import zlib
from itertools import combinations

import numpy as np

from . import vocabulary as V
from .captions import COMPOUND, Plan, parse

HELD_OUT_ONE_IN = 10


def held_out(a: str, b: str) -> bool:
    """Whether the unordered pair of nouns is kept from training (one pair in ten, by a hash of
    their names, so that the split does not depend on any list's order)."""
    key = " ".join(sorted((a, b))).encode()
    return zlib.crc32(key) % HELD_OUT_ONE_IN == 0


def plan_is_held_out(plan: Plan) -> bool:
    """Whether any two different nouns of ``plan`` form a held-out pair."""
    return any(held_out(a, b) for a, b in combinations(sorted(set(plan.nouns)), 2))


class CaptionSampler:
    """Draws captions. ``split`` is "train" (no held-out pair), "test" (two or more different
    nouns, at least one held-out pair) or "any"; ``fragments`` is the share of captions from
    which words are then dropped at random, so that coalitions of words are in distribution."""

    def __init__(self, seed: int, split: str = "train", fragments: float = 0.3) -> None:
        self.rng = np.random.default_rng(seed)
        self.split, self.fragments = split, fragments
        self.names = sorted(V.NOUNS)

    def __call__(self) -> str:
        while True:
            text = self._compose()
            if self.rng.random() < self.fragments:
                text = self._drop(text)
            plan = parse(text)
            kept_out = plan_is_held_out(plan)
            if self.split == "any" or kept_out == (self.split == "test"):
                return text

    def _pick(self, options: object) -> str:
        return str(self.rng.choice(list(options)))  # type: ignore[call-overload]

    def _form(self, noun: str) -> str:
        """The noun's name, now and then a synonym."""
        synonyms = V.NOUNS[noun].synonyms
        return self._pick(synonyms) if synonyms and self.rng.random() < 0.15 else noun

    def phrase(self, noun: str | None = None, *, counts: float = 0.08) -> str:
        """ "a big red car", "two cats", "dog" ..."""
        rng, noun = self.rng, noun or self._pick(self.names)
        words = [self._form(noun)]
        plural = V.NOUNS[noun].plural
        counted = bool(plural) and rng.random() < 3 * counts
        if counted:
            words = [str(plural)]
        if noun == "flag" and rng.random() < 0.8:
            words.insert(0, self._pick(V.FLAGS))
        elif rng.random() < 0.35:
            words.insert(0, self._pick(V.COLOURS))
        if rng.random() < 0.15:
            words.insert(0, self._pick(V.SIZES))
        if counted and rng.random() < 0.8:
            return " ".join([self._pick(V.COUNTS), *words])
        if not counted and rng.random() < 0.75:
            words.insert(0, "the" if rng.random() < 0.15 else "a")
        return self._article(words)

    @staticmethod
    def _article(words: list[str]) -> str:
        if len(words) > 1 and words[0] == "a" and words[1][0] in "aeio":
            words[0] = "an"
        return " ".join(words)

    def _relation(self) -> str:
        return str(
            self.rng.choice(
                [
                    "left of",
                    "right of",
                    "above",
                    "below",
                    "next to",
                    "and",
                    "near",
                    "watching",
                    "at",
                ],
                p=[0.17, 0.17, 0.14, 0.14, 0.13, 0.17, 0.04, 0.02, 0.02],
            )
        )

    def _attached(self) -> str:
        rng, how = self.rng, self.rng.random()
        if how < 0.4:
            return f"{self.phrase()} wearing {self.phrase(self._pick(V.WEARABLE), counts=0)}"
        if how < 0.7:
            return f"{self.phrase()} with {self.phrase()}"
        if how < 0.9:
            return f"{self.phrase(counts=0)}'s {self._form(self._pick(self.names))}"
        article = "a " if rng.random() < 0.8 else ""
        return f"{article}{self._pick(COMPOUND)} {self._form(self._pick(self.names))}"

    def _compose(self) -> str:
        rng, kind = self.rng, self.rng.random()
        if kind < 0.24:
            text = self.phrase(counts=0.15)
        elif kind < 0.62:
            text = f"{self.phrase()} {self._relation()} {self.phrase()}"
        elif kind < 0.78:
            text = self._attached()
        elif kind < 0.85:
            text = f"{self._attached()} {self._relation()} {self.phrase(counts=0)}"
        elif kind < 0.92:
            parts = [self.phrase(counts=0)]
            for _ in range(2):
                parts += [self._relation(), self.phrase(counts=0)]
            text = " ".join(parts)
        elif kind < 0.96:
            text = self.phrase("flag", counts=0)
        elif kind < 0.98:
            text = f"{self.phrase()} {self._pick(V.NEGATIONS)} {self.phrase()}"
        else:
            text = ""
        if rng.random() < 0.3:
            text = f"{text} on a {self._pick(V.BACKGROUNDS)} background".strip()
        if rng.random() < 0.25:
            text = self._sprinkle(text)
        return text

    def _sprinkle(self, text: str) -> str:
        """Fillers at random places: by construction they change nothing."""
        words = text.split()
        for _ in range(int(self.rng.integers(1, 3))):
            words.insert(int(self.rng.integers(0, len(words) + 1)), self._pick(V.FILLERS))
        return " ".join(words)

    def _drop(self, text: str) -> str:
        keep = self.rng.random(len(text.split())) > self.rng.uniform(0.1, 0.7)
        return " ".join(w for w, k in zip(text.split(), keep, strict=True) if k)


def sample_caption(rng: np.random.Generator, split: str = "any") -> str:
    """One whole caption (no fragment) drawn with ``rng``."""
    return CaptionSampler(int(rng.integers(2**31)), split, fragments=0.0)()
