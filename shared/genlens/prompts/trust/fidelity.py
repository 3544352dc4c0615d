"""Fidelity of one explanation of words: curves, infidelity, leave-one-out, and a control.

The control is the same values handed to the words in the reverse order: it adds up like the
explanation and has to fail.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from genlens.common.records import UNWRITTEN, Record
from genlens.models.contracts import Word
from genlens.prompts.estimators.leave_one_out import leave_one_out
from genlens.prompts.game import Game, TableGame
from genlens.prompts.results import PromptExplanation, TokenAttribution
from genlens.prompts.trust.agreement import FEWEST
from genlens.prompts.trust.curves import Curve, curve, orders_of
from genlens.prompts.trust.explainers import lime
from genlens.prompts.trust.infidelity import Infidelity, infidelity


@dataclass(frozen=True)
class Fidelity(Record):
    """How well one set of values foretells what the model does.

    ``correlation`` is Pearson's, of the values with what is lost when each word alone is left out;
    NaN where ``no_correlation`` says why.
    """

    method: str
    values: np.ndarray
    insertion: Curve
    deletion: Curve
    infidelity: Infidelity
    correlation: float
    no_correlation: str = ""


@dataclass(frozen=True)
class FidelityReport(Record):
    """``trials`` of explanations of one prompt, and the ``control``, which has to do worse than
    chance. ``control_fails`` says whether it does; None where all values are alike, so that their
    reverse order is no other order."""

    also_written = ("control_fails",)

    prompt: str
    words: tuple[Word, ...] = field(metadata=UNWRITTEN)
    trials: tuple[Fidelity, ...]
    control: Fidelity

    @property
    def control_fails(self) -> bool | None:
        """Whether the control's areas are worse than those of random orders."""
        gains = (self.control.insertion.gain, self.control.deletion.gain)
        flat = np.ptp(self.control.values) <= 1e-12
        if flat or not np.isfinite(gains).all():
            return None
        return bool(sum(gains) < 0)


def reversed_values(values: np.ndarray) -> np.ndarray:
    """The same values in the reverse order: the word with the largest gets the smallest."""
    order = np.argsort(values, kind="stable")
    out = np.empty_like(values)
    out[order] = values[order][::-1]
    return out


def fidelity(game: Game, attribution: TokenAttribution, *, seed: int = 0) -> Fidelity:
    """The measures of one ``attribution`` of ``game``."""
    values = np.asarray(attribution.values, dtype=np.float64)
    orders = orders_of(game.d, seed)
    correlation, why_not = correlated(values, leave_one_out(game).values)
    return Fidelity(
        method=attribution.method,
        values=values,
        insertion=curve(game, values, "insertion", orders, seed),
        deletion=curve(game, values, "deletion", orders, seed),
        infidelity=infidelity(game, values),
        correlation=correlation,
        no_correlation=why_not,
    )


def fidelity_report(
    game: Game, attributions: tuple[TokenAttribution, ...], prompt: str = "", *, seed: int = 0
) -> FidelityReport:
    """``fidelity`` of each of ``attributions``, the first of which also gives the control.

    Raises:
        InputError: values that do not fit the game or are NaN.
        Cancelled, ModelError: whatever the game raises.
    """
    first = attributions[0]
    control = TokenAttribution(
        words=first.words,
        values=reversed_values(np.asarray(first.values, dtype=np.float64)),
        shares=first.shares,
        base_value=first.base_value,
        full_value=first.full_value,
        method="control: values in reverse order",
    )
    return FidelityReport(
        prompt=prompt,
        words=tuple(game.words),
        trials=tuple(fidelity(game, one, seed=seed) for one in attributions),
        control=fidelity(game, control, seed=seed),
    )


def fidelity_of(explanation: PromptExplanation, *, seed: int = 0) -> FidelityReport:
    """The report of a stored explanation, with LIME and leave-one-out beside it; nothing is
    drawn."""
    game = TableGame(explanation.payoffs, explanation.attribution.words)
    beside = (lime(game), leave_one_out(game))
    return fidelity_report(game, (explanation.attribution, *beside), explanation.prompt, seed=seed)


def correlated(values: np.ndarray, lost: np.ndarray) -> tuple[float, str]:
    """Pearson's correlation of two (d,), or NaN and why there is none."""
    if len(values) < FEWEST:
        return float("nan"), "too few words to say"
    if min(np.ptp(values), np.ptp(lost)) <= 1e-12:
        return float("nan"), "all words are alike in one of the two"
    return float(np.corrcoef(values, lost)[0, 1]), ""
