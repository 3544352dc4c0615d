"""Trials as arrays and JSON, for ``storage``: only what a model had to make is kept, and all that
follows from it is worked out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from genlens.prompts.dossiers.dossier import Trials
from genlens.prompts.opinions import About, Opinion, Opinions, opinions_of
from genlens.prompts.results import PromptExplanation
from genlens.prompts.trust.noise import NoiseReport, over_noises
from genlens.prompts.versus.storage import rebuilt_versus, versus_arrays, versus_facts


def trial_arrays(trials: Trials) -> dict[str, np.ndarray]:
    """The numbers: payoffs (opinions, 2**d), values (noises, d), and ``versus_arrays``."""
    arrays: dict[str, np.ndarray] = {}
    for name, found in (("payoffs", trials.payoffs), ("removals", trials.removals)):
        if found is not None:
            arrays[f"trial_{name}"] = np.stack([o.payoffs for o in found.opinions])
    if trials.noises is not None:
        arrays["trial_noises"] = trials.noises.values
    return arrays | (versus_arrays(trials.versus) if trials.versus is not None else {})


def trial_facts(trials: Trials) -> dict[str, Any]:
    """The rest, as JSON has it."""
    facts: dict[str, Any] = {}
    for name, found in (("payoffs", trials.payoffs), ("removals", trials.removals)):
        if found is not None:
            facts[name] = {
                "opinions": [[o.name, o.title, o.unit] for o in found.opinions],
                "refused": found.refused,
                "model_calls": found.model_calls,
            }
    if trials.noises is not None:
        noises = trials.noises
        facts["noises"] = {"seeds": list(noises.seeds), "model_calls": noises.model_calls}
    if trials.versus is not None:
        facts["versus"] = versus_facts(trials.versus)
    return facts


def rebuilt_trials(
    arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any], explanation: PromptExplanation
) -> Trials:
    """The trials that ``trial_arrays`` and ``trial_facts`` wrote.

    Raises:
        KeyError, ValueError, InputError: they do not belong together.
    """
    words, prompt = explanation.attribution.words, explanation.prompt

    def opinions(about: About, name: str) -> Opinions | None:
        if name not in facts:
            return None
        told = facts[name]
        found = [
            Opinion.of(key, title, payoffs, words, unit)
            for (key, title, unit), payoffs in zip(
                told["opinions"], arrays[f"trial_{name}"], strict=True
            )
        ]
        return opinions_of(about, prompt, words, found, told["refused"], told["model_calls"])

    noises: NoiseReport | None = None
    if "noises" in facts:
        told = facts["noises"]
        noises = over_noises(
            arrays["trial_noises"], words, told["seeds"], prompt, told["model_calls"]
        )
    return Trials(
        opinions("payoff", "payoffs"),
        opinions("removal", "removals"),
        noises,
        rebuilt_versus(arrays, facts["versus"]) if "versus" in facts else None,
    )
