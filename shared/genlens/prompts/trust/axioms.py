"""Every axiom by name, and all of them on one prompt. A new one is a module and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.errors import Cancelled
from genlens.prompts.again import ingredients_of, payoff_of
from genlens.prompts.game import TableGame
from genlens.prompts.opinions import payoffs_of_pictures
from genlens.prompts.payoffs.distances import SSIM
from genlens.prompts.payoffs.pixels import PIXELS
from genlens.prompts.results import PromptExplanation
from genlens.prompts.trust.axiom import TOLERANCE, Axiom, Case, Finding
from genlens.prompts.trust.efficiency import EFFICIENCY
from genlens.prompts.trust.explainers import EXPLAINERS, Explainer
from genlens.prompts.trust.linearity import LINEARITY
from genlens.prompts.trust.null_player import NULL_PLAYER
from genlens.prompts.trust.superadditivity import SUPERADDITIVITY
from genlens.prompts.trust.symmetry import SYMMETRY
from genlens.worlds import vocabulary

_ALL = (EFFICIENCY, SYMMETRY, NULL_PLAYER, LINEARITY, SUPERADDITIVITY)
AXIOMS: dict[str, Axiom] = {axiom.name: axiom for axiom in _ALL}


@dataclass(frozen=True)
class AxiomReport(Record):
    """What each axiom's test found, for each method side by side.

    ``findings`` are axiom by axiom, in the order of ``methods`` (name -> title); those of the
    prompt itself come once, with the method "". ``range`` is the payoff's, of which ``tolerance``
    may be off.
    """

    prompt: str
    methods: dict[str, str]
    findings: tuple[Finding, ...]
    range: float
    tolerance: float
    second_payoff: str

    def of(self, axiom: str, method: str = "") -> Finding:
        """The finding of one axiom and method."""
        return next(f for f in self.findings if (f.axiom, f.method) == (axiom, method))


def check_axioms(
    case: Case,
    prompt: str = "",
    *,
    methods: Mapping[str, tuple[str, Explainer]] | None = None,
    cancel: Cancel | None = None,
) -> AxiomReport:
    """Test every axiom on one prompt's payoffs.

    Args:
        case: the payoffs.
        prompt: what they are of.
        methods: name -> title and explainer; default ``explainers.EXPLAINERS``.
        cancel: asked before each test.

    Raises:
        Cancelled: ``cancel()`` said so.
    """
    chosen = EXPLAINERS if methods is None else methods
    findings: list[Finding] = []
    for axiom in AXIOMS.values():
        asked = {"": ("", next(iter(chosen.values()))[1])} if axiom.of_prompt else chosen
        for name, (_, explain) in asked.items():
            if cancel is not None and cancel():
                raise Cancelled(f"stopped after {len(findings)} tests")
            findings.append(axiom.test(case, explain, name))
    titles = {name: title for name, (title, _) in chosen.items()}
    return AxiomReport(prompt, titles, tuple(findings), case.range, TOLERANCE, case.second_name)


def case_of(explanation: PromptExplanation) -> Case:
    """The case of an explanation: its payoffs, and as the second ones those of pixels (of SSIM,
    where pixels are its own). Nothing is drawn and no model is loaded. Its fillers are the emoji
    world's, where its model knows that world."""
    words = explanation.attribution.words
    second = SSIM if payoff_of(explanation) == PIXELS.name else PIXELS
    told = payoffs_of_pictures(
        explanation.coalition_images, second.make(ingredients_of(explanation))
    )
    kinds = [vocabulary.kind(word.text) for word in words]
    of_the_world = explanation.made_by.source in ("", "embedded")
    fillers = tuple(j for j, kind in enumerate(kinds) if of_the_world and kind == "filler")
    game = TableGame(np.asarray(explanation.payoffs), words)
    return Case(game, TableGame(told, words), fillers, second.title)


def axioms_of(
    explanation: PromptExplanation,
    *,
    methods: Mapping[str, tuple[str, Explainer]] | None = None,
    cancel: Cancel | None = None,
) -> AxiomReport:
    """``check_axioms`` of an explanation's own payoffs; nothing is drawn."""
    return check_axioms(
        case_of(explanation),
        explanation.prompt,
        methods=methods,
        cancel=cancel,
    )
