"""The lesson's figures for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.errors import ModelError
from genlens.steering.hypotheses.lesson import recorded


def api_lesson_facts() -> dict[str, Any]:
    """What was measured of the two smile classifiers of the lesson, the planted and the plain one.

    Returns:
        By classifier: accuracy; bare and wearing (where four static maps point, on faces without
        and with glasses); effects and answers by edit. Every figure is {value, low, high, n,
        left_out}.
    """
    found = recorded()
    if found is None:
        raise ModelError(
            "nothing was measured for this copy: run python -m genlens.steering.hypotheses.lesson"
        )
    return found


ENDPOINTS: dict[str, Callable[..., Any]] = {"lesson_facts": api_lesson_facts}
"""By their public names."""
