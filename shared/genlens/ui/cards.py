"""Recorded evaluations that pages show: the JSON files of ``zoo/cards``."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from genlens.errors import ModelError


@cache
def card(name: str) -> dict[str, Any] | None:
    """The numbers of ``zoo/cards/<name>.json``, or None while nothing was measured.

    Raises:
        ModelError: the file is damaged.
    """
    path = resources.files("genlens.zoo").joinpath(f"cards/{name}.json")
    if not path.is_file():
        return None
    try:
        numbers = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(
            f"{path} cannot be read ({error}): run genlens evaluate {name} --json {path}"
        ) from error
    if not isinstance(numbers, dict):
        raise ModelError(f"{path} holds no table: run genlens evaluate {name} --json {path}")
    return numbers
