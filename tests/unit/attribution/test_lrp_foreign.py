"""LRP on autoencoders that were not written for it: each is conserved, or refused by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from foreign_vaes import KINDS, REFUSED, foreign
from genlens.attribution.lrp import RULES, lrp, refusal
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, latent_mean, rebuilt_region
from tiny_vaes import hooks_on, image

pytestmark = pytest.mark.unit


def middle(model):
    _, height, width = model.image_shape
    mask = np.zeros((height, width), dtype=bool)
    mask[height // 4 : -height // 4, width // 4 : -width // 4] = True
    return mask


def questions(model):
    """(target, input) of a latent's mean, a decoded and a rebuilt region."""
    x = image(model.image_shape)
    code = model.encode(x[None]).mean.flatten()
    return [
        (latent_mean(model, 1), x),
        (decoded_region(model, middle(model)), code),
        (rebuilt_region(model, middle(model)), x),
    ]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_relevance_is_conserved(kind, rule):
    model = foreign(kind)
    for target, x in questions(model):
        kept = lrp(target, x, rule=rule, bias="absorb")
        assert kept.values.any()
        total = kept.values.sum() + kept.details["absorbed"]
        size = abs(kept.output) + np.abs(kept.values).sum()
        assert abs(total - kept.output) < 1e-9 * size, target.name
        if rule != "epsilon":
            continue
        spread = lrp(target, x, rule=rule)
        assert spread.details["bias_part"] == kept.details["absorbed"]
        whole = spread.values.sum() + spread.details["absorbed"]
        assert abs(whole - spread.output) < 1e-9 * (size + np.abs(spread.values).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_neither_model_nor_input_is_changed(kind):
    model = foreign(kind)
    before = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    for target, x in questions(model):
        given = x.clone()
        first, second = lrp(target, x), lrp(target, x)
        assert np.array_equal(first.values, second.values)
        assert torch.equal(x, given)
    after = model.module.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert hooks_on(model) == hooks_on(foreign(kind)), "weight_norm has hooks of its own"


@pytest.mark.parametrize("named", REFUSED)
def test_what_has_no_rule_is_named(named):
    model = foreign(named)
    before = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    x = image(model.image_shape)
    target = latent_mean(model, 1)
    with pytest.raises(InputError, match=f"no rule for .*{named}.*or take another method"):
        lrp(target, x)
    assert named in refusal(target.network, x[None])
    assert hooks_on(model) == 0
    after = model.module.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    region = decoded_region(model, middle(model))
    assert lrp(region, torch.zeros(4) + 0.5).relative_gap < 1e-9, "its decoder has rules"
    assert refusal(region.network, torch.zeros(1, 4)) == ""
