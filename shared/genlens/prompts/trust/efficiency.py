"""Efficiency: the values add up."""

from __future__ import annotations

from genlens.prompts.trust.axiom import Axiom, Case, Finding
from genlens.prompts.trust.explainers import Explainer


def _test(case: Case, explain: Explainer, method: str) -> Finding:
    found = explain(case.game)
    total = float(found.values.sum())
    wanted = float(case.game.payoffs[-1] - case.game.payoffs[0])
    off = abs(total - wanted)
    says = f"the values add up to {total:.4f}; v(all) − v(none) is {wanted:.4f}"
    return Finding("efficiency", method, off <= case.limit, off, case.limit, says)


EFFICIENCY = Axiom(
    "efficiency",
    "Efficiency",
    "Σ φᵢ = v(D) − v(∅)",
    "All words together get what all words together did: nothing is lost, nothing is invented.",
    "Where it fails, a share is a share of nothing: the numbers cannot be read as parts.",
    "Shapley 1953, axiom 2",
    _test,
)
