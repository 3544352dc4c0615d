"""What a request sends for a page's number fields and for texts, checked before gradio reads it.

gradio rounds 3.5 to 4, and answers text, NaN or nothing at all with a Python error; what a program
sends where an endpoint takes a text, it passes on whatever it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradio.components import Number, Slider
from gradio.components.api_component import Api

from genlens.errors import InputError


def check_count(components: Sequence[Any], values: Sequence[Any]) -> None:
    """Refuse a request that sent more or fewer values than the event has inputs.

    Raises:
        InputError: it names the inputs in order.
    """
    if len(components) != len(values):
        names = ", ".join(_name(component) for component in components) or "none"
        raise InputError(
            f"{len(values)} values were sent: pass {len(components)}, in this order: {names}"
        )


def check_numbers(components: Sequence[Any], values: Sequence[Any]) -> None:
    """Refuse what is not a number within its field's limits.

    An empty ``Number`` field passes: whether it may be empty is for the handler to say.

    Args:
        components: the inputs of an event, in order.
        values: what the request sent for them, as decoded from JSON.

    Raises:
        InputError: there are too many or too few values, or one names its field, the value and the
            limits.
    """
    check_count(components, values)
    for component, value in zip(components, values, strict=True):
        if isinstance(component, Slider) or (isinstance(component, Number) and value is not None):
            _check(component, value)


def check_texts(components: Sequence[Any], values: Sequence[Any], names: Sequence[str]) -> None:
    """Refuse what is no text where an endpoint for programs (``gr.api``) takes one.

    Args:
        components: the inputs of an event, in order.
        values: what the request sent for them.
        names: of the parameters behind them.

    Raises:
        InputError: it names the parameter and the value.
    """
    for component, value, name in zip(components, values, names, strict=False):
        text = isinstance(component, Api) and component.api_info().get("type") == "string"
        if text and not isinstance(value, str):
            said = "null" if value is None else repr(value)[:40]
            raise InputError(f"{name} is {said}: pass a text")


def _check(component: Number | Slider, value: Any) -> None:
    whole = component.step == 1 if isinstance(component, Slider) else component.precision == 0
    given = isinstance(value, (int, float)) and not isinstance(value, bool)
    finite = given and math.isfinite(value)
    low, high = component.minimum, component.maximum
    inside = finite and (low is None or value >= low) and (high is None or value <= high)
    if inside and (not whole or value == int(value)):
        return
    kind = "a whole number" if whole else "a number"
    limits = "".join(
        f" {word} {limit:,}" for word, limit in (("from", low), ("to", high)) if limit is not None
    )
    said = "empty" if value is None or value == "" else repr(value)[:40]
    raise InputError(f"{_name(component)} is {said}: pass {kind}{limits}")


def _name(component: Any) -> str:
    return str(component.label or "a value")
