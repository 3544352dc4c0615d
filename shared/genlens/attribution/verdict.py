"""Can a method's maps be relied on? One verdict from the two tests that need no human judgement.

A map can fool either test alone: a picture's edges are often where deleting hurts, and know nothing
of the model; noise that is drawn anew for every model changes with the weights, and is no
explanation. So both have to be passed, with certainty, on enough inputs.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from genlens.common.measures import CONFIDENCE, Measure

LIMIT = 0.5
"""Likeness (0: as two unrelated maps, 1: unchanged) from which on a map that was made again with
shuffled weights counts as the same map."""
MIN_CASES = 8
"""Inputs on which both tests have to be made: of fewer, a t-interval hangs on one or two of them.
"""
SLIGHT = 0.1
"""Deletion gains below this are no reason to prefer a map to a random order."""
SURE = 0.999
"""That deleting what a map names first beats random orders has to be this certain (one-sided). A
table tries nearly a hundred methods and ten maps of pure chance: with 95 % intervals, one table in
five calls one of the latter reliable (seen); with this, one in a hundred."""
CHANCE = 0.05
"""Of one input: a map has to beat all but this part of random orders."""


class Verdict(Enum):
    """What the tests say of a method. ``words`` are for a table, ``says`` is a sentence."""

    RELIABLE = (
        "reliable",
        "reliable",
        "Its maps change with the weights, and deleting what they name first beats random orders.",
    )
    UNCHANGED = (
        "unchanged",
        "does not change with the weights",
        "Its maps stay as they are when the weights are shuffled: they show the input, and not "
        "what the model has learned.",
    )
    NO_BETTER = (
        "no-better",
        "no better than random orders",
        "What its maps name first matters no more to the model than parts taken at random.",
    )
    UNSURE = (
        "unsure",
        "cannot tell yet: interval too wide",
        "It may well pass, but an interval reaches past its limit (the gain’s is taken at 99.9 %): "
        "more inputs would decide.",
    )
    TOO_FEW = (
        "too-few",
        "too few cases to say",
        f"Fewer than {MIN_CASES} inputs could be tested.",
    )

    def __init__(self, key: str, words: str, says: str) -> None:
        self.key = key
        self.words = words
        self.says = says

    @property
    def passed(self) -> bool:
        """Whether the method may be relied on."""
        return self is Verdict.RELIABLE

    @classmethod
    def of(cls, alike: Measure, gain: Measure) -> Verdict:
        """The verdict on many inputs.

        Args:
            alike: mean ``randomisation.Likeness.value`` of maps and those of shuffled weights.
            gain: mean ``faithfulness.Deletion.gain``.
        """
        if min(alike.n, gain.n) < MIN_CASES:
            return cls.TOO_FEW
        if alike.low >= LIMIT:
            return cls.UNCHANGED
        if gain.low <= 0 and gain.high < SLIGHT:
            return cls.NO_BETTER
        if alike.high < LIMIT and surely_above(gain) > 0:
            return cls.RELIABLE
        return cls.UNSURE

    @classmethod
    def of_one(cls, alike: float, beats: float, orders: int) -> Verdict:
        """The verdict on one input, which can show that a method fails and not that it is reliable:
        ``TOO_FEW`` where it passes.

        Args:
            alike: as above; NaN where it cannot be told.
            beats: the part of ``orders`` random orders that are worse than the map.
        """
        if alike >= LIMIT:
            return cls.UNCHANGED
        if (1 + orders * (1 - beats)) / (1 + orders) > CHANCE:  # a p-value, Deletion.beats
            return cls.NO_BETTER
        return cls.TOO_FEW

    @classmethod
    def read(cls, key: object) -> Verdict | None:
        """The verdict that is written as ``key``; None where there is no such one."""
        return next((verdict for verdict in cls if verdict.key == key), None)


def surely_above(gain: Measure) -> float:
    """What the mean behind ``gain``, of n values with Student's 95 % interval, exceeds with the
    certainty ``SURE``; NaN where n is below 2 or the interval has no ends."""
    if gain.n < 2:
        return float("nan")
    return gain.value - (gain.value - gain.low) * _wider(gain.n)


@lru_cache(maxsize=256)
def _wider(n: int) -> float:
    """How many times as far the bound of ``SURE`` lies from the mean as the end of a 95 %
    interval."""
    from scipy.stats import t

    return float(t.ppf(SURE, n - 1) / t.ppf((1 + CONFIDENCE) / 2, n - 1))
