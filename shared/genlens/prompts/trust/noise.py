"""Noise is not wording: the same prompt explained from several starting noises.

One seed is one picture. What a word does there is what it does from that noise; what it does in
general is the mean over noises, known only as well as they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from genlens.common.checks import whole
from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure, mean
from genlens.common.progress import Progress
from genlens.common.records import UNWRITTEN, Record
from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.prompts.game import PromptGame, TableGame
from genlens.prompts.shapley import require_exact, shapley
from genlens.prompts.trust.axiom import word_named

LEAST, MOST, USUAL = 2, 30, 5
"""Noises: the fewest that know anything of their spread, the most, and what nobody chooses."""


@dataclass(frozen=True)
class PairOfWords(Record):
    """Two words by their places, and how much more the ``first`` is worth than the ``second``: the
    mean over noises with its 95 % interval."""

    also_written = ("apart",)

    first: int
    second: int
    difference: Measure

    @property
    def apart(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return bool(self.difference.low > 0 or self.difference.high < 0)


@dataclass(frozen=True)
class NoiseReport(Record):
    """Values of each word over k noises.

    ``values`` (k, d) are Shapley values, one row a seed of ``seeds``; ``means`` the mean of each
    word with its 95 % interval (Student's t over noises). ``pairs`` are all pairs of words, each
    with the interval of its paired difference: two words whose own intervals overlap may still be
    told apart, since one noise moves both. Each interval is for itself: of 20 pairs that do not
    differ, one is told apart by chance.
    """

    also_written = ("alike", "sentence")

    prompt: str
    words: tuple[Word, ...] = field(metadata=UNWRITTEN)
    seeds: tuple[int, ...]
    values: np.ndarray
    means: tuple[Measure, ...]
    pairs: tuple[PairOfWords, ...]
    model_calls: int = 0

    @property
    def alike(self) -> tuple[PairOfWords, ...]:
        """The pairs that cannot be told apart."""
        return tuple(pair for pair in self.pairs if not pair.apart)

    @property
    def sentence(self) -> str:
        """What a reader must know of the order of the words."""
        k = len(self.seeds)
        if not self.pairs:
            return "There is only one word: nothing to tell apart."
        if not self.alike:
            return f"Over {k} starting noises every two words can be told apart."
        if len(self.alike) == len(self.pairs):
            return (
                f"Over {k} starting noises no two words can be told apart: which comes first in "
                "one image is not known to be more than its noise."
            )
        named = "; ".join(
            f"{word_named(self.words, p.first)} and {word_named(self.words, p.second)} "
            f"(difference {_signed(p.difference.low)} to {_signed(p.difference.high)})"
            for p in self.alike
        )
        return (
            f"Over {k} starting noises {len(self.alike)} of {len(self.pairs)} pairs of words "
            f"cannot be told apart: {named}. Which of them comes first in one image may be its "
            "noise."
        )


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def over_noises(
    values: np.ndarray,
    words: tuple[Word, ...],
    seeds: Sequence[int],
    prompt: str = "",
    model_calls: int = 0,
) -> NoiseReport:
    """The report of ``values`` (k, d) that are known already, one row a seed.

    Raises:
        InputError: fewer than two seeds, a seed twice, shapes that do not fit, or NaN.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.shape != (len(seeds), len(words)):
        raise InputError(
            f"values {values.shape} for {len(seeds)} seeds and {len(words)} words: pass one row a "
            "seed"
        )
    if len(seeds) < LEAST:
        raise InputError(f"{len(seeds)} noises know nothing of their spread: take 2 or more")
    if len(set(seeds)) < len(seeds):
        raise InputError(f"seeds {', '.join(map(str, seeds))} have one twice: it is one noise")
    if not np.isfinite(values).all():
        raise InputError("values hold NaN or infinity")
    pairs = tuple(
        PairOfWords(i, j, mean(values[:, i] - values[:, j]))
        for i, j in combinations(range(len(words)), 2)
    )
    return NoiseReport(
        prompt=prompt,
        words=words,
        seeds=tuple(int(seed) for seed in seeds),
        values=values,
        means=tuple(mean(column) for column in values.T),
        pairs=pairs,
        model_calls=model_calls,
    )


def explain_over_noises(
    game_of: Callable[[int], PromptGame],
    *,
    seed: int = 0,
    noises: int = USUAL,
    known: np.ndarray | None = None,
    progress: Progress | None = None,
) -> NoiseReport:
    """Exact Shapley values from ``noises`` starting noises, those of seed, seed + 1, ...

    Draws 2**d images for each noise.

    Args:
        game_of: seed -> the game of that noise, with its model, prompt and payoff.
        seed: the first.
        noises: how many, 2 to 30.
        known: (2**d,) payoffs of the first seed, where they are known: it is not drawn again.
        progress: ``progress(done, total, text)``, before each noise; total is ``noises``.

    Raises:
        InputError: a number out of range, or payoffs that are not of this prompt.
        Cancelled, ModelError: as the games raise them.
    """
    noises = whole("noises", noises, LEAST, MOST)
    first = whole("seed", seed, 0, MAX_SEED)
    seeds = [(first + k) % (MAX_SEED + 1) for k in range(noises)]
    rows, calls = [], 0
    words: tuple[Word, ...] = ()
    prompt = ""
    for k, one in enumerate(seeds):
        if progress is not None:
            progress(k, noises, f"Explaining from another noise: {k + 1} of {noises}")
        game = game_of(one)
        require_exact(game.d)
        words, prompt = game.words, game.prompt
        told = known if k == 0 and known is not None else game(all_coalitions(game.d))
        rows.append(shapley(TableGame(told, words)).values)
        calls += game.model_calls
    return over_noises(np.stack(rows), words, seeds, prompt, calls)
