"""Odd values in every number of the endpoints of Why, Examples and Rebuild: one clear sentence."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest

from genlens.errors import GenlensError
from genlens.study.study import Study
from genlens.ui.latents.examples import endpoints as examples_endpoints
from genlens.ui.latents.examples import handlers as examples_events
from genlens.ui.latents.rebuild import tab as rebuild_tab
from genlens.ui.latents.why import endpoints as why_endpoints
from genlens.ui.latents.why import handlers as why_events
from genlens.ui.messages import as_toasts
from why_page import tiny_study

pytestmark = pytest.mark.apps

ODD = [None, float("nan"), float("inf"), 3.5, "three", "", 10**12, -1, True, [1], {"a": 1}]
ENDPOINTS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "attribute": (why_endpoints.api_attribute, {"model": "plain"}),
    "attribute_many": (why_endpoints.api_attribute_many, {"model": "plain", "pictures": 4}),
    "prototypes": (examples_endpoints.api_prototypes, {"model": "plain", "count": 3}),
    "contrast": (examples_endpoints.api_contrast, {"model": "plain", "picture": 0}),
    "anchor": (examples_endpoints.api_anchor, {"model": "plain", "picture": 0, "parts": 4}),
    "effects": (examples_endpoints.api_effects, {"model": "plain", "pictures": 12}),
    "joint_effect": (
        examples_endpoints.api_joint_effect,
        {"model": "plain", "first": 0, "second": 1, "pictures": 12},
    ),
    "rebuild_targets": (rebuild_tab.api_rebuild_targets, {"model": "plain", "count": 1}),
}
FRACTIONS = {"good", "precision", "beta"}
"""Numbers that need not be whole."""
CASES = [
    (name, parameter)
    for name, (function, _) in ENDPOINTS.items()
    for parameter, spec in inspect.signature(function).parameters.items()
    if spec.annotation == "float"
]


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    here = tiny_study()

    def study(_: str) -> Study:
        return here

    monkeypatch.setattr(why_events, "study_of_page", study)
    for module in (examples_endpoints, examples_events, rebuild_tab):
        monkeypatch.setattr(module, "study", study)


@pytest.mark.parametrize(("name", "parameter"), CASES, ids=[f"{n}-{p}" for n, p in CASES])
def test_an_odd_number_is_refused_in_a_sentence_and_leaves_no_traceback(
    name: str, parameter: str
) -> None:
    function, usual = ENDPOINTS[name]
    accepted = []
    for value in ODD:
        try:
            found = as_toasts(function)(**(usual | {parameter: value}))
        except gr.Error as error:
            assert isinstance(error.__cause__, GenlensError) and not error.print_exception
            assert len(str(error)) > 10 and "Error" not in str(error)
        else:
            accepted.append(value)
            json.dumps(found, allow_nan=False)
    allowed = {3.5, True} if parameter in FRACTIONS else {10**12} & set()
    assert [v for v in accepted if not isinstance(v, (list, dict)) and v not in allowed] == []
    assert not any(isinstance(v, (list, dict, str)) for v in accepted)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("attribute", {"box": "1,2,3,4", "target": "region", "region": "box"}),
        ("attribute", {"box": [1, 2, None, 4], "target": "region", "region": "box"}),
        ("attribute", {"box": [1, 2, 3.5, 4], "target": "region", "region": "box"}),
        ("attribute", {"settings": {"absolute": 7, "steps": None}}),
        ("attribute", {"settings": "fast"}),
        ("attribute", {"method": None}),
        ("attribute", {"target": None}),
        ("effects", {"latents": [0, 3.5]}),
        ("effects", {"latents": [99]}),
        ("effects", {"latents": []}),
        ("effects", {"latents": list(range(17))}),
        ("effects", {"output": "class/nobody"}),
        ("effects", {"output": None}),
        ("effects", {"output": 7}),
        ("joint_effect", {"first": 1, "second": 1}),
        ("anchor", {"about": "hats"}),
        ("anchor", {"about": None}),
        ("contrast", {"to": 4}),
        ("contrast", {"question": None}),
        ("prototypes", {"group": 7}),
    ],
)
def test_other_odd_values_are_refused_too(name: str, change: dict[str, Any]) -> None:
    function, usual = ENDPOINTS[name]
    with pytest.raises(gr.Error) as raised:
        as_toasts(function)(**(usual | change))
    assert isinstance(raised.value.__cause__, GenlensError) and not raised.value.print_exception


@pytest.mark.parametrize("name", ["attribute", "attribute_many", "contrast", "anchor", "effects"])
def test_work_for_a_program_that_left_is_stopped(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genlens.errors import Cancelled

    for module in (why_endpoints, examples_endpoints):
        monkeypatch.setattr(module, "stopped", lambda: True)
    function, usual = ENDPOINTS[name]
    with pytest.raises(Cancelled):
        function(**usual)
