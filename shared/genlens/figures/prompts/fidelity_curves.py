"""Insertion and deletion curves over words, beside random orders and the control."""

from __future__ import annotations

import numpy as np

from genlens.figures.line_chart import line_chart
from genlens.prompts.trust.curves import Curve
from genlens.prompts.trust.fidelity import FidelityReport

_TITLES = {
    "insertion": "Insertion: words put in, the most valuable first (higher is better)",
    "deletion": "Deletion: words left out, the most valuable first (lower is better)",
}


def fidelity_curves(report: FidelityReport) -> str:
    """Both curves, scaled: no word has the payoff 0, all words have 1; "" where the words change
    nothing."""
    trial, control = report.trials[0], report.control
    pairs = ((trial.insertion, control.insertion), (trial.deletion, control.deletion))
    return "".join(_chart(own, other) for own, other in pairs if np.isfinite(own.payoffs).all())


def _chart(own: Curve, control: Curve) -> str:
    words = np.arange(len(own.payoffs))
    chance = "random orders, mean (band: middle 95 %)"
    low, high = np.quantile(own.random, [0.025, 0.975], axis=0)
    return line_chart(
        {
            "the explanation": (words, own.payoffs),
            chance: (words, own.random.mean(axis=0)),
            "control: values in reverse order": (words, control.payoffs),
        },
        x="words put in" if own.kind == "insertion" else "words left out",
        y="payoff, 0 to 1",
        title=_TITLES[own.kind],
        bands={chance: (low, high)},
    )
