"""A link to what the page shows: model, set, criteria, thresholds, group, k, anchor, tab."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.results import GROUPS
from genlens.ui.anchors import sources
from genlens.ui.anchors.seen import ALL
from genlens.ui.studies import OWN

NAMES = ("model", "set", "x", "y", "tx", "ty", "group", "k", "anchor")
"""The parameters, in the order in which the page's script gets their values."""
REMEMBERED = NAMES


def query(head: Mapping[str, Any], tab: str = "scatter", **more: Any) -> str:
    """``?model=…`` of what a handler was given; "" for a visitor's own model. A group that is the
    visitor's own selection is left out: nobody else has it."""
    if str(head.get("model_id", "")).startswith(OWN):
        return ""
    named = {"model": head["model_id"], "set": head["set_name"], "x": head["x"], "y": head["y"]}
    named |= {name: head.get(name) for name in ("tx", "ty")}
    known = {**named, **more, "tab": tab}
    if known.get("group") not in (*GROUPS, ALL):
        known.pop("group", None)
    return "?" + urlencode({k: v for k, v in known.items() if v is not None and v != ""})


def read(
    parameters: Mapping[str, str], models: Collection[str], tabs: Collection[str]
) -> dict[str, Any]:
    """What a link asks for; what cannot be meant is left out, so that an old link still opens the
    page."""
    asked: dict[str, Any] = {}
    if parameters.get("model") in models:
        asked["model"] = parameters["model"]
    if parameters.get("tab") in tabs:
        asked["tab"] = parameters["tab"]
    model = asked.get("model")
    if model and parameters.get("set") in [name for _, name in sources.sets_of(model)]:
        asked["set"] = parameters["set"]
    for name, side in (("x", "intrinsic"), ("y", "extrinsic")):
        criterion = CRITERIA.get(parameters.get(name, ""))
        if criterion is not None and criterion.side == side:
            asked[name] = criterion.name
    for name in ("tx", "ty"):
        line = _number(parameters.get(name, ""))
        if line is not None:
            asked[name] = line
    if parameters.get("group") in (*GROUPS, ALL):
        asked["group"] = parameters["group"]
    for name, most in (("k", 30), ("anchor", 10**7)):
        value = parameters.get(name, "")
        if value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= most:
            asked[name] = int(value)
    return asked


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e30 else None
