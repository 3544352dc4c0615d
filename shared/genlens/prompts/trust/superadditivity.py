"""Superadditivity: two groups of words together do at least what each does alone.

This is a property of the prompt's payoff, not of an explainer: where it fails, words get in each
other's way or say the same thing twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.common.records import Record
from genlens.prompts.game import TableGame
from genlens.prompts.trust.axiom import Axiom, Case, Finding
from genlens.prompts.trust.explainers import Explainer


@dataclass(frozen=True)
class Superadditivity(Record):
    """All pairs of disjoint groups of words S and T, both not empty, of one game.

    ``violated`` of ``pairs`` have v(S + T) < v(S) + v(T) by more than the limit, where v is the
    payoff above the empty prompt's. ``as_written`` counts the same for the payoff itself, as the
    source paper writes it: a similarity is never far from its greatest value, so the sum of two is
    nearly always larger. ``worst`` is the largest lack, between ``first`` and ``second`` (places of
    words; () where nothing is violated).
    """

    pairs: int
    violated: int
    as_written: int
    worst: float
    first: tuple[int, ...]
    second: tuple[int, ...]


def superadditivity(game: TableGame, limit: float = 0.0) -> Superadditivity:
    """Count over all (3**d - 2**(d + 1) + 1) / 2 pairs of disjoint groups of words."""
    d, numbers = game.d, np.arange(2**game.d)
    v = game.payoffs - game.payoffs[0]
    pairs = violated = as_written = 0
    worst, where = 0.0, (0, 0)
    for s in range(1, 2**d):
        others = numbers[(numbers & s == 0) & (numbers > s)]  # each pair once
        lack = v[s] + v[others] - v[s | others]
        plain = game.payoffs[s] + game.payoffs[others] - game.payoffs[s | others]
        pairs += len(others)
        violated += int((lack > limit).sum())
        as_written += int((plain > limit).sum())
        if len(others) and float(lack.max()) > max(worst, limit):
            worst, where = float(lack.max()), (s, int(others[int(lack.argmax())]))
    members = all_coalitions(d)
    first, second = (tuple(np.flatnonzero(members[i]).tolist()) for i in where)
    return Superadditivity(pairs, violated, as_written, worst, first, second)


def _test(case: Case, explain: Explainer, method: str) -> Finding:
    found = superadditivity(case.game, case.limit)
    if not found.pairs:
        says = "there is only one word: no two groups to compare"
        return Finding("superadditivity", method, None, 0.0, case.limit, says)
    words = case.game.words
    says = f"{found.violated:,} of {found.pairs:,} pairs of word groups do less together"
    if found.first:
        s, t = (" ".join(words[i].text for i in part) for part in (found.first, found.second))
        says += f"; the worst: “{s}” and “{t}” lack {found.worst:.4f}"
    says += (
        f". With the payoff as it is, the empty prompt's not taken off: {found.as_written:,} of "
        f"{found.pairs:,}"
    )
    holds = found.violated == 0
    return Finding("superadditivity", method, holds, found.worst, case.limit, says)


SUPERADDITIVITY = Axiom(
    "superadditivity",
    "Superadditivity",
    "v(S ∪ T) ≥ v(S) + v(T), S and T disjoint, v above the empty prompt's",
    "Two groups of words together bring the image at least as near to the whole prompt's as each "
    "does alone, added up.",
    "Where it fails, words repeat each other or get in each other's way: their values are what is "
    "left after they have shared it. No explainer is at fault.",
    "Source paper's notebook; von Neumann and Morgenstern 1944, section 25.3",
    _test,
    of_prompt=True,
)
