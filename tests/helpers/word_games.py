"""Games over words whose Shapley values are known, of any number of words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from genlens.common.coalitions import all_coalitions, shapley_weights
from genlens.models.contracts import Word
from genlens.prompts.game import TableGame, as_coalitions

weights_of = cache(shapley_weights)


@dataclass
class TermGame:
    """v(S) = base + the sum of the terms whose words are all in S, so a word's Shapley value is its
    share of each term that it is in. Counts what it is asked."""

    d: int
    terms: dict[tuple[int, ...], float]
    base: float = 0.2
    model_calls: int = 0
    asked: list[np.ndarray] = field(default_factory=list)

    @property
    def words(self):
        return tuple(Word(f"w{i}") for i in range(self.d))

    @property
    def shapley(self):
        values = np.zeros(self.d)
        for words, gain in self.terms.items():
            values[list(words)] += gain / len(words)
        return values

    def __call__(self, coalitions):
        rows = as_coalitions(coalitions, self.d)
        self.asked.append(rows)
        self.model_calls += len(rows)
        if not self.terms:
            return np.full(len(rows), self.base)
        said = rows.astype(np.float32) @ self._holds.T  # (m, terms) how many of each are there
        whole = said == self._holds.sum(axis=1)
        return self.base + whole @ np.array(list(self.terms.values()))

    @cached_property
    def _holds(self):
        holds = np.zeros((len(self.terms), self.d), dtype=np.float32)
        for row, words in zip(holds, self.terms, strict=True):
            row[list(words)] = 1
        return holds


def additive(d, seed=0):
    weights = np.random.default_rng(seed).normal(size=d)
    return TermGame(d, {(i,): float(w) for i, w in enumerate(weights)})


def term_game(d, seed=0, orders=(2, 3), size=0.6):
    """Single words, and 2 d random terms of each of ``orders`` words."""
    rng = np.random.default_rng(seed)
    terms = {(i,): float(rng.normal()) for i in range(d)}
    for order in orders:
        for _ in range(2 * d):
            words = tuple(sorted(rng.choice(d, order, replace=False).tolist()))
            terms[words] = terms.get(words, 0.0) + float(rng.normal(0, size))
    return TermGame(d, terms)


def saturating(d, seed=0, jitter=0.02):
    """(game, Shapley values): words and pairs through a curve that flattens, and each picture's own
    jitter, as CLIP similarities behave."""
    rng = np.random.default_rng(seed)
    members = all_coalitions(d).astype(float)
    alone = rng.gamma(0.5, 1, d)
    pairs = np.triu(rng.normal(0, 0.3, (d, d)) * (rng.random((d, d)) < 0.4), 1)
    told = members @ alone + ((members @ pairs) * members).sum(axis=1)
    payoffs = 1 / (1 + np.exp(-3 * (told / max(abs(told[-1]), 0.1) - 0.5)))
    payoffs += jitter * rng.standard_normal(len(payoffs))
    return TableGame(payoffs), weights_of(d) @ payoffs
