"""Null player: a word that never changes anything gets nothing."""

from __future__ import annotations

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.models.contracts import Word
from genlens.prompts.game import TableGame
from genlens.prompts.trust.axiom import Axiom, Case, Finding, word_named
from genlens.prompts.trust.explainers import Explainer

SILENT = "(silent)"


def with_silent_word(game: TableGame) -> TableGame:
    """``game`` with one more, last player that changes no payoff."""
    rows = all_coalitions(game.d + 1)
    return TableGame(game(rows[:, :-1]), (*game.words, Word(SILENT)))


def largest_effects(game: TableGame) -> np.ndarray:
    """(d,) the most that each word changes the payoff of any sub-prompt, |v(S + i) - v(S)|."""
    rows = all_coalitions(game.d)
    found = []
    for word in range(game.d):
        without = rows[~rows[:, word]]
        said = without.copy()
        said[:, word] = True
        found.append(float(np.abs(game(said) - game(without)).max()))
    return np.array(found)


def _test(case: Case, explain: Explainer, method: str) -> Finding:
    silent = abs(float(explain(with_silent_word(case.with_room)).values[-1]))
    says = f"a silent word that changes no payoff gets {silent:.4f}"
    off = silent
    if case.fillers:
        values, most = explain(case.game).values, largest_effects(case.game)
        over = {word: abs(float(values[word])) - float(most[word]) for word in case.fillers}
        off = max(off, *over.values(), 0.0)
        named = "; ".join(
            f"{word_named(case.game.words, word)} {values[word]:.4f} (changes no image's payoff by "
            f"more than {most[word]:.4f})"
            for word in case.fillers
        )
        says += f". Words of this prompt that ask for nothing: {named}"
    return Finding("null-player", method, off <= case.limit, off, case.limit, says)


NULL_PLAYER = Axiom(
    "null-player",
    "Null player",
    "v(S + i) = v(S) for all S  ⟹  φᵢ = 0",
    "A word that never changes any image gets nothing. Tested with a silent word that is added to "
    "the prompt's payoffs; where the prompt has filler words, they must not get more than the most "
    "they ever change.",
    "Where it fails, words that do nothing look as if they mattered.",
    "Shapley 1953, axiom 2 (carriers)",
    _test,
)
