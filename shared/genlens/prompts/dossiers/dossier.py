"""All that is known of one explanation: itself, its tests, and what else was asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from genlens.common.records import MERGED, UNWRITTEN, Record
from genlens.prompts.again import payoff_of
from genlens.prompts.estimators.estimators import ESTIMATORS, estimate
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import TableGame
from genlens.prompts.opinions import Opinions, compare_payoffs_of
from genlens.prompts.payoffs.payoffs import PAYOFFS
from genlens.prompts.results import PromptExplanation
from genlens.prompts.trust.axioms import AxiomReport, axioms_of
from genlens.prompts.trust.fidelity import FidelityReport, fidelity_of
from genlens.prompts.trust.noise import NoiseReport
from genlens.prompts.versus.results import PromptComparison

WITHOUT_A_MODEL = ("ssim", "pixels")
"""Payoffs that are worked out for every explanation, beside its own."""
A_WORD = 5
"""Images a word for estimators that take a budget."""


@dataclass(frozen=True)
class Trials(Record):
    """What was asked of an explanation and took a model: other ``payoffs``, other ways to leave a
    word out (``removals``), other starting ``noises``, another prompt (``versus``). None where it
    was not asked."""

    payoffs: Opinions | None = None
    removals: Opinions | None = None
    noises: NoiseReport | None = None
    versus: PromptComparison | None = None


@dataclass(frozen=True)
class Dossier(Record):
    """An explanation with its ``trials``; what follows from its payoffs and pictures alone is
    worked out when it is first asked for."""

    also_written = (
        "estimates", "payoff_opinions", "removal_opinions", "axioms", "fidelity", "noises",
        "versus",
    )  # fmt: skip

    explanation: PromptExplanation = field(metadata=MERGED)
    trials: Trials = field(default_factory=Trials, metadata=UNWRITTEN)

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """The words by every estimator, from the payoffs that are there; those that take a budget
        get 5 images a word."""
        game = TableGame(self.explanation.payoffs, self.explanation.attribution.words)
        budget = min(max(A_WORD * game.d, 2 * game.d + 2), 2**game.d)
        return {
            name: estimate(game, name, **({"images": budget} if about.budget else {}))
            for name, about in ESTIMATORS.items()
        }

    @cached_property
    def payoff_opinions(self) -> Opinions:
        """The payoffs that were tried; else its own and those that need no model."""
        if self.trials.payoffs is not None:
            return self.trials.payoffs
        names = dict.fromkeys((payoff_of(self.explanation), *WITHOUT_A_MODEL))
        return compare_payoffs_of(self.explanation, [name for name in names if name in PAYOFFS])

    @property
    def removal_opinions(self) -> Opinions | None:
        """Other ways to leave a word out, where they were tried."""
        return self.trials.removals

    @property
    def noises(self) -> NoiseReport | None:
        """Other starting noises, where they were tried."""
        return self.trials.noises

    @property
    def versus(self) -> PromptComparison | None:
        """Another prompt beside it, where one was tried."""
        return self.trials.versus

    @cached_property
    def axioms(self) -> AxiomReport:
        """Which axioms hold on its payoffs."""
        return axioms_of(self.explanation)

    @cached_property
    def fidelity(self) -> FidelityReport:
        """Whether its values foretell what the model does."""
        return fidelity_of(self.explanation)
