"""A comparison of two prompts as arrays and JSON: what was drawn and worth what; the rest follows
from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from genlens.common.records import MadeBy
from genlens.models.contracts import Word
from genlens.prompts.versus.results import PromptComparison, compared


def versus_arrays(found: PromptComparison) -> dict[str, np.ndarray]:
    """Values (k, d) of both prompts and the pictures (k, 2, h, w, 3)."""
    return {
        "versus_first": found.values[0],
        "versus_second": found.values[1],
        "versus_images": found.images,
        "versus_likeness": np.asarray(found.likeness_by_noise),
        "versus_noise": np.asarray(found.noise_likeness_by_noise),
    }


def versus_facts(found: PromptComparison) -> dict[str, Any]:
    """The rest, as JSON has it."""
    words = [
        [[w.text, list(w.token_ids), w.known, list(w.suggestions), w.read] for w in each]
        for each in found.words
    ]
    return {
        "prompts": list(found.prompts),
        "words": words,
        "seeds": list(found.seeds),
        "repeated": found.repeated,
        "unit": found.unit,
        "notes": list(found.notes),
        "made_by": found.made_by.to_dict(),
    }


def rebuilt_versus(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> PromptComparison:
    """What the two wrote.

    Raises:
        KeyError, TypeError, ValueError, InputError: they do not belong together.
    """
    first, second = (
        tuple(Word(t, tuple(ids), known, tuple(near), read) for t, ids, known, near, read in each)
        for each in facts["words"]
    )
    return compared(
        (facts["prompts"][0], facts["prompts"][1]),
        (first, second),
        facts["seeds"],
        (arrays["versus_first"], arrays["versus_second"]),
        arrays["versus_images"],
        arrays["versus_likeness"].tolist(),
        arrays["versus_noise"].tolist(),
        facts["repeated"],
        unit=facts["unit"],
        notes=tuple(facts["notes"]),
        made_by=MadeBy(**facts["made_by"]),
    )
