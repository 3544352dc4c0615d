"""What the prompt page offers to programs, beside its own buttons: name -> function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.ui.prompts.attention.work import api_where_it_looks
from genlens.ui.prompts.estimators.endpoints import estimate_words
from genlens.ui.prompts.inside.published import INSIDE
from genlens.ui.prompts.opinions.work import api_second_opinions
from genlens.ui.prompts.subsets.work import api_objects_by_words
from genlens.ui.prompts.tested.work import api_put_to_the_test
from genlens.ui.prompts.versus.work import api_compare_prompts

ENDPOINTS: dict[str, Callable[..., Any]] = {
    "estimate_words": estimate_words,
    "second_opinions": api_second_opinions,
    "put_to_the_test": api_put_to_the_test,
    "where_it_looks": api_where_it_looks,
    "objects_by_words": api_objects_by_words,
    "compare_prompts": api_compare_prompts,
    **INSIDE,
}
"""Functions of plain values; those that take a file are published by their tabs."""
