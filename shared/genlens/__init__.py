"""genlens: see how image generators work, and check that the explanation is true.

Nothing heavy is imported here: ``import genlens`` stays under 0.3 s, and every public name is
loaded on first use (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_LAZY = {
    "load": "genlens.models.catalog",
    "explain_prompt": "genlens.prompts.explain",
    "PromptExplanation": "genlens.prompts.results",
    "PromptGame": "genlens.prompts.game",
    "shapley": "genlens.prompts.shapley",
    "attribute": "genlens.attribution.methods",
    "Attribution": "genlens.attribution.results",
    "load_study": "genlens.study.study",
    "study_of": "genlens.study.study",
}
__all__ = ["__version__", *sorted(_LAZY)]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name == "torchvision_guard":
        return importlib.import_module("genlens.common.torchvision_guard")
    raise AttributeError(f"module 'genlens' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
