"""Linearity: the average of two payoffs is explained by the average of the explanations."""

from __future__ import annotations

import numpy as np

from genlens.prompts.game import TableGame
from genlens.prompts.trust.axiom import Axiom, Case, Finding, word_named
from genlens.prompts.trust.explainers import Explainer


def _test(case: Case, explain: Explainer, method: str) -> Finding:
    one, other = case.game, case.second
    mean = TableGame((one.payoffs + other.payoffs) / 2, one.words)
    direct = explain(mean).values
    averaged = (explain(one).values + explain(other).values) / 2
    gaps = np.abs(direct - averaged)
    worst = int(np.argmax(gaps))
    says = (
        f"{word_named(one.words, worst)} gets {direct[worst]:.4f} of the averaged payoff, and "
        f"{averaged[worst]:.4f} on average of the two"
    )
    off = float(gaps[worst])
    return Finding("linearity", method, off <= case.limit, off, case.limit, says)


LINEARITY = Axiom(
    "linearity",
    "Linearity",
    "φᵢ((v + w) / 2) = (φᵢ(v) + φᵢ(w)) / 2",
    "Two payoffs (here the explanation's and a second one of the same images) are averaged. The "
    "explanation of the average has to be the average of the two explanations.",
    "Where it fails, explanations of several images, seeds or payoffs cannot be averaged.",
    "Shapley 1953, axiom 3",
    _test,
)
