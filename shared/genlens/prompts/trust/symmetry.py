"""Symmetry: two words that do the same get the same."""

from __future__ import annotations

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.models.contracts import Word
from genlens.prompts.game import TableGame
from genlens.prompts.trust.axiom import Axiom, Case, Finding, word_named
from genlens.prompts.trust.explainers import Explainer


def duplicated(game: TableGame, word: int) -> TableGame:
    """``game`` with a copy of ``word`` as one more, last player: either of the two does what the
    word did, and both together do no more."""
    d = game.d
    rows = all_coalitions(d + 1)
    said = rows[:, :d].copy()
    said[:, word] |= rows[:, d]
    payoffs = game(said)
    return TableGame(payoffs, (*game.words, Word(game.words[word].text)))


def _test(case: Case, explain: Explainer, method: str) -> Finding:
    game = case.with_room
    gaps, pairs = [], []
    for word in range(game.d):
        values = explain(duplicated(game, word)).values
        gaps.append(abs(float(values[word] - values[-1])))
        pairs.append((float(values[word]), float(values[-1])))
    worst = int(np.argmax(gaps))
    says = (
        f"a copy of {word_named(game.words, worst)}: the word gets {pairs[worst][0]:.4f}, its copy "
        f"{pairs[worst][1]:.4f}"
    )
    return Finding("symmetry", method, gaps[worst] <= case.limit, gaps[worst], case.limit, says)


SYMMETRY = Axiom(
    "symmetry",
    "Symmetry",
    "v(S + i) = v(S + j) for all S  ⟹  φᵢ = φⱼ",
    "Each word is given a copy that does exactly what it does. The two have to get the same.",
    "Where it fails, a word's place in the prompt, or chance, decides part of its value.",
    "Shapley 1953, axiom 1",
    _test,
)
