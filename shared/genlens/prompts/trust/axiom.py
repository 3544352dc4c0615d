"""What is known of one axiom: pages, notes, tables and commands read it from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genlens.common.limits import MAX_WORDS
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.prompts.game import TableGame
from genlens.prompts.trust.explainers import Explainer

TOLERANCE = 1e-3
"""An axiom holds where nothing is off by more than this part of the payoff's range over all
sub-prompts: less than a reader could see in a share."""


@dataclass(frozen=True)
class Case:
    """What the axioms are tested on: the ``game`` of one prompt, all its payoffs known, and a
    ``second`` payoff of the same sub-prompts, called ``second_name``. ``fillers`` are the places of
    words that are known to ask for nothing.

    Raises:
        InputError: payoffs of different prompts, or one that is NaN or infinite.
    """

    game: TableGame
    second: TableGame
    fillers: tuple[int, ...] = ()
    second_name: str = ""

    def __post_init__(self) -> None:
        if self.game.payoffs.shape != self.second.payoffs.shape:
            raise InputError(
                f"the second payoff has {self.second.payoffs.size} sub-prompts, the first "
                f"{self.game.payoffs.size}: pass two payoffs of one prompt"
            )
        for game in (self.game, self.second):
            if not np.isfinite(game.payoffs).all():
                bad = int(np.flatnonzero(~np.isfinite(game.payoffs))[0])
                raise InputError(f"payoff {bad} is {game.payoffs[bad]}: all must be finite numbers")

    @cached_property
    def range(self) -> float:
        """From the least payoff of any sub-prompt to the greatest."""
        return float(np.ptp(self.game.payoffs))

    @property
    def limit(self) -> float:
        """What may be off, in units of the payoff; never less than rounding."""
        size = float(np.abs(self.game.payoffs).max())
        return max(TOLERANCE * self.range, 1e-9 * max(size, 1.0))

    @cached_property
    def with_room(self) -> TableGame:
        """The game with room for one more word: itself, or, where it has the most words that are
        explained, without its last word, which is then always said."""
        if self.game.d < MAX_WORDS:
            return self.game
        half = self.game.payoffs.size // 2
        return TableGame(self.game.payoffs[half:], self.game.words[:-1])


@dataclass(frozen=True)
class Finding(Record):
    """What one axiom's test found.

    ``holds``: nothing is off by more than ``limit``; None where it could not be tested.
    ``deviation`` is how far it is off at worst and ``limit`` what was allowed, both in units of the
    payoff. ``says`` is the worst case in a sentence.
    """

    axiom: str
    method: str
    holds: bool | None
    deviation: float
    limit: float
    says: str


@dataclass(frozen=True)
class Axiom:
    """One axiom of an attribution, or one property of a prompt's payoff.

    Attributes:
        name, title: for programs, and for readers.
        equation: what has to hold.
        help: the same in words, for somebody who has never heard of it.
        why: what a failure means for a reader of the explanation.
        paper: where it comes from.
        test: (case, explainer, method's name) -> what was found; the explainer plays no part where
            ``of_prompt``.
        of_prompt: it is about the prompt's payoff, whatever explains it.
    """

    name: str
    title: str
    equation: str
    help: str
    why: str
    paper: str
    test: Callable[[Case, Explainer, str], Finding]
    of_prompt: bool = False


def word_named(words: tuple[Word, ...], place: int) -> str:
    """The word in quotes, with its place where the prompt has it more than once."""
    text = words[place].text
    again = sum(word.text == text for word in words) > 1
    return f"“{text}” (word {place + 1})" if again else f"“{text}”"
