"""What every method knows of itself."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn

from genlens.attribution.method import Method
from genlens.attribution.methods import METHODS, methods_for, quick_settings
from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, latent_mean
from tiny_vaes import code, conv_model, image

pytestmark = pytest.mark.unit
EVERY = pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))


@EVERY
def test_it_can_be_described_in_full(method: Method) -> None:
    for text in (method.title, method.help, method.equation, method.misleads, method.paper):
        assert text.strip()
    assert method.help.endswith(".") and method.misleads.endswith(".")
    assert method.sums and method.sums.endswith(".") != method.complete
    assert method.kinds and set(method.kinds) <= {"image", "latent"}
    assert inspect.getdoc(method.function)


@EVERY
def test_its_settings_are_parameters_of_its_function(method: Method) -> None:
    parameters = inspect.signature(method.function).parameters
    assert list(parameters)[:2] == ["target", "x"] and "seed" in method.settings
    named = {option.name for option in method.options} | set(method.needs) | set(method.quick)
    assert named <= set(method.settings)
    assert bool(method.compared) == bool(method.against)
    assert not method.compared or method.compared in method.settings
    assert not method.blocks or "groups" in method.settings


@EVERY
def test_its_first_values_are_in_range_and_what_is_outside_is_refused(method: Method) -> None:
    first = method.defaults()
    for option in method.options:
        value = first[option.name]
        if option.low is None or option.high is None:
            words = [choice for choice, _ in option.choices]
            assert value in words if words else value is None or isinstance(value, bool)
            continue
        assert option.automatic == (value is None)
        assert value is None or option.checked(value) == value
        assert option.whole == isinstance(option.checked(option.low), int)
        for wrong in (option.low - 1, option.high + 1, "many", float("nan")):
            with pytest.raises(InputError, match=option.name):
                method.checked({option.name: wrong})
    with pytest.raises(InputError, match="takes no setting 'magic'"):
        method.checked({"magic": 1})


@EVERY
def test_a_target_of_another_kind_has_a_reason_against_it(method: Method) -> None:
    model = conv_model()
    given = {
        "image": (latent_mean(model, 1), image((1, 16, 16))),
        "latent": (decoded_region(model, torch.eye(16).numpy()), code()),
    }
    for kind, (target, x) in given.items():
        assert bool(method.reason_against(target, x)) == (kind not in method.kinds)


def test_quick_settings_ask_for_less() -> None:
    for name, quick in quick_settings().items():
        first = METHODS[name].defaults()
        assert all(quick[key] < first[key] for key in ("samples", "steps") if key in quick)


def test_methods_of_a_kind_keep_the_order_of_the_list() -> None:
    assert [m.name for m in methods_for("image")] == [
        n for n in METHODS if "image" in METHODS[n].kinds
    ]


def test_lrp_names_the_operation_it_has_no_rule_for() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Softmax(dim=1))
    target = Target("t", "latent", "", lambda z: z.sum(1), network=network, weights=code(2).numpy())
    assert "1 (Softmax)" in METHODS["lrp"].reason_against(target, code(2))
    walked = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    target = Target("t", "latent", "", lambda z: z.sum(1), network=walked, weights=code(2).numpy())
    assert METHODS["lrp"].reason_against(target, code(2)) == ""
